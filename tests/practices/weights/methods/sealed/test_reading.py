"""Any span is read as it was sealed, and nothing that was changed is ever read at all."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Invalid, Unverified
from kept.practices.weights.methods.sealed.reading import Container
from simulators.sealed_files import CHUNK, plain_file, sealed

WHOLE = sealed(plain_file(3 * CHUNK + 100))
OPENED = Container.open(WHOLE.data, WHOLE.key)
SIZES = (1, 3, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7)


@given(st.integers(0, OPENED.size), st.integers(0, OPENED.size), st.booleans())
def test_any_span_is_what_was_sealed(one: int, other: int, checked: bool) -> None:
    lo, hi = sorted((one, other))
    container = Container.open(WHOLE.data, WHOLE.key, checked=checked)
    assert container.read(lo, hi) == WHOLE.body[lo:hi]


@pytest.mark.parametrize("size", SIZES)
def test_files_of_every_length_come_back(size: int) -> None:
    made = sealed(plain_file(size))
    container = Container.open(made.data, made.key)
    assert container.read(0, size) == made.body
    assert container.plain_digest == hashlib.sha256(made.plain).hexdigest()
    assert made.plain.endswith(container.header_bytes + made.body)


def test_a_file_without_tensors_is_a_file() -> None:
    made = sealed((2).to_bytes(8, "little") + b"{}")
    container = Container.open(made.data, made.key)
    assert container.header.tensors == {}
    assert container.read(0, 0) == b""


def test_a_tensor_is_found_by_its_name() -> None:
    start, stop = OPENED.tensor_span("w")
    assert OPENED.tensor("w").shape == (2, (stop - start) // 2)
    assert OPENED.read(start, stop) == WHOLE.body[start:stop]
    with pytest.raises(Invalid, match="no tensor"):
        OPENED.tensor_span("v")


def test_a_span_touches_only_the_chunks_that_hold_it() -> None:
    data = bytearray(WHOLE.data)
    start, _ = WHOLE.sealing.preamble.chunk(1)
    data[start] ^= 1
    container = Container.open(data, WHOLE.key)
    assert container.read(0, CHUNK) == WHOLE.body[:CHUNK]
    assert container.read(2 * CHUNK, container.size) == WHOLE.body[2 * CHUNK :]
    with pytest.raises(Unverified, match="chunk 1"):
        container.read(CHUNK - 1, CHUNK + 1)


def test_nothing_that_was_not_authenticated_stays_in_the_callers_buffer() -> None:
    data = bytearray(WHOLE.data)
    data[WHOLE.sealing.preamble.chunk(2)[0] + 5] ^= 1
    container = Container.open(data, WHOLE.key)
    for lo in (0, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 9):
        out = bytearray(b"\xaa" * (3 * CHUNK + 5 - lo))
        with pytest.raises(Unverified):
            container.read_into(lo, 3 * CHUNK + 5, out)
        assert not any(out)
    assert not any(byte for scratch in container._scratch for byte in scratch)


def test_several_threads_read_at_once() -> None:
    spans = [sorted(Random(seed).choices(range(OPENED.size), k=2)) for seed in range(200)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda span: OPENED.read(*span), spans)) == [WHOLE.body[lo:hi] for lo, hi in spans]


def test_closing_overwrites_what_was_kept_of_plaintext() -> None:
    container = Container.open(WHOLE.data, WHOLE.key)
    container.read(3, 9)
    (kept,) = container._scratch
    assert any(kept)
    container.close()
    assert not any(kept)
    assert container.read(3, 9) == WHOLE.body[3:9]


@pytest.mark.parametrize(("lo", "hi", "room"), [(-1, 3, 4), (3, 2, 0), (0, OPENED.size + 1, 9), (0, 3, 4), (0, 3, 2)])
def test_spans_and_buffers_that_do_not_fit_are_refused(lo: int, hi: int, room: int) -> None:
    with pytest.raises(Invalid):
        OPENED.read_into(lo, hi, bytearray(room))


@pytest.mark.parametrize("key", [bytes(32), b"k" * 31 + b"l"])
def test_another_key_opens_nothing(key: bytes) -> None:
    with pytest.raises(Unverified, match="not the key"):
        Container.open(WHOLE.data, key)


@pytest.mark.parametrize("key", [b"", b"k" * 31, b"k" * 33])
def test_what_is_no_key_is_said(key: bytes) -> None:
    with pytest.raises(Invalid, match="32 bytes"):
        Container.open(WHOLE.data, key)


def test_a_chunk_sealed_again_under_the_key_is_found_by_its_digest() -> None:
    other = sealed(plain_file(3 * CHUNK + 100, seed=2))  # the same key and salt: what only a holder of the key can make
    start, stop = WHOLE.sealing.preamble.chunk(1)
    forged = bytearray(WHOLE.data)
    forged[start:stop] = other.data[start:stop]
    assert Container.open(forged, WHOLE.key).read(CHUNK, 2 * CHUNK) == other.body[CHUNK : 2 * CHUNK]
    with pytest.raises(Unverified, match="Chunk 1"):
        Container.open(forged, WHOLE.key, checked=True).read(CHUNK, 2 * CHUNK)


def test_chunks_are_bound_to_their_place_and_file() -> None:
    first, second = (WHOLE.sealing.preamble.chunk(index) for index in (0, 1))
    swapped = bytearray(WHOLE.data)
    swapped[slice(*first)], swapped[slice(*second)] = WHOLE.data[slice(*second)], WHOLE.data[slice(*first)]
    other = sealed(plain_file(3 * CHUNK + 100), salt=b"t" * 32)
    foreign = bytearray(WHOLE.data)
    foreign[slice(*first)] = other.data[slice(*first)]
    for data in (swapped, foreign):
        with pytest.raises(Unverified, match="chunk 0"):
            Container.open(data, WHOLE.key).read(0, 10)
