"""The index follows the store, is kept in a file, and is made anew where the file is not that of the store."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Connection

from kept.core.store import Store
from kept.errors import Unavailable
from kept.practices.provenance.backends.index_files import MappedIndexes
from kept.practices.provenance.methods.nearest import scan
from kept.practices.provenance.service import index as indexing
from kept.practices.provenance.service.index import CodeIndex
from kept.practices.provenance.service.rows import signed
from kept.practices.provenance.service.tables import CODES, SCHEMA

IMAGE = 1


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store.open(url, [SCHEMA])
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that an index is built, kept and fetched in several blocks with a few hundred entries."""
    monkeypatch.setattr(indexing, "_WORTH_KEEPING", 100)
    monkeypatch.setattr(indexing, "_FETCHED", 64)


def fill(store: Store, codes: list[int], *, after: int = 0) -> None:
    def work(connection: Connection) -> None:
        rows = [
            {"medium": IMAGE, "number": number, "code": signed(code)}
            for number, code in enumerate(codes, start=after + 1)
        ]
        connection.execute(CODES.insert(), rows)

    store.write(work)


def drawn(count: int, seed: int) -> list[int]:
    return np.random.default_rng(seed).integers(0, 2**64, count, dtype=np.uint64).tolist()


def near(index: CodeIndex, code: int, radius: int = 10) -> list[int]:
    return index.within(code, radius).labels.tolist()


def test_it_answers_as_looking_at_every_code_does_while_it_grows(store: Store, tmp_path: Path) -> None:
    index = CodeIndex(store, medium=IMAGE, files=MappedIndexes(tmp_path))
    codes: list[int] = []
    for step, count in enumerate((3, 60, 90, 300, 20, 1, 150)):
        more = drawn(count, step) + [code ^ (1 << step) for code in codes[:1]]
        fill(store, more, after=len(codes))
        codes += more
        labels = np.arange(1, len(codes) + 1, dtype=np.uint32)
        for asked in (codes[0], codes[-1], codes[len(codes) // 2] ^ 0b1011):
            expected = scan(np.array(codes, np.uint64), labels, asked, 10).labels.tolist()
            assert near(index, asked) == expected
            assert expected


def test_another_process_starts_from_the_file(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = drawn(500, 1)
    fill(store, codes)
    files = MappedIndexes(tmp_path)
    assert near(CodeIndex(store, medium=IMAGE, files=files), codes[3]) == [4]
    fill(store, [codes[3]], after=500)
    fetched: list[int] = []
    whole = CodeIndex._fetched

    def counted(self: CodeIndex, connection: Connection, *, after: int) -> object:
        found = whole(self, connection, after=after)
        fetched.append(len(found[0]))
        return found

    monkeypatch.setattr(CodeIndex, "_fetched", counted)
    assert near(CodeIndex(store, medium=IMAGE, files=files), codes[3]) == [4, 501]
    assert fetched == [1]


def test_a_file_of_another_store_is_not_used(store: Store, tmp_path: Path) -> None:
    files = MappedIndexes(tmp_path)
    codes = drawn(300, 1)
    fill(store, codes)
    assert near(CodeIndex(store, medium=IMAGE, files=files), codes[3]) == [4]
    restored = drawn(300, 2)
    store.write(lambda connection: connection.execute(CODES.delete()))
    fill(store, restored)
    assert near(CodeIndex(store, medium=IMAGE, files=files), codes[3]) == []
    assert near(CodeIndex(store, medium=IMAGE, files=files), restored[3]) == [4]


def test_a_file_that_ends_after_the_store_is_not_used(store: Store, tmp_path: Path) -> None:
    files = MappedIndexes(tmp_path)
    codes = drawn(300, 1)
    fill(store, codes)
    assert near(CodeIndex(store, medium=IMAGE, files=files), codes[3]) == [4]
    store.write(lambda connection: connection.execute(CODES.delete().where(CODES.c.number > 200)))
    assert near(CodeIndex(store, medium=IMAGE, files=files), codes[250]) == []


def test_a_damaged_file_is_not_used(store: Store, tmp_path: Path) -> None:
    files = MappedIndexes(tmp_path)
    codes = drawn(300, 1)
    fill(store, codes)
    assert near(CodeIndex(store, medium=IMAGE, files=files), codes[3]) == [4]
    (path,) = tmp_path.glob("codes-*")
    path.write_bytes(path.read_bytes()[:-100])
    assert near(CodeIndex(store, medium=IMAGE, files=files), codes[3]) == [4]


def test_dropping_it_leaves_no_file_and_it_is_made_anew(store: Store, tmp_path: Path) -> None:
    index = CodeIndex(store, medium=IMAGE, files=MappedIndexes(tmp_path / "indexes"))
    codes = drawn(300, 1)
    fill(store, codes)
    assert near(index, codes[3]) == [4]
    assert list((tmp_path / "indexes").iterdir())
    store.write(lambda connection: connection.execute(CODES.delete().where(CODES.c.number == 4)))
    index.drop()
    assert list((tmp_path / "indexes").iterdir()) == []
    assert near(index, codes[3]) == []
    assert near(index, codes[4]) == [5]


def test_a_disk_that_is_full_does_not_keep_it_from_answering(store: Store) -> None:
    class Full(MappedIndexes):
        def save(self, name: str, arrays: object) -> None:
            raise Unavailable("full")

    codes = drawn(300, 1)
    fill(store, codes)
    assert near(CodeIndex(store, medium=IMAGE, files=Full(Path("/nowhere"))), codes[3]) == [4]


def test_codes_are_of_64_bits_with_the_highest(store: Store) -> None:
    fill(store, [2**64 - 1, 2**63, 0])
    index = CodeIndex(store, medium=IMAGE)
    assert near(index, 2**64 - 1, 0) == [1]
    assert near(index, 2**63, 0) == [2]
    assert near(index, 2**63, 1) == [2, 3]
