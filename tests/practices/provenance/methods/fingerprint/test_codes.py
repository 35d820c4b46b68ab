"""Content codes equal those of iscc-core, the standard's reference implementation, and are read with care."""

from typing import Any

import iscc_core
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from kept.errors import Invalid, Unavailable
from kept.practices.provenance.methods.fingerprint.chroma import chroma_features
from kept.practices.provenance.methods.fingerprint.codes import audio_code, image_code, read_code, video_code
from kept.practices.provenance.methods.fingerprint.frames import ELEMENTS, frame_signature

PICTURES = ("astronaut", "camera", "chelsea", "coffee", "rocket", "brick", "page")


def picture(name: str) -> NDArray[Any]:
    found: NDArray[Any] = getattr(data, name)()
    return found


def tone(seconds: float, rate: int, *, seed: int = 0) -> NDArray[np.float64]:
    """Notes that change four times a second, over a little noise."""
    generator = np.random.default_rng(seed)
    notes = np.repeat(generator.choice([220.0, 261.6, 329.6, 392.0, 523.3], int(seconds * 4) + 1), rate // 4)
    phase = 2 * np.pi * np.cumsum(notes[: int(seconds * rate)]) / rate
    return 0.4 * np.sin(phase) + 0.01 * generator.standard_normal(len(phase))


@pytest.mark.parametrize("name", PICTURES)
def test_the_code_of_a_picture_is_that_of_the_reference(name: str) -> None:
    pixels = picture(name)
    grey = np.asarray(Image.fromarray(pixels).convert("L").resize((32, 32), Image.Resampling.BICUBIC))
    assert image_code(pixels) == iscc_core.gen_image_code(grey.ravel().tolist(), bits=256)["iscc"]


@pytest.mark.parametrize("seed", range(3))
def test_the_code_of_a_sound_is_that_of_the_reference(seed: int) -> None:
    sound = tone(20, 22050, seed=seed)
    features = chroma_features(sound, 22050).tolist()
    assert len(features) > 100
    assert audio_code(sound, 22050) == iscc_core.gen_audio_code(features, bits=256)["iscc"]


def test_the_code_of_a_video_is_that_of_the_reference() -> None:
    frames = [picture(name) for name in ("astronaut", "camera", "chelsea")]
    signatures = [frame_signature(frame) for frame in frames]
    assert all(len(signature) == ELEMENTS and set(signature) <= {0, 1, 2} for signature in signatures)
    expected = iscc_core.gen_video_code([tuple(signature.tolist()) for signature in signatures], bits=256)
    assert video_code(frames) == expected["iscc"]


def test_a_picture_keeps_most_of_its_code_when_it_is_shown_smaller_and_others_do_not() -> None:
    pixels = picture("astronaut")
    small = np.asarray(Image.fromarray(pixels).resize((300, 300)))
    first = read_code(image_code(pixels))
    assert first.distance(read_code(image_code(small))) <= 3
    assert all(first.distance(read_code(image_code(picture(name)))) > 10 for name in PICTURES[1:])


def test_a_sound_too_short_or_silent_still_has_a_code() -> None:
    assert read_code(audio_code(np.zeros((0, 2)), 48000)).number == 0
    assert read_code(audio_code(np.full(48000, np.nan), 48000)).kind == "audio"


def test_a_video_without_a_frame_is_refused() -> None:
    with pytest.raises(Invalid, match="without a frame"):
        video_code([])


def test_a_shorter_code_of_the_same_content_reads_alike() -> None:
    pixels = list(range(256)) * 4
    codes = [iscc_core.gen_image_code(pixels, bits=bits)["iscc"] for bits in (64, 128, 256)]
    assert len({read_code(code) for code in codes}) == 1
    assert read_code(codes[0].removeprefix("ISCC:")) == read_code(codes[0])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ISCC:",
        "ISCC:EEA",
        "x" * 1000,
        "ISCC:ÄÖ",
        iscc_core.gen_text_code("of another kind")["iscc"],
        iscc_core.gen_meta_code("not of content")["iscc"],
    ],
)
def test_what_is_not_the_code_of_a_picture_a_sound_or_a_video_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"ISCC|content code"):
        read_code(text)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "iscc_lib", None)
    with pytest.raises(Unavailable, match=r"kept\[provenance\]"):
        image_code(picture("camera"))
