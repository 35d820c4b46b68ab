"""A nonce is used once: per file by its salt, per chunk by refusing a second time."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from kept.errors import Conflict, Invalid
from kept.practices.weights.methods.sealed.layout import Draft
from kept.practices.weights.methods.sealed.writing import Sealing, chunk_nonce
from simulators.sealed_files import CHUNK, SLOT, plain_file, sealed

DRAFT = Draft(2 * CHUNK, b"s" * 32, chunk_bytes=CHUNK, slot_bytes=SLOT)


def begun() -> Sealing:
    return Sealing(DRAFT, bytes(32), payload_bytes=66)


def room() -> memoryview:
    return memoryview(bytearray(CHUNK + 16))


def test_a_chunk_is_sealed_once_whatever_it_holds() -> None:
    sealing = begun()
    sealing.chunk(0, bytes(CHUNK), room())
    with pytest.raises(Conflict, match="spent"):
        sealing.chunk(0, b"x" * CHUNK, room())


def test_of_many_threads_one_seals_a_chunk() -> None:
    sealing = begun()

    def attempt(number: int) -> bool:
        try:
            sealing.chunk(1, bytes([number]) * CHUNK, room())
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(64))) == 1


def test_the_header_is_sealed_once_and_last() -> None:
    sealing = begun()
    with pytest.raises(Conflict):
        sealing.finish(bytes(32), b"{}")
    for index in (1, 0):
        sealing.chunk(index, bytes(CHUNK), room())
    sealing.finish(bytes(32), b"{}")
    with pytest.raises(Conflict):
        sealing.finish(bytes(32), b"{}")


@pytest.mark.parametrize(("index", "size"), [(0, CHUNK - 1), (2, CHUNK), (-1, CHUNK), (0, 0)])
def test_what_is_no_whole_chunk_is_refused(index: int, size: int) -> None:
    with pytest.raises(Invalid, match="no whole chunk"):
        begun().chunk(index, bytes(size), room())


def test_one_key_under_two_salts_makes_files_that_share_nothing() -> None:
    one, other = (sealed(plain_file(), salt=salt * 32) for salt in (b"s", b"t"))
    start = one.sealing.preamble.body[0]
    same = sum(a == b for a, b in zip(one.data[start:], other.data[start:], strict=True))
    assert same < len(one.data[start:]) / 64
    assert one.sealing.preamble.commitment != other.sealing.preamble.commitment


def test_no_two_chunks_have_a_nonce_in_common() -> None:
    assert len({chunk_nonce(index) for index in range(1000)}) == 1000
