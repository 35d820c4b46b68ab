"""What is taken apart into frames adds up again."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kept.practices.provenance.methods.sound import frames


@given(st.integers(1, 5_000), st.sampled_from([64, 256, 1024]))
def test_frames_add_up_to_the_samples(count: int, size: int) -> None:
    samples = np.random.default_rng(count).normal(size=count).astype(np.float32)
    again = frames.together(frames.apart(samples, size), size, count)
    assert again.shape == samples.shape
    assert np.allclose(again, samples, atol=1e-5)


def test_frame_number_n_begins_half_a_frame_before_the_nth_half() -> None:
    samples = np.zeros(2048, np.float32)
    samples[512:768] = 1
    power = np.abs(frames.apart(samples, 256)[:, 0])
    assert set(np.flatnonzero(power > 1)) == {4, 5, 6}
    assert power.argmax() == 5
