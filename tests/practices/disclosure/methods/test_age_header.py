"""Age files of others are told apart from what is none, without decrypting them."""

import shutil
import subprocess
from pathlib import Path

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Invalid
from kept.practices.disclosure.methods.age_header import read_header

KEYS = [pyrage.x25519.Identity.generate().to_public() for _ in range(3)]
SEALED = pyrage.encrypt(b"words", KEYS)


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 200_000])
def test_how_many_keys_and_how_long(size: int) -> None:
    found = read_header(pyrage.encrypt(bytes(size), KEYS))
    assert (found.keys, found.plaintext) == (3, size)


def test_what_the_age_command_makes_is_read(tmp_path: Path) -> None:
    if shutil.which("age") is None:
        pytest.skip("age is not installed (Debian's package: age)")
    command = ["age", *[word for key in KEYS for word in ("-r", str(key))]]
    sealed = subprocess.run(command, input=b"words", capture_output=True, check=True).stdout
    assert (read_header(sealed).keys, read_header(sealed).plaintext) == (3, 5)
    armoured = subprocess.run([*command, "-a"], input=b"words", capture_output=True, check=True).stdout
    with pytest.raises(Invalid, match="armoured"):
        read_header(armoured)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"age-encryption.org/v1\n",
        b"PK\x03\x04" + bytes(100),
        b"age-encryption.org/v2\n" + SEALED.partition(b"\n")[2],
        SEALED.replace(b"-> X25519", b"-> ssh-ed25519", 1),
        SEALED.replace(b"\n---", b"\n--", 1),
        SEALED[: SEALED.index(b"\n---") + 60],
        SEALED.partition(b"\n-> X25519")[0] + b"\n" + SEALED[SEALED.index(b"---") :],
        b"age-encryption.org/v1\n" + b"-> X25519 " + b"A" * 20_000,
        pyrage.passphrase.encrypt(b"words", "a passphrase"),
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid, match="no age file that can be taken"):
        read_header(data)


@given(st.binary(max_size=2000))
def test_garbage_is_refused_and_never_crashes(data: bytes) -> None:
    with pytest.raises(Invalid):
        read_header(b"age-encryption.org/v1\n" + data)


@given(st.integers(0, len(SEALED) - 1))
def test_a_file_that_is_cut_off_in_its_header_is_refused(at: int) -> None:
    if at < SEALED.index(b"---") + 60:
        with pytest.raises(Invalid):
            read_header(SEALED[:at])
