"""Signed notes, verifier keys and checkpoints: read as the specification says, and refused otherwise."""

import base64
import contextlib
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from kept.core import note
from kept.core.note import COSIGNER_KEY, LOG_KEY, Checkpoint, Note, NoteSignature, VerifierKey
from kept.errors import Invalid, Unverified

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = VerifierKey("log.example/one", LOG_KEY, PRIVATE.public_key().public_bytes_raw())
TEXT = Checkpoint("log.example/one", 5, bytes(32)).text()


def signed(text=TEXT, key=KEY):
    return Note(text, (note.sign(text, key=key, sign_message=PRIVATE.sign),))


def test_a_note_is_signed_written_read_and_verified():
    read = Note.parse(signed().to_bytes())
    assert read == signed()
    assert note.verify(read, [KEY]) == (KEY,)
    assert Checkpoint.parse(read.text) == Checkpoint("log.example/one", 5, bytes(32))


def test_the_bytes_are_those_of_the_specification():
    lines = signed().to_bytes().decode().split("\n")
    assert lines[:4] == ["log.example/one", "5", base64.b64encode(bytes(32)).decode(), ""]
    assert lines[4].startswith("— log.example/one ")
    key_id = hashlib.sha256(b"log.example/one\n\x01" + KEY.public).digest()[:4]
    assert base64.b64decode(lines[4].split()[-1])[:4] == key_id


def test_a_changed_text_is_unverified():
    changed = Note(TEXT.replace("\n5\n", "\n6\n"), signed().signatures)
    with pytest.raises(Unverified, match="false"):
        note.verify(changed, [KEY])


def test_a_note_of_another_key_is_unverified():
    other = VerifierKey("log.example/one", LOG_KEY, bytes(32))
    with pytest.raises(Unverified, match="No key"):
        note.verify(signed(), [other])
    with pytest.raises(Unverified):
        note.verify(signed(), [])


def test_unknown_signatures_are_passed_over():
    stranger = NoteSignature("stranger.example", b"1234", b"anything")
    assert note.verify(signed().with_signatures([stranger]), [KEY]) == (KEY,)


def test_a_newer_signature_of_a_key_replaces_the_older():
    first, second = (NoteSignature("w", b"1234", value) for value in (b"old", b"new"))
    assert Note(TEXT, (first,)).with_signatures([second]).signatures == (second,)


def test_a_text_with_an_empty_line_is_split_at_the_last():
    text = "one\n\ntwo\n"
    assert Note.parse(signed(text).to_bytes()).text == text


WHOLE = signed().to_bytes()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        TEXT.encode(),
        WHOLE[:-1],
        WHOLE + b"more\n",
        WHOLE.replace("—".encode(), b"-"),
        WHOLE.replace(b"log.example/one ", b"log.exa+ple/one "),
        WHOLE.replace(b"\n5\n", b"\n5\r\n"),
        WHOLE.replace(b"\n5\n", b"\n\xff\n"),
        WHOLE[: WHOLE.rindex(b" ")] + b" AAAA\n",
        WHOLE[:-3] + b"\n",
        TEXT.encode() + b"\n" + "— a AAAAAAAA\n".encode() * 101,
        b"x" * 1_000_001,
    ],
)
def test_anything_else_is_no_note(data):
    with pytest.raises(Invalid):
        Note.parse(data)


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode(errors="replace")))
def test_a_note_of_any_bytes_is_read_or_refused(data):
    with contextlib.suppress(Invalid):
        assert Note.parse(data).to_bytes() == data


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 7))
def test_no_flipped_bit_goes_unnoticed(at, bit):
    flipped = bytearray(WHOLE)
    flipped[at] ^= 1 << bit
    with pytest.raises((Invalid, Unverified)):
        note.verify(Note.parse(bytes(flipped)), [KEY])


@pytest.mark.parametrize("kind", [LOG_KEY, COSIGNER_KEY])
def test_a_verifier_key_is_written_and_read(kind):
    key = VerifierKey("witness.example/w1", kind, KEY.public)
    assert VerifierKey.parse(str(key)) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+1234",
        str(KEY).replace("+", " "),
        str(KEY)[:-4],
        "x" + str(KEY),
        str(KEY)[:-1] + "!",
        f"n+00000000+{base64.b64encode(bytes(33)).decode()}",
        f"n+00000000+{base64.b64encode(bytes([6]) + bytes(32)).decode()}",
    ],
)
def test_anything_else_is_no_verifier_key(text):
    with pytest.raises(Invalid):
        VerifierKey.parse(text)


@given(st.text(max_size=120))
def test_a_verifier_key_of_any_text_is_read_or_refused(text):
    with pytest.raises(Invalid):
        VerifierKey.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n1\n",
        "a\n01\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "a\n-1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "a\n١\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "a\n9223372036854775808\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "a\n1\nAAAA\n",
        "a\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n",
        "\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "a\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    ],
)
def test_anything_else_is_no_checkpoint(text):
    with pytest.raises(Invalid):
        Checkpoint.parse(text)


@given(
    st.text(max_size=120) | st.builds("{}\n{}\n{}\n".format, st.text(max_size=9), st.integers(), st.text(max_size=50))
)
def test_a_checkpoint_of_any_text_is_read_or_refused(text):
    with contextlib.suppress(Invalid):
        assert Checkpoint.parse(text).text() == text


def test_a_checkpoint_keeps_its_extension_lines():
    text = TEXT + "extension\n"
    assert Checkpoint.parse(text).extensions == ("extension",)
    assert Checkpoint.parse(text).text() == text
