"""What single frames hide, their sum shows; and what isn't there isn't found."""

from typing import Any

import cv2
import numpy as np
from skimage import data as photographs

from kept.practices.provenance.methods.video import Marker, Watching
from kept.practices.provenance.records import MarkKey, Payload
from simulators.camera import filmed

KEY, PAYLOAD = MarkKey("one", bytes(range(32))), Payload(77, 123_456_789)
OTHERS = [MarkKey(f"other {number}", bytes([number]) * 32) for number in range(3)]
SIZE = (640, 360)
FRAMES = [frame[..., 1].copy() for frame in filmed(photographs.coffee(), 24, size=SIZE, noise=4)]
MARKED = [Marker(PAYLOAD, KEY, 360, 640).mark(frame) for frame in FRAMES]


def watched(frames: list[np.ndarray], keys: list[MarkKey], **options: Any) -> Watching:
    watching = Watching(keys, asked=2, **options)
    for frame in frames:
        watching.see(frame)
    return watching


def test_a_mark_is_found_under_its_key_among_others() -> None:
    found = watched(MARKED, [*OTHERS, KEY]).window()
    assert found is not None
    assert (found.payload, found.key_id) == (PAYLOAD, "one")
    assert found.p_value <= 1e-9
    assert found.hypotheses > 2 * 4


def test_nothing_is_found_in_unmarked_frames_or_under_other_keys() -> None:
    assert watched(FRAMES, [KEY]).window() is None
    assert watched(MARKED, OTHERS).window() is None
    assert watched(MARKED, []).window() is None
    assert Watching([KEY], asked=1).window() is None


def test_more_frames_are_surer_than_one() -> None:
    weak = [
        np.clip(frame.astype(int) + np.random.default_rng(at).normal(0, 25, frame.shape), 0, 255).astype(np.uint8)
        for at, frame in enumerate(MARKED)
    ]
    few, many = watched(weak[:2], [KEY], gate=1.0).window(), watched(weak, [KEY], gate=1.0).window()
    assert many is not None
    assert few is None or few.score < many.score


def test_it_is_found_when_every_frame_was_turned_scaled_or_cut_alike() -> None:
    turn = cv2.getRotationMatrix2D((320, 180), 7, 1.0)
    for changed in (
        [cv2.resize(frame, (854, 480), interpolation=cv2.INTER_CUBIC) for frame in MARKED],
        [frame[20:340, 60:600].copy() for frame in MARKED],
        [cv2.warpAffine(frame, turn, SIZE) for frame in MARKED],
    ):
        found = watched(changed, [KEY]).window()
        assert found is not None
        assert found.payload == PAYLOAD


def test_windows_add_up_to_a_whole() -> None:
    watching = watched(MARKED[:12], [KEY])
    assert watching.window() is not None
    for frame in MARKED[12:]:
        watching.see(frame)
    assert watching.window() is not None
    whole = watching.whole()
    assert whole is not None
    assert whole.payload == PAYLOAD


def test_the_number_of_sums_that_may_be_asked_is_counted() -> None:
    once, often = Watching([KEY], asked=1), Watching([KEY], asked=9)
    for watching in (once, often):
        for frame in MARKED:
            watching.see(frame)
    one, nine = once.window(), often.window()
    assert one is not None
    assert nine is not None
    assert nine.hypotheses == 9 * one.hypotheses


def test_frames_of_another_size_are_brought_to_the_first() -> None:
    mixed = [
        cv2.resize(frame, (320, 180), interpolation=cv2.INTER_AREA) if at % 6 == 5 else frame
        for at, frame in enumerate(MARKED)
    ]
    assert watched(mixed, [KEY]).window() is not None


def test_tiny_frames_hold_nothing() -> None:
    assert watched([frame[:20, :20].copy() for frame in FRAMES], [KEY]).window() is None
