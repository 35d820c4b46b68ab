"""The pattern: lines that a key turns, closed under what leaves a square a square."""

import numpy as np

from kept.practices.provenance.methods.code import CODED, encode
from kept.practices.provenance.methods.image import lattice
from kept.practices.provenance.records import MarkKey, Payload

KEY = MarkKey("a", bytes(32))
PAYLOAD = Payload(1, 2)


def test_every_line_is_in_one_half_of_the_plane_and_in_the_band() -> None:
    lines = lattice.frequencies()
    radius = np.hypot(*lines.T) / lattice.TILE
    assert radius.min() >= 0.047
    assert radius.max() <= 0.25
    assert (lines[:, 1] > 0).all()
    assert len({tuple(line) for line in lines.tolist()}) == len(lines)


def test_a_tile_has_the_lines_that_were_asked_for_and_their_power() -> None:
    carrier = lattice.carrier(KEY)
    asked = carrier.target(PAYLOAD) * lattice.amplitudes()
    tile = lattice.tile(asked)
    columns, rows = lattice.frequencies().T
    found = np.fft.fft2(tile)[rows % lattice.TILE, columns % lattice.TILE] / lattice.TILE**2
    assert np.allclose(found, asked, atol=1e-4)
    assert np.isclose(np.mean(tile**2), 2 * np.sum(np.abs(asked) ** 2), rtol=1e-4)


def test_lines_that_carry_a_payload_speak_for_its_signs() -> None:
    carrier = lattice.carrier(KEY)
    evidence = carrier.evidence(carrier.target(PAYLOAD))
    assert evidence.shape == (CODED,)
    assert np.array_equal(np.sign(evidence), encode(PAYLOAD))


def test_keys_and_payloads_ask_for_unrelated_phases() -> None:
    one, other = (lattice.carrier(MarkKey("x", bytes([number]) * 32)) for number in (1, 2))
    assert abs(np.vdot(one.target(PAYLOAD), other.target(PAYLOAD))) < 5 * np.sqrt(len(one.phases))
    differs = np.abs(one.target(PAYLOAD) - one.target(Payload(1, 3))) > 1e-9
    assert not differs[one.sync].any()
    assert differs[one.data].mean() > 0.2


def test_a_pattern_depends_on_the_secret_alone_and_not_on_its_name() -> None:
    one, other = lattice.carrier(MarkKey("one", bytes(32))), lattice.carrier(MarkKey("other", bytes(32)))
    assert np.array_equal(one.target(PAYLOAD), other.target(PAYLOAD))
