"""Luma is marked without being changed more than was asked."""

import numpy as np
import pytest
from skimage import data as photographs

from kept.errors import Invalid
from kept.practices.provenance.methods.video import Marker
from kept.practices.provenance.methods.video.marking import PSNR
from kept.practices.provenance.records import MarkKey, Payload
from simulators.camera import filmed

KEY, PAYLOAD = MarkKey("one", bytes(range(32))), Payload(77, 123_456_789)


def lumas(count: int, size: tuple[int, int] = (640, 360)) -> list[np.ndarray]:
    return [frame[..., 1].copy() for frame in filmed(photographs.astronaut(), count, size=size)]


def psnr(one: np.ndarray, other: np.ndarray, most: int = 255) -> float:
    return float(10 * np.log10(most**2 / np.mean((one.astype(float) - other) ** 2)))


@pytest.mark.parametrize("size", [(640, 360), (1280, 720), (360, 640), (131, 129)])
def test_a_frame_stays_as_near_as_it_should(size: tuple[int, int]) -> None:
    luma = lumas(1, size)[0]
    before = luma.copy()
    marked = Marker(PAYLOAD, KEY, *luma.shape).mark(luma)
    assert np.array_equal(luma, before)
    assert (marked.shape, marked.dtype) == (luma.shape, luma.dtype)
    assert psnr(marked, luma) == pytest.approx(PSNR, abs=0.4)


def test_deep_frames_are_marked_in_their_own_range() -> None:
    luma = lumas(1)[0].astype(np.uint16) * 4 + 1
    marked = Marker(PAYLOAD, KEY, *luma.shape, depth=10).mark(luma)
    assert marked.dtype == np.uint16
    assert psnr(marked, luma, 1023) == pytest.approx(PSNR, abs=0.4)


def test_equal_frames_are_marked_equally_and_other_payloads_and_keys_otherwise() -> None:
    luma = lumas(1)[0]
    marker = Marker(PAYLOAD, KEY, *luma.shape)
    assert np.array_equal(marker.mark(luma), marker.mark(luma))
    for other in (Marker(Payload(77, 5), KEY, *luma.shape), Marker(PAYLOAD, MarkKey("b", bytes(32)), *luma.shape)):
        assert not np.array_equal(marker.mark(luma), other.mark(luma))


def test_small_frames_and_large_numbers_are_refused() -> None:
    with pytest.raises(Invalid, match="too small"):
        Marker(PAYLOAD, KEY, 127, 640)
    with pytest.raises(ValueError, match="doesn't fit"):
        Marker(Payload(1 << 20, 0), KEY, 360, 640)
