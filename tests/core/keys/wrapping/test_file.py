"""A wrapping key in a file is sealed, readable by its owner alone, and wraps for one purpose at a time."""

import os
import pickle
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.core.keys.wrapping import Reach, create, open_wrapper
from kept.errors import Conflict, Denied, Invalid, KeptError, NotFound, Unavailable, Unverified

PASSPHRASE = b"correct horse battery staple"
URI = "file:keys/weights.kek"
KEY = bytes(range(32))
CONTEXT = {"purpose": "file", "file": "ab" * 32}


def reach(folder, passphrase=PASSPHRASE, entropy=os.urandom):
    return Reach(folder, lambda: passphrase, entropy, {})


@pytest.fixture
def made(tmp_path):
    return create(URI, reach(tmp_path))


def test_a_key_wrapped_before_the_file_is_opened_again_is_unwrapped_after(tmp_path, made):
    wrapped = made.wrap(KEY, CONTEXT)
    found = open_wrapper(URI, reach(tmp_path))
    assert (found.key_id, found.unwrap(wrapped, CONTEXT)) == (made.key_id, KEY)


def test_a_key_is_wrapped_differently_each_time(made):
    assert made.wrap(KEY, CONTEXT) != made.wrap(KEY, CONTEXT)


@pytest.mark.parametrize("context", [{"purpose": "file", "file": "ab" * 31 + "ac"}, {"purpose": "file"}])
def test_a_wrapped_key_opens_for_nothing_else(made, context):
    with pytest.raises(Unverified) as caught:
        made.unwrap(made.wrap(KEY, CONTEXT), context)
    assert caught.value.code == "wrap.unverified"


def test_another_wrapping_key_opens_nothing(tmp_path, made):
    other = create("file:keys/other.kek", reach(tmp_path))
    with pytest.raises(Unverified):
        other.unwrap(made.wrap(KEY, CONTEXT), CONTEXT)


@given(st.integers(0, 60 * 8 - 1))
def test_a_flipped_bit_is_noticed(tmp_path_factory, bit):
    folder = tmp_path_factory.mktemp("kek")
    made = create(URI, reach(folder))
    wrapped = bytearray(made.wrap(KEY, CONTEXT))
    wrapped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Unverified):
        made.unwrap(bytes(wrapped), CONTEXT)


@pytest.mark.parametrize("length", [0, 59, 61, 8192])
def test_a_wrapped_key_of_another_length_is_unverified(made, length):
    with pytest.raises(Unverified):
        made.unwrap(bytes(length), CONTEXT)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_key_of_another_length_is_not_wrapped(made, length):
    with pytest.raises(Invalid):
        made.wrap(bytes(length), CONTEXT)


def test_its_file_is_private_and_the_only_thing_left(tmp_path, made):
    assert (tmp_path / "keys/weights.kek").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["weights.kek"]


def test_its_file_holds_no_key_in_clear(tmp_path):
    drawn = []

    def entropy(count):
        drawn.append(os.urandom(count))
        return drawn[-1]

    create(URI, reach(tmp_path, entropy=entropy))
    data = (tmp_path / "keys/weights.kek").read_bytes()
    (key,) = (each for each in drawn if len(each) == 32)
    assert key not in data
    assert key.hex().encode() not in data


def test_an_existing_key_is_never_replaced(tmp_path, made):
    with pytest.raises(Conflict):
        create(URI, reach(tmp_path))
    assert open_wrapper(URI, reach(tmp_path)).key_id == made.key_id


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_can_reach_is_denied(tmp_path, made, mode):
    (tmp_path / "keys/weights.kek").chmod(mode)
    with pytest.raises(Denied, match="chmod 600"):
        open_wrapper(URI, reach(tmp_path))


def test_a_wrong_passphrase_is_denied(tmp_path, made):
    with pytest.raises(Denied) as caught:
        open_wrapper(URI, reach(tmp_path, b"wrong"))
    assert caught.value.code == "key.passphrase"


def test_an_empty_passphrase_makes_no_key(tmp_path):
    with pytest.raises(Invalid):
        create(URI, reach(tmp_path, b""))
    assert not (tmp_path / "keys/weights.kek").exists()


def test_a_missing_file_is_not_found(tmp_path):
    with pytest.raises(NotFound):
        open_wrapper(URI, reach(tmp_path))


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-20],
        lambda data: data.replace(b'"version":1', b'"version":2'),
        lambda data: data.replace(b'"version":1', b'"version":1,"more":0'),
        lambda data: data.replace(b'"id":"', b'"id":7,"was":"'),
        lambda data: data.replace(b'"salt":"', b'"salt":"AAAA'),
        lambda data: b"[1]",
        lambda data: b"x" * 70_000,
    ],
)
def test_a_damaged_file_is_invalid(tmp_path, made, damage):
    place = tmp_path / "keys/weights.kek"
    place.write_bytes(damage(place.read_bytes()))
    with pytest.raises(Invalid):
        open_wrapper(URI, reach(tmp_path))


def test_a_file_with_the_name_of_another_key_does_not_open(tmp_path, made):
    place = tmp_path / "keys/weights.kek"
    place.write_bytes(place.read_bytes().replace(made.key_id.encode(), b"kek-0000000000000000"))
    with pytest.raises(Denied):
        open_wrapper(URI, reach(tmp_path))


def test_a_destroyed_key_is_gone_with_what_it_wrapped(tmp_path, made):
    place = tmp_path / "keys/weights.kek"
    held = place.open("rb")
    made.destroy()
    assert not any(held.read())
    with pytest.raises(NotFound):
        open_wrapper(URI, reach(tmp_path))
    with pytest.raises(Unavailable):
        made.destroy()


def test_no_error_and_no_repr_shows_a_secret(tmp_path, made):
    shown = [repr(made), str(made)]
    for attempt in (
        lambda: open_wrapper(URI, reach(tmp_path, b"wrong passphrase")),
        lambda: made.unwrap(made.wrap(KEY, CONTEXT), {"purpose": "other"}),
    ):
        with pytest.raises(KeptError) as caught:
            attempt()
        shown.append("".join(traceback.format_exception(caught.value)))
    for secret in (PASSPHRASE.decode(), KEY.hex(), repr(KEY)[2:-1]):
        assert not any(secret in text for text in shown)
    with pytest.raises(TypeError):
        pickle.dumps(made)
