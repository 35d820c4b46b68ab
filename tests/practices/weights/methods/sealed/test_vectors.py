"""The published cases mean the same to kept and to a stranger."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from kept.errors import KeptError
from kept.practices.weights.backends.containers.checking import check
from kept.practices.weights.methods.sealed.reading import Container
from kept.practices.weights.methods.sealed.verifying import verify
from simulators import stranger
from simulators.stranger import Refused

FOLDER = Path(__file__).parents[4] / "vectors" / "sealed"
CASES = json.loads((FOLDER / "cases.json").read_text())


def bytes_of(case: dict[str, Any]) -> bytes:
    data = bytearray((FOLDER / f"{case['file']}.sealed").read_bytes())
    for at, text in case["patch"]:
        patch = bytes.fromhex(text)
        data[at : at + len(patch)] = patch
    return bytes(data[: case.get("cut")]) + bytes.fromhex(case.get("append", ""))


def read_by_kept(data: bytes, key: bytes) -> str:
    container = Container.open(data, key)
    header = container.header_bytes
    whole = hashlib.sha256(len(header).to_bytes(8, "little") + header + container.read(0, container.size)).hexdigest()
    if whole != container.plain_digest:
        raise Refused("plaintext")
    return whole


def test_there_are_valid_and_invalid_cases() -> None:
    assert sum(case["verifies"] and case["reads"] for case in CASES) >= 4
    assert sum(not case["verifies"] for case in CASES) >= 25
    assert len({case["name"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_case_verifies_for_both_or_for_neither(case: dict[str, Any]) -> None:
    data = bytes_of(case)
    if case["verifies"]:
        stranger.verify(data)
        keys = verify(data).keys
        assert keys is not None
        assert keys.generation == case.get("generation", 1)
        return
    with pytest.raises(Refused):
        stranger.verify(data)
    with pytest.raises(KeptError):
        verify(data)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_case_reads_for_both_or_for_neither(case: dict[str, Any]) -> None:
    data, key = bytes_of(case), bytes.fromhex(case["key"])
    if case["reads"]:
        digest = hashlib.sha256(stranger.plaintext(data, key)).hexdigest()
        assert digest == read_by_kept(data, key)
        assert digest == case.get("sha256", digest)
        return
    with pytest.raises(Refused):
        stranger.plaintext(data, key)
    with pytest.raises((KeptError, Refused)):
        read_by_kept(data, key)


def test_the_folder_is_whole_for_both() -> None:
    said = json.loads((FOLDER / "folder.json").read_text())
    key = bytes.fromhex(said["key"])
    assert check(FOLDER / "folder", key).first.manifest.weights == said["sha256"]
    assert stranger.verify_folder(FOLDER / "folder") == said["sha256"]
    for name, digest in said["files"].items():
        data = (FOLDER / "folder" / f"{name}.sealed").read_bytes()
        assert hashlib.sha256(stranger.plaintext(data, stranger.shard_key(key, data))).hexdigest() == digest
