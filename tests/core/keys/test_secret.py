"""The passphrase and other secrets come from the environment or from a private file outside the workspace."""

import os

import pytest

from kept.core.keys.secret import choose_passphrase, create_secret, read_private, secret_at, write_private
from kept.errors import Conflict, Denied, Invalid, NotFound, Unavailable


def entropy(count: int) -> bytes:
    return b"\xa5" * count


def test_the_environment_comes_first(tmp_path):
    create_secret(tmp_path / "secret", entropy)
    assert choose_passphrase({"KEPT_PASSPHRASE": "given"}, tmp_path / "secret") == b"given"


def test_the_secret_file_is_the_passphrase_otherwise(tmp_path):
    text = create_secret(tmp_path / "state/acme/secret", entropy)
    assert text == b"a5" * 32
    for environ in ({}, {"KEPT_PASSPHRASE": ""}):
        assert choose_passphrase(environ, tmp_path / "state/acme/secret") == text
    assert (tmp_path / "state/acme/secret").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "state/acme").stat().st_mode & 0o777 == 0o700


def test_a_secret_is_never_replaced(tmp_path):
    create_secret(tmp_path / "secret", entropy)
    with pytest.raises(Conflict):
        create_secret(tmp_path / "secret", lambda count: bytes(count))
    assert choose_passphrase({}, tmp_path / "secret") == b"a5" * 32


def test_without_either_the_hint_says_what_to_set(tmp_path):
    with pytest.raises(NotFound) as caught:
        choose_passphrase({}, tmp_path / "secret")
    assert "KEPT_PASSPHRASE" in caught.value.hint


def test_a_secret_that_others_can_read_is_denied(tmp_path):
    create_secret(tmp_path / "secret", entropy)
    (tmp_path / "secret").chmod(0o644)
    with pytest.raises(Denied):
        choose_passphrase({}, tmp_path / "secret")


def test_an_empty_secret_is_invalid(tmp_path):
    write_private(tmp_path / "secret", b"\n")
    with pytest.raises(Invalid):
        choose_passphrase({}, tmp_path / "secret")


def test_a_disk_that_takes_no_more_leaves_no_file(tmp_path):
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        with pytest.raises(Unavailable) as caught:
            write_private(tmp_path / "secret", b"x" * 100)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.code == "key.unwritable"
    assert list(tmp_path.iterdir()) == []


def test_a_pipe_is_no_file_and_nobody_waits_for_it(tmp_path):
    import os

    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(Invalid) as caught:
        read_private(tmp_path / "pipe")
    assert caught.value.code == "key.not-a-file"


def test_a_secret_stands_in_the_environment_or_in_a_file_of_ones_own(tmp_path):
    file = tmp_path / "secret"
    file.write_text("hunter2\n")
    os.chmod(file, 0o600)
    environ = {"HOOK": " hunter3 ", "EMPTY": " "}
    assert secret_at("file:secret", folder=tmp_path, environ=environ) == "hunter2"
    assert secret_at("env:HOOK", folder=tmp_path, environ=environ) == "hunter3"
    assert secret_at("", folder=tmp_path, environ=environ) == ""
    for absent in ("env:EMPTY", "env:NONE", "file:none"):
        with pytest.raises(NotFound):
            secret_at(absent, folder=tmp_path, environ=environ)
    os.chmod(file, 0o644)
    with pytest.raises(Denied, match="open to other users"):
        secret_at("file:secret", folder=tmp_path, environ=environ)
    for bad in ("hunter2\nhunter3", "hünter2", "x" * 5000):
        with pytest.raises(Invalid, match="is no secret") as error:
            secret_at("env:BAD", folder=tmp_path, environ={"BAD": bad})
        assert bad not in str(error.value)
