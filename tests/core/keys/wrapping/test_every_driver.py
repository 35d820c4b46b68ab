"""What holds of a wrapping key wherever it lives: a file, SoftHSM 2, AWS KMS (moto), Vault (a stub of its API)."""

import os
import traceback
from dataclasses import dataclass

import pytest

from kept.core.keys import pkcs11 as tokens
from kept.core.keys.wrapping import SCHEMES, Reach, create, open_wrapper
from kept.errors import Conflict, Denied, Invalid, KeptError, NotFound, Unavailable, Unverified
from simulators.softhsm import LABEL, make_token
from simulators.transit import TOKEN, transit

KEY = bytes(range(32))
CONTEXT = {"purpose": "file", "file": "ab" * 32}


@dataclass
class Place:
    """Where a test makes wrapping keys: two URIs, and what a driver is given."""

    uri: str
    other: str
    reach: Reach


def no_passphrase():
    raise AssertionError("this driver asks for no passphrase")


@pytest.fixture(params=sorted(SCHEMES))
def place(request, tmp_path, monkeypatch):
    if request.param == "file":
        yield Place("file:a.kek", "file:b.kek", Reach(tmp_path, lambda: b"passphrase", os.urandom, {}))
    elif request.param == "pkcs11":
        tokens.forget_sessions()
        environ = make_token(tmp_path / "softhsm", monkeypatch)
        uri = f"pkcs11:token={LABEL};object="
        yield Place(f"{uri}a", f"{uri}b", Reach(tmp_path, no_passphrase, os.urandom, environ))
        tokens.forget_sessions()
    elif request.param == "awskms":
        moto = pytest.importorskip("moto", reason="moto is not installed")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "of-the-test")
        with moto.mock_aws():
            uri = "awskms:alias/{}?region=us-east-1"
            yield Place(uri.format("a"), uri.format("b"), Reach(tmp_path, no_passphrase, os.urandom, {}))
    else:
        with transit() as stub:
            yield Place("vault:a", "vault:b", Reach(tmp_path, no_passphrase, os.urandom, stub.environ))


def test_a_key_wrapped_before_it_is_opened_again_is_unwrapped_after(place):
    made = create(place.uri, place.reach)
    wrapped = made.wrap(KEY, CONTEXT)
    found = open_wrapper(place.uri, place.reach)
    unwrapped = found.unwrap(wrapped, CONTEXT)
    assert (found.key_id, unwrapped, type(unwrapped)) == (made.key_id, KEY, bytearray)
    assert KEY not in wrapped
    assert 1 <= len(made.key_id) <= 64


@pytest.mark.parametrize("context", [{**CONTEXT, "file": "ac" * 32}, {"purpose": "file"}, {**CONTEXT, "more": "x"}])
def test_a_wrapped_key_opens_for_nothing_else(place, context):
    made = create(place.uri, place.reach)
    with pytest.raises(Unverified):
        made.unwrap(made.wrap(KEY, CONTEXT), context)


def test_another_wrapping_key_opens_nothing(place):
    made, other = create(place.uri, place.reach), create(place.other, place.reach)
    assert made.key_id != other.key_id
    # KMS says IncorrectKeyException, and moto AccessDeniedException.
    with pytest.raises((Unverified, Denied) if "awskms" in place.uri else Unverified):
        other.unwrap(made.wrap(KEY, CONTEXT), CONTEXT)


def test_what_was_changed_opens_nothing(place):
    made = create(place.uri, place.reach)
    wrapped = made.wrap(KEY, CONTEXT)
    for at in range(0, len(wrapped), max(1, len(wrapped) // 12)):
        changed = wrapped[:at] + bytes([wrapped[at] ^ 1]) + wrapped[at + 1 :]
        with pytest.raises((Unverified, Denied) if "awskms" in place.uri else Unverified):
            made.unwrap(changed, CONTEXT)
    for changed in (b"", wrapped[:-1], wrapped[:8], wrapped * 2, os.urandom(len(wrapped))):
        with pytest.raises((Unverified, Denied) if "awskms" in place.uri else Unverified):
            made.unwrap(changed, CONTEXT)
    assert made.unwrap(wrapped, CONTEXT) == KEY


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_a_key_of_another_length_is_not_wrapped(place, length):
    with pytest.raises(Invalid):
        create(place.uri, place.reach).wrap(bytes(length), CONTEXT)


def test_a_context_without_a_text_is_invalid(place):
    made = create(place.uri, place.reach)
    for context in ({}, {"a": ""}):
        with pytest.raises(Invalid):
            made.wrap(KEY, context)


def test_a_wrapping_key_that_is_there_is_left_alone(place):
    made = create(place.uri, place.reach)
    with pytest.raises(Conflict):
        create(place.uri, place.reach)
    assert open_wrapper(place.uri, place.reach).key_id == made.key_id


def test_what_is_missing_is_not_found(place):
    with pytest.raises(NotFound):
        open_wrapper(place.uri, place.reach)


def test_a_destroyed_key_opens_nothing_any_more(place):
    made = create(place.uri, place.reach)
    wrapped = made.wrap(KEY, CONTEXT)
    made.destroy()
    if "awskms" not in place.uri:
        with pytest.raises(NotFound):
            open_wrapper(place.uri, place.reach)
    if place.uri.partition(":")[0] in ("pkcs11", "vault"):
        # An opened file: key is in memory; whoever destroys it lets go of it.
        with pytest.raises((NotFound, Unavailable)):
            made.unwrap(wrapped, CONTEXT)


def test_no_error_and_no_repr_shows_a_secret(place):
    made = create(place.uri, place.reach)
    shown = [repr(made), str(made)]
    wrapped = made.wrap(KEY, CONTEXT)
    for attempt in (
        lambda: made.unwrap(wrapped, {"purpose": "other"}),
        lambda: made.unwrap(b"x" * 40, CONTEXT),
        lambda: create(place.uri, place.reach),
        lambda: open_wrapper(place.other, place.reach),
    ):
        with pytest.raises(KeptError) as caught:
            attempt()
        shown.append("".join(traceback.TracebackException.from_exception(caught.value, capture_locals=False).format()))
    for secret in (KEY.hex(), repr(KEY)[2:-1], TOKEN):
        assert not any(secret in text for text in shown)
