"""The first 4,096 bytes: one form, one version, every length within bounds."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Invalid
from kept.practices.weights.methods.sealed.layout import PAGE, Draft, Preamble

DRAFT = Draft(10_000, bytes(range(32)), chunk_bytes=4096, slot_bytes=8192)
PREAMBLE = Preamble(DRAFT, b"c" * 32, payload_bytes=100, manifest_bytes=16384)


def test_what_is_written_is_read_back() -> None:
    assert Preamble.parse(PREAMBLE.to_bytes()) == PREAMBLE


def test_everything_has_its_place_and_nothing_overlaps() -> None:
    (one, two), body = PREAMBLE.slots, PREAMBLE.body
    places = [(0, PAGE), one, two, PREAMBLE.manifest, PREAMBLE.table, PREAMBLE.header]
    assert all(before[1] == after[0] for before, after in pairwise(places))
    assert body[0] % PAGE == 0
    assert 0 <= body[0] - PREAMBLE.header[1] < PAGE
    assert [PREAMBLE.plain(index) for index in range(DRAFT.count)] == [4096, 4096, 1808]
    chunks = [body[:1] * 2, *(PREAMBLE.chunk(index) for index in range(DRAFT.count))]
    assert all(before[1] == after[0] for before, after in pairwise(chunks))
    assert chunks[-1][1] == body[1]


@given(st.integers(0, PAGE - 1), st.integers(1, 255))
def test_no_changed_byte_reads_as_the_same_file(at: int, flip: int) -> None:
    data = bytearray(PREAMBLE.to_bytes())
    data[at] ^= flip
    try:
        found = Preamble.parse(bytes(data))
    except Invalid:
        return
    assert at < 136
    assert found != PREAMBLE
    assert found.to_bytes() == data


@pytest.mark.parametrize("version", [0, 2, 256, 2**32 - 1])
def test_another_version_is_never_guessed_at(version: int) -> None:
    data = bytearray(PREAMBLE.to_bytes())
    data[8:12] = version.to_bytes(4, "little")
    with pytest.raises(Invalid, match=f"version {version}"):
        Preamble.parse(bytes(data))


@pytest.mark.parametrize("data", [b"", b"KEPTSEAL", b"X" * PAGE, PREAMBLE.to_bytes()[:-1]])
def test_what_is_no_sealed_file_is_said(data: bytes) -> None:
    with pytest.raises(Invalid, match="no file of sealed weights"):
        Preamble.parse(data)


@pytest.mark.parametrize(
    ("draft", "rest"),
    [
        ({"chunk_bytes": 4095}, {}),
        ({"chunk_bytes": 12288}, {}),
        ({"chunk_bytes": 1 << 25}, {}),
        ({"slot_bytes": 100}, {}),
        ({"slot_bytes": 2 << 20}, {}),
        ({"slot_bytes": 0}, {}),
        ({}, {"parent": b"p" * 32}),
        ({"body_bytes": 2**51}, {}),
        ({"kind": "index"}, {}),
        ({"kind": "index", "body_bytes": 0, "slot_bytes": 0}, {"parent": b"p" * 32}),
        ({}, {"payload_bytes": 63}),
        ({}, {"payload_bytes": 25_000_065}),
        ({}, {"manifest_bytes": 4095}),
        ({}, {"manifest_bytes": 0}),
        ({}, {"manifest_bytes": 1 << 30}),
    ],
)
def test_lengths_out_of_bounds_are_neither_written_nor_read(draft: dict, rest: dict) -> None:
    given = {"body_bytes": 10_000, "salt": bytes(32), "chunk_bytes": 4096, "slot_bytes": 8192, **draft}
    lengths = {"commitment": bytes(32), "payload_bytes": 100, "manifest_bytes": 8192, **rest}
    with pytest.raises(Invalid, match="malformed"):
        Preamble(Draft(**given), **lengths).to_bytes()
