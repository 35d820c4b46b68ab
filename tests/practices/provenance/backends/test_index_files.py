"""Indexes that are kept in files: mapped, replaced whole, and never trusted when they are damaged."""

import os
from pathlib import Path

import numpy as np
import pytest

from kept.errors import Unavailable
from kept.practices.provenance.backends.index_files import MappedIndexes
from kept.practices.provenance.methods.nearest import Index, build
from kept.practices.provenance.ports import IndexFiles


@pytest.fixture
def files(tmp_path: Path) -> IndexFiles:
    return MappedIndexes(tmp_path / "indexes")


def index(count: int) -> Index:
    codes = np.random.default_rng(count).integers(0, 2**64, count, dtype=np.uint64)
    return build(codes, np.arange(count, dtype=np.uint32))


def test_what_was_kept_is_found_and_mapped(files: IndexFiles) -> None:
    kept = index(5000)
    files.save("codes-1", kept.arrays())
    arrays = files.load("codes-1")
    assert arrays is not None
    assert not arrays["codes"].flags.writeable
    found = Index.from_arrays(arrays)
    assert all((found.arrays()[name] == array).all() for name, array in kept.arrays().items())
    code = int(kept.codes[77])
    assert found.within(code, 3).labels.tolist() == kept.within(code, 3).labels.tolist()


def test_who_has_the_old_one_goes_on_with_it(files: IndexFiles) -> None:
    old = index(3000)
    files.save("codes-1", old.arrays())
    arrays = files.load("codes-1")
    assert arrays is not None
    files.save("codes-1", index(10).arrays())
    assert (arrays["codes"] == old.codes).all()
    files.drop("codes-1")
    assert (arrays["order"] == old.order).all()
    assert files.load("codes-1") is None


def test_nothing_is_left_of_one_that_could_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = MappedIndexes(tmp_path)
    files.save("codes-1", index(20).arrays())

    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(Unavailable, match="No space left"):
        files.save("codes-1", index(30).arrays())
    assert [path.name for path in tmp_path.iterdir()] == ["codes-1.index"]
    arrays = files.load("codes-1")
    assert arrays is not None
    assert len(arrays["codes"]) == 20


def test_an_empty_one_can_be_kept(files: IndexFiles) -> None:
    files.drop("codes-1")
    files.save("codes-1", index(0).arrays())
    arrays = files.load("codes-1")
    assert arrays is not None
    assert len(Index.from_arrays(arrays)) == 0


@pytest.mark.parametrize("left", [0, 5, 40, 200, 5000])
def test_one_that_was_cut_off_is_not_read(tmp_path: Path, left: int) -> None:
    files = MappedIndexes(tmp_path)
    files.save("codes-1", index(5000).arrays())
    path = tmp_path / "codes-1.index"
    path.write_bytes(path.read_bytes()[:left])
    arrays = files.load("codes-1")
    if arrays is not None:
        with pytest.raises((KeyError, ValueError)):
            Index.from_arrays(arrays)


def test_another_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "codes-1.index").write_bytes(os.urandom(4096))
    assert MappedIndexes(tmp_path).load("codes-1") is None
