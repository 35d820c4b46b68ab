"""The feature vector of a sound is Chromaprint's: compared with the muxer of that name where ffmpeg has one."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kept.practices.provenance.methods.fingerprint import chroma
from kept.practices.provenance.methods.fingerprint.chroma import chroma_features


def music(seconds: float, rate: int, *, seed: int) -> NDArray[np.float64]:
    """Chords of three voices that change twice a second, with overtones and a little noise."""
    generator = np.random.default_rng(seed)
    count = int(seconds * rate)
    sound = 0.02 * generator.standard_normal(count)
    for _ in range(3):
        notes = 110 * 2 ** (np.repeat(generator.integers(0, 36, int(seconds * 2) + 1), rate // 2)[:count] / 12)
        phase = 2 * np.pi * np.cumsum(notes) / rate
        for overtone in range(1, 5):
            sound += 0.15 / overtone * np.sin(overtone * phase)
    return np.clip(sound, -1, 1)


def by_chromaprint(samples: NDArray[np.float64], rate: int, folder: Path) -> NDArray[np.int32]:
    soundfile = pytest.importorskip("soundfile")
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    path = folder / "sound.wav"
    soundfile.write(path, samples, rate, subtype="PCM_16")
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "chromaprint", "-fp_format", "raw", "-"]
    done = subprocess.run(command, capture_output=True, check=False)
    if b"chromaprint" in done.stderr:
        pytest.skip("this ffmpeg has no chromaprint")
    return np.frombuffer(done.stdout, np.int32)


@pytest.mark.parametrize("seed", range(3))
def test_at_its_own_rate_it_is_the_same_to_the_bit(seed: int, tmp_path: Path) -> None:
    samples = np.rint(music(15, 11025, seed=seed) * 32767) / 32768
    expected = by_chromaprint(samples, 11025, tmp_path)
    assert len(expected) > 80
    assert chroma_features(samples, 11025).tolist() == expected.tolist()


@pytest.mark.parametrize("rate", [16000, 44100, 48000])
def test_at_other_rates_hardly_a_bit_differs(rate: int, tmp_path: Path) -> None:
    samples = music(15, rate, seed=9)
    expected, found = by_chromaprint(samples, rate, tmp_path), chroma_features(samples, rate)
    count = min(len(expected), len(found))
    assert abs(len(expected) - len(found)) <= 1
    assert np.bitwise_count((expected[:count] ^ found[:count]).view(np.uint32)).mean() < 0.02 * 32


def test_channels_are_mixed() -> None:
    samples = music(6, 11025, seed=1)
    assert (chroma_features(np.stack((samples, samples), axis=1), 11025) == chroma_features(samples, 11025)).all()


def test_what_is_too_short_has_no_features_and_silence_has_steady_ones() -> None:
    assert len(chroma_features(np.zeros(20_000), 11025)) == 0
    assert len(set(chroma_features(np.zeros(11025 * 5), 11025).tolist())) == 1


def test_what_is_no_number_counts_as_silence() -> None:
    samples = music(6, 11025, seed=2)
    broken = samples.copy()
    broken[30_000:30_100] = np.nan
    broken[30_100] = np.inf
    silent = samples.copy()
    silent[30_000:30_101] = 0
    assert (chroma_features(broken, 11025) == chroma_features(silent, 11025)).all()


def test_what_comes_after_the_longest_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = music(12, 11025, seed=3)
    expected = chroma_features(whole[: 8 * 11025], 11025)
    monkeypatch.setattr(chroma, "LONGEST_SECONDS", 8)
    assert (chroma_features(whole, 11025) == expected).all()
