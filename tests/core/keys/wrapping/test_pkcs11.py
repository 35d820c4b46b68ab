"""A wrapping key in a real token (SoftHSM 2) never leaves it, and one that could is refused."""

import os
import sys
from pathlib import Path

import pytest

from kept.core.keys import pkcs11 as tokens
from kept.core.keys.wrapping import Reach, create, open_wrapper
from kept.errors import Denied, Invalid, NotFound, Unavailable
from simulators.softhsm import LABEL, PIN, make_token

URI = f"pkcs11:token={LABEL};object=kek"
CONTEXT = {"purpose": "file"}


def no_passphrase():
    raise AssertionError("a token asks for a PIN")


def reach(environ):
    return Reach(Path(), no_passphrase, os.urandom, environ)


@pytest.fixture
def environ(tmp_path, monkeypatch):
    tokens.forget_sessions()
    yield make_token(tmp_path / "softhsm", monkeypatch)
    tokens.forget_sessions()


def session(environ):
    import pkcs11

    return pkcs11.lib(environ["KEPT_PKCS11_MODULE"]).get_token(token_label=LABEL).open(rw=True, user_pin=PIN)


def test_the_key_can_not_be_extracted_nor_used_for_anything_else(environ):
    import pkcs11

    made = create(URI, reach(environ))
    with tokens.using(made._address):
        key = tokens.open_session(made._address, made._keyhole).get_key(label="kek")
        assert key[pkcs11.Attribute.EXTRACTABLE] is False
        assert key[pkcs11.Attribute.DECRYPT] is False
        with pytest.raises(pkcs11.exceptions.AttributeSensitive):
            key[pkcs11.Attribute.VALUE]


def test_nothing_unwrapped_stays_in_the_token(environ):
    import pkcs11

    made = create(URI, reach(environ))
    made.unwrap(made.wrap(bytes(32), CONTEXT), CONTEXT)
    with tokens.using(made._address):
        held = tokens.open_session(made._address, made._keyhole)
        kinds = [each.object_class for each in held.get_objects()]
    assert kinds == [pkcs11.ObjectClass.SECRET_KEY]


def test_a_key_that_could_leave_is_denied(environ):
    import pkcs11

    with session(environ) as opened:
        opened.generate_key(
            pkcs11.KeyType.AES, 256, label="kek", id=b"1", store=True, template={pkcs11.Attribute.EXTRACTABLE: True}
        )
    with pytest.raises(Denied) as caught:
        open_wrapper(URI, reach(environ))
    assert caught.value.code == "wrap.extractable"


def test_a_key_of_another_kind_is_invalid(environ):
    import pkcs11

    with session(environ) as opened:
        opened.generate_key(pkcs11.KeyType.DES3, label="kek", id=b"1", store=True)
    with pytest.raises(Invalid):
        open_wrapper(URI, reach(environ))


def test_a_wrong_pin_is_denied_and_none_is_not_found(environ):
    with pytest.raises(Denied) as caught:
        open_wrapper(URI, reach({**environ, "KEPT_PKCS11_PIN": "0000wrong"}))
    assert "0000wrong" not in str(caught.value)
    with pytest.raises(NotFound):
        open_wrapper(URI, reach({**environ, "KEPT_PKCS11_PIN": ""}))


def test_without_the_package_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(Unavailable) as caught:
        open_wrapper(f"{URI};module=/x", reach({"KEPT_PKCS11_PIN": "1"}))
    assert "kept[pkcs11]" in caught.value.hint


@pytest.mark.parametrize("uri", ["pkcs11:token=kept", f"{URI};pin-value=5678", f"{URI};token=other"])
def test_a_malformed_uri_is_invalid_and_repeats_no_pin(environ, uri):
    with pytest.raises(Invalid) as caught:
        open_wrapper(uri, reach(environ))
    assert "5678" not in str(caught.value)
