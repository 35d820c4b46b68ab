"""Leaked files are read as they were found, and what is no safetensors is refused."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from kept.errors import Invalid, NotFound
from kept.practices.weights.backends.suspects import opened
from simulators.sealed_files import plain_file


def test_a_file_is_its_tensors_and_its_digest(tmp_path: Path) -> None:
    place = tmp_path / "leaked.safetensors"
    save_file({"w": np.arange(6, dtype=np.float16).reshape(2, 3)}, place)
    found = opened(place)
    assert found.shapes == {"w": ("F16", (2, 3))}
    assert found.read("w").values.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert found.digests == (hashlib.sha256(place.read_bytes()).hexdigest(),)
    assert not found.read("w").values.flags.writeable
    with pytest.raises(Invalid, match="no tensor"):
        found.read("v")


def test_a_folder_is_all_its_files_whatever_their_names(tmp_path: Path) -> None:
    for name, value in (("b.safetensors", 2.0), ("a.safetensors", 1.0), ("notes.txt", 0.0)):
        save_file({"w": np.full((2, 2), value), name: np.zeros(1)}, tmp_path / name)
    found = opened(tmp_path)
    assert set(found.shapes) == {"w", "b.safetensors/w", "a.safetensors", "b.safetensors"}
    assert (found.read("w").values[0, 0], found.read("b.safetensors/w").values[0, 0]) == (1.0, 2.0)
    assert len(found.digests) == 2


def test_types_that_no_mark_is_in_are_not_shown(tmp_path: Path) -> None:
    header = b'{"w":{"dtype":"F4","shape":[2,2],"data_offsets":[0,2]}}'
    place = tmp_path / "leaked"
    place.write_bytes(len(header).to_bytes(8, "little") + header + bytes(2))
    assert opened(place).shapes == {}


@pytest.mark.parametrize("cut", [0, 4, 8, 20, -1])
def test_a_cut_file_is_invalid(tmp_path: Path, cut: int) -> None:
    place = tmp_path / "leaked"
    place.write_bytes(plain_file(100)[:cut])
    with pytest.raises(Invalid):
        opened(place)


def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        opened(tmp_path / "missing")
    with pytest.raises(NotFound, match="holds no file"):
        opened(tmp_path)
