"""A folder is one thing: a shard that is missing, swapped, added or taken from elsewhere is found."""

import shutil
from pathlib import Path

import pytest

from kept.errors import NotFound, Unverified
from kept.practices.weights.backends.containers.checking import check
from kept.practices.weights.backends.containers.reading import identify, open_sealed
from kept.practices.weights.backends.containers.sealing import seal
from simulators.sealed_files import KEY, commission, plain_file, sharded

ONE, TWO = (f"model-0000{number}-of-00002.safetensors.sealed" for number in (1, 2))
INDEX = "model.safetensors.index.json.sealed"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    seal(sharded(tmp_path / "plain", (5000, 5000)), tmp_path / "sealed", commission())
    return tmp_path / "sealed"


@pytest.fixture
def other(tmp_path: Path) -> Path:
    seal(sharded(tmp_path / "again", (5000, 5000)), tmp_path / "other", commission())
    return tmp_path / "other"


def refuses(folder: Path, match: str) -> None:
    with pytest.raises(Unverified, match=match):
        check(folder)


def test_a_whole_folder_is_checked_with_and_without_its_key(folder: Path) -> None:
    (folder / "config.json").write_text("{}")
    for key in (None, KEY):
        assert len(check(folder, key).shards) == 2
    with pytest.raises(Unverified, match="not the key"):
        check(folder, bytes(32))
    assert identify(folder) == check(folder).first.preamble.file_id.hex()


@pytest.mark.parametrize("name", [ONE, TWO])
def test_a_missing_shard_is_found(folder: Path, name: str) -> None:
    (folder / name).unlink()
    refuses(folder, "missing")
    with pytest.raises(Unverified, match="missing"):
        open_sealed(folder, KEY)


def test_swapped_shards_are_found(folder: Path) -> None:
    (folder / ONE).rename(folder / "aside")
    (folder / TWO).rename(folder / ONE)
    (folder / "aside").rename(folder / TWO)
    refuses(folder, "another than was signed")
    with pytest.raises(Exception, match="differ about the tensor"):
        open_sealed(folder, KEY)


def test_a_shard_of_another_sealing_of_the_same_weights_is_found(folder: Path, other: Path) -> None:
    shutil.copy(other / ONE, folder / ONE)
    refuses(folder, "another than was signed")
    with pytest.raises(Unverified, match="belongs to another folder"):
        open_sealed(folder, KEY)


def test_an_index_of_another_sealing_is_found(folder: Path, other: Path) -> None:
    shutil.copy(other / INDEX, folder / INDEX)
    refuses(folder, "another than was signed")


def test_a_sealed_file_more_is_found(folder: Path, other: Path) -> None:
    shutil.copy(other / ONE, folder / "model-00003.safetensors.sealed")
    refuses(folder, "put into its folder")


def test_a_changed_byte_in_any_file_is_found(folder: Path) -> None:
    for name in (ONE, TWO, INDEX):
        whole = (folder / name).read_bytes()
        for at in (0, 100, len(whole) // 2, len(whole) - 1):
            data = bytearray(whole)
            data[at] ^= 0x20
            (folder / name).write_bytes(data)
            refuses(folder, "changed")
        (folder / name).write_bytes(whole)
    check(folder, KEY)


def test_a_shard_is_nothing_by_itself(folder: Path) -> None:
    with pytest.raises(NotFound, match="shard"):
        check(folder / ONE)


def test_a_folder_without_an_index_is_none(folder: Path) -> None:
    (folder / INDEX).unlink()
    with pytest.raises(NotFound, match="no sealed index"):
        check(folder)


def test_an_empty_file_was_changed(tmp_path: Path) -> None:
    (tmp_path / "sealed").write_bytes(b"")
    refuses(tmp_path / "sealed", "changed")


def test_a_file_and_its_plaintext_are_checked(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(plain_file(5000))
    seal(tmp_path / "plain", tmp_path / "sealed", commission())
    assert check(tmp_path / "sealed", KEY).shards == ()
