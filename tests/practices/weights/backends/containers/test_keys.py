"""New keys for a sealed file: cut off at any time it opens by the old ones or the new, and bodies stay as they are."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kept.errors import Invalid, KeptError, NotFound, Unavailable, Unverified
from kept.practices.weights.backends.containers import keys
from kept.practices.weights.backends.containers.checking import check
from kept.practices.weights.backends.containers.keys import describe, replace_keys
from kept.practices.weights.backends.containers.sealing import seal
from kept.practices.weights.methods.sealed.layout import PAGE, Preamble
from simulators.sealed_files import ENVELOPE, KEY, commission, plain_file, sharded


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    (tmp_path / "plain").write_bytes(plain_file(5000))
    seal(tmp_path / "plain", tmp_path / "sealed", commission())
    return tmp_path / "sealed"


def body(place: Path) -> bytes:
    data = place.read_bytes()
    return data[Preamble.parse(data[:PAGE]).manifest[0] :]


def test_a_file_says_what_a_lease_needs(sealed: Path) -> None:
    said = describe(sealed)
    found = check(sealed).first
    assert said.file == found.preamble.file_id.hex()
    assert (said.weights, said.salt) == (found.manifest.plain_digest, found.preamble.draft.salt)
    assert (said.envelope, said.generation) == (ENVELOPE, 1)


def test_keys_are_replaced_again_and_again_and_the_old_ones_are_gone(sealed: Path) -> None:
    before = body(sealed)
    for generation, envelope in enumerate((b"second keys", b"third keys", b"fourth keys"), 2):
        assert replace_keys(sealed, envelope, commission()) == generation
        said = describe(sealed)
        assert (said.envelope, said.generation) == (envelope, generation)
        check(sealed, KEY)
    assert body(sealed) == before
    data = sealed.read_bytes()
    assert not [old for old in (ENVELOPE, b"second keys", b"third keys") if old in data]
    assert [path.name for path in sealed.parent.iterdir() if path.name.startswith(".")] == []


def test_the_same_keys_again_change_nothing(sealed: Path) -> None:
    before = sealed.read_bytes()
    assert replace_keys(sealed, ENVELOPE, commission()) == 1
    assert sealed.read_bytes() == before


def test_of_a_folder_the_index_alone_is_written(tmp_path: Path) -> None:
    seal(sharded(tmp_path / "plain"), tmp_path / "sealed", commission())
    shards = sorted((tmp_path / "sealed").glob("model-*"))
    before = [path.read_bytes() for path in shards]
    assert replace_keys(tmp_path / "sealed", b"new keys", commission()) == 2
    assert [path.read_bytes() for path in shards] == before
    check(tmp_path / "sealed", KEY)
    for verb in (describe, lambda place: replace_keys(place, b"more", commission())):
        with pytest.raises(NotFound, match="shard"):
            verb(shards[0])


class Cut(Exception):
    """The process ended here."""


@pytest.mark.parametrize("step", range(4))
@pytest.mark.parametrize("share", [0.0, 0.5])
def test_cut_off_at_any_step_it_opens_and_the_same_call_ends_it(
    sealed: Path, monkeypatch: pytest.MonkeyPatch, step: int, share: float
) -> None:
    before, steps = body(sealed), 0

    def cut(real: Callable, descriptor: int, *given: object) -> object:
        nonlocal steps
        steps += 1
        if steps - 1 == step:
            if given:
                data, at = given
                real(descriptor, data[: int(len(data) * share)], at)
            raise Cut
        return real(descriptor, *given)

    write, sync = keys.write_all, os.fsync
    with monkeypatch.context() as patch:
        patch.setattr(keys, "write_all", lambda *given: cut(write, *given))
        patch.setattr(os, "fsync", lambda *given: cut(sync, *given))
        with pytest.raises(Cut):
            replace_keys(sealed, b"new keys", commission())
    assert describe(sealed).envelope in (ENVELOPE, b"new keys")
    assert replace_keys(sealed, b"new keys", commission()) == 2
    check(sealed, KEY)
    assert ENVELOPE not in sealed.read_bytes()
    assert body(sealed) == before


def test_keys_that_do_not_fit_or_can_not_be_signed_leave_the_old_ones(sealed: Path) -> None:
    before = sealed.read_bytes()
    with pytest.raises(Invalid, match="slots have"):
        replace_keys(sealed, bytes(200_000), commission())

    def unreachable(said: object) -> None:
        raise Unavailable("The token was pulled.")

    with pytest.raises(Unavailable, match="pulled"):
        replace_keys(sealed, b"new", replace(commission(), sign=unreachable))
    assert sealed.read_bytes() == before


def test_a_file_whose_keys_were_changed_gets_no_new_ones(sealed: Path) -> None:
    data = bytearray(sealed.read_bytes())
    data[PAGE + 30] ^= 1
    sealed.write_bytes(data)
    with pytest.raises(Unverified, match="slot 0"):
        replace_keys(sealed, b"new", commission())
    with pytest.raises(Unverified, match="slot 0"):
        describe(sealed)


@pytest.mark.parametrize("name", ["nothing", "folder", "text"])
def test_what_is_no_sealed_file_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("hello")
    with pytest.raises((NotFound, Invalid)):
        describe(tmp_path / name)
    with pytest.raises(KeptError):
        replace_keys(tmp_path / name, b"new", commission())
