"""A file is read within a limit and written whole or not at all, on this machine and wherever fsspec reaches."""

from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from kept.errors import NotFound, Unavailable
from kept.practices.provenance.backends import files


def names() -> list[str]:
    return [name for name in MemoryFileSystem.store if name.startswith("/kept-files/")]


@pytest.fixture(autouse=True)
def _emptied() -> None:
    for name in names():
        del MemoryFileSystem.store[name]


def test_a_remote_file_appears_whole() -> None:
    files.write("memory://kept-files/out.png", b"whole")
    assert names() == ["/kept-files/out.png"]
    assert fsspec.filesystem("memory").cat("/kept-files/out.png") == b"whole"


def test_where_a_remote_place_refuses_nothing_half_written_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("no right to rename")

    monkeypatch.setattr(MemoryFileSystem, "mv", refuse)
    with pytest.raises(Unavailable, match="can't be written"):
        files.write("memory://kept-files/out.png", b"whole")
    assert names() == []


def test_a_local_file_appears_whole_and_its_folder_must_be_there(tmp_path: Path) -> None:
    files.write(str(tmp_path / "out"), b"whole")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"whole"]
    with pytest.raises(NotFound, match="no folder"):
        files.write(str(tmp_path / "none" / "out"), b"whole")
