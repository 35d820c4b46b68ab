"""The decision: a score whose tail stays under its bound on any content, and a payload where the lines carry one."""

import math

import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st

from kept.practices.provenance.methods.image import decision, lattice, spectrum
from kept.practices.provenance.methods.image.perception import luminance, seen
from kept.practices.provenance.records import MarkKey, Payload

KEY = MarkKey("a", bytes(range(32)))
PAYLOAD = Payload(7, 1234567)
SIZE = 240


def contents() -> list[np.ndarray]:
    """What a picture may be: photographs, textures, noise, bars, a board, a pattern of another key, next to nothing."""
    rows, columns = np.mgrid[:SIZE, :SIZE]
    noise = np.random.default_rng(0).normal(128, 30, (SIZE, SIZE))
    foreign = lattice.tile(lattice.carrier(MarkKey("b", bytes(32))).target(PAYLOAD))
    planes = [
        *(getattr(skimage.data, name)()[-SIZE:, -SIZE:] for name in ("astronaut", "chelsea", "grass", "brick", "text")),
        noise,
        128 + 100 * np.sin(columns / 3),
        255 * ((rows // 8 + columns // 8) % 2),
        128 + np.tile(foreign, (3, 3)),
        np.where((rows == 100) & (columns == 90), 255, 0),
    ]
    pictures = [np.clip(plane, 0, 255).astype(np.uint8) for plane in planes]
    return [
        np.pad(each, [(0, SIZE - side) for side in each.shape[:2]] + [(0, 0)] * (each.ndim - 2)) for each in pictures
    ]


def test_scores_of_unmarked_content_under_random_keys_stay_under_the_bound() -> None:
    lines = np.stack([spectrum.aligned_lines(spectrum.folded(seen(luminance(each)))) for each in contents()])
    draw = np.random.default_rng(1)
    levels = np.arange(1.5, 6, 0.5)
    above, trials = np.zeros(len(levels)), 0
    for _ in range(60):
        key, payload = (
            MarkKey("drawn", draw.bytes(32)),
            Payload(int(draw.integers(1 << 20)), int(draw.integers(1 << 40))),
        )
        scores = decision.synchronised(lines, lattice.carrier(key).known(payload))
        above += [(scores > level).sum() for level in levels]
        trials += scores.size
    assert trials > 3_500_000
    expected = trials * np.exp(-(levels**2) / 2)
    # Neighbouring positions agree, so counts vary by more than their root; the bound has that much room below it.
    assert (above <= expected + 1).all(), dict(zip(levels.tolist(), (above / expected).tolist(), strict=True))


def marked_lines(payload: Payload, position: tuple[float, float], noise: float) -> np.ndarray:
    turned = np.exp(2j * np.pi / lattice.TILE * (lattice.frequencies() @ np.array(position)))
    draw = np.random.default_rng(3)
    disturbed = draw.normal(0, noise, (2, len(turned)))
    return lattice.carrier(KEY).target(payload) * turned + disturbed[0] + 1j * disturbed[1]


@settings(deadline=None, max_examples=25)
@given(
    st.integers(0, (1 << 20) - 1),
    st.integers(0, (1 << 40) - 1),
    st.floats(0, lattice.TILE, exclude_max=True),
    st.floats(0, lattice.TILE, exclude_max=True),
)
def test_lines_give_back_payload_and_position(model: int, content: int, across: float, along: float) -> None:
    payload = Payload(model, content)
    found = decision.decide(marked_lines(payload, (across, along), 0.5), [MarkKey("b", bytes(32)), KEY])
    assert found is not None
    assert (found.payload, found.key) == (payload, KEY)
    away = (np.array(found.position) - (across, along) + lattice.TILE / 2) % lattice.TILE - lattice.TILE / 2
    assert np.abs(away).max() <= 0.5


def test_lines_of_noise_hold_no_payload() -> None:
    draw = np.random.default_rng(5)
    noise = draw.normal(size=(2, 20, len(lattice.frequencies())))
    assert all(decision.decide(each, [KEY]) is None for each in noise[0] + 1j * noise[1])
    assert decision.decide(np.zeros(len(lattice.frequencies()), complex), [KEY]) is None


def test_a_score_is_highest_on_its_target_and_zero_on_nothing() -> None:
    target = lattice.carrier(KEY).target(PAYLOAD)
    assert decision.score(3 * target, target) == pytest.approx(math.sqrt(2 * len(target)))
    assert decision.score(-target, target) < 0
    assert decision.score(0 * target, target) == 0


def test_the_ways_a_square_lies_on_itself_permute_the_lines() -> None:
    maps, index, mirrored = decision.symmetries()
    lines = lattice.frequencies()
    assert len({each.tobytes() for each in maps}) == 8
    for way, reached, down in zip(maps, index, mirrored, strict=True):
        assert sorted(reached.tolist()) == list(range(len(lines)))
        signs = np.where(down, -1, 1)[:, None]
        assert np.array_equal(lines[reached] * signs, lines @ np.linalg.inv(way).round().astype(int))
