"""The document is enough: a reader written from it alone reads, verifies and refuses what kept does."""

import ast
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kept.core.keys.software import SoftwareSigner
from kept.errors import KeptError
from kept.practices.weights.backends.containers.checking import check
from kept.practices.weights.backends.containers.keys import replace_keys
from kept.practices.weights.backends.containers.sealing import seal
from kept.practices.weights.methods.sealed.verifying import verify
from simulators import stranger
from simulators.sealed_files import CHUNK, KEY, SIGNER, commission, plain_file, sealed, sharded, signed
from simulators.stranger import Refused

MADE = sealed(plain_file(2 * CHUNK + 100))
WHOLE = signed(MADE)


def test_the_stranger_has_none_of_our_code() -> None:
    tree = ast.parse(Path(stranger.__file__).read_text())
    found = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    found |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert not [name for name in found if name and name.split(".")[0] in ("kept", "simulators")]


@pytest.mark.parametrize("size", [1, CHUNK, 3 * CHUNK + 1])
def test_the_stranger_reads_what_was_sealed(size: int) -> None:
    made = sealed(plain_file(size))
    data = signed(made)
    assert stranger.plaintext(data, made.key) == made.plain
    for name in ("w", "b"):
        start, stop = json.loads(made.plain[8:-size])[name]["data_offsets"]
        assert stranger.tensor(data, made.key, name) == made.body[start:stop]
    stranger.verify(data)


def test_the_stranger_reads_folders_and_new_keys(tmp_path: Path) -> None:
    source = sharded(tmp_path / "plain")
    second = SoftwareSigner.from_seed(b"second".ljust(32, b"."), "ml-dsa-65")
    made = seal(source, tmp_path / "sealed", commission(SIGNER, second))
    replace_keys(tmp_path / "sealed", b"new keys", commission(SIGNER, second))
    assert stranger.verify_folder(tmp_path / "sealed") == made.sha256
    index = (tmp_path / "sealed" / "model.safetensors.index.json.sealed").read_bytes()
    assert stranger.plaintext(index, KEY) == (source / "model.safetensors.index.json").read_bytes()
    assert stranger.keys_in(stranger.File(index), 1) == (2, b"new keys")
    for shard in json.loads(stranger.plaintext(index, KEY))["weight_map"].values():
        data = (tmp_path / "sealed" / f"{shard}.sealed").read_bytes()
        assert stranger.plaintext(data, stranger.shard_key(KEY, data)) == (source / shard).read_bytes()
    (tmp_path / "sealed" / "more.sealed").write_bytes(index)
    with pytest.raises(Refused):
        stranger.verify_folder(tmp_path / "sealed")
    with pytest.raises(KeptError):
        check(tmp_path / "sealed")


@settings(max_examples=300)
@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_the_stranger_refuses_every_changed_byte(at: int, flip: int) -> None:
    data = bytearray(WHOLE)
    data[at] ^= flip
    with pytest.raises(Refused):
        stranger.verify(bytes(data))
    with pytest.raises(KeptError):
        verify(data)
