"""Sealed files as the broker reads them: long spans by several threads, with the bytes and the refusals of one."""

import os
from pathlib import Path

import pytest

from kept.errors import Unverified
from kept.practices.weights.backends.broker.files import OpenFile
from kept.practices.weights.backends.containers.opening import several
from simulators.planted_broker import KEY, seal
from simulators.sealed_files import plain_file
from simulators.weights_room import opened

SIZE = 9 << 20


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    with opened(folder) as room:
        seal(room, plain_file(SIZE), folder / "model.sealed")
    return folder / "model.sealed"


@pytest.mark.parametrize("span", [(0, SIZE), (1, SIZE - 1), (100, 100 + (4 << 20)), (5 << 20, (5 << 20) + 10), (7, 7)])
def test_any_span_holds_the_bytes_that_were_sealed(place: Path, span: tuple[int, int]) -> None:
    start, stop = span
    file = OpenFile(str(place), bytearray(KEY))
    out = bytearray(stop - start)
    file.read_into(start, stop, memoryview(out))
    assert out == plain_file(SIZE)[-SIZE:][start:stop]
    file.close()


@pytest.mark.skipif(several() < 2, reason="there is one processor")
def test_a_long_span_is_read_by_several_threads(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, taken = OpenFile(str(place), bytearray(KEY)), []
    read = file._model.read_into
    monkeypatch.setattr(file._model, "read_into", lambda *span, threads: (taken.append(threads), read(*span)))
    for size in (64, SIZE):
        file.read_into(0, size, memoryview(bytearray(size)))
    assert taken == [1, several()]


@pytest.mark.parametrize("chunk", [0, 4, 8])
def test_a_chunk_that_was_changed_leaves_nothing_of_a_long_span(place: Path, tmp_path: Path, chunk: int) -> None:
    data = bytearray(place.read_bytes())
    # From the end, as the chunks are the end of the file.
    data[-(SIZE + 16 * 9) + chunk * ((1 << 20) + 16) + 5] ^= 1
    changed = tmp_path / "changed.sealed"
    changed.write_bytes(data)
    changed.chmod(0o600)
    file, out = OpenFile(str(changed), bytearray(KEY)), bytearray(os.urandom(SIZE))
    with pytest.raises(Unverified, match=f"chunk {chunk} "):
        file.read_into(0, SIZE, memoryview(out))
    assert not any(out)
