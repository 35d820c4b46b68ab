"""A key in a real token (SoftHSM 2) signs, and never leaves it."""

import sys
from pathlib import Path

import pytest

from kept.core.keys import create, open_signer, pkcs11, public_key
from kept.core.keys.pkcs11 import PIN_VARIABLE
from kept.core.statement import Envelope, Statement, Subject, sign
from kept.errors import Conflict, Denied, Invalid, NotFound, Unavailable
from simulators.softhsm import LABEL, PIN, make_token

URI = f"pkcs11:token={LABEL};object=provider"


def no_passphrase() -> bytes:
    raise AssertionError("a token asks for a PIN, not for a passphrase")


def no_entropy(count: int) -> bytes:
    raise AssertionError("a token has randomness of its own")


@pytest.fixture
def environ(tmp_path, monkeypatch):
    pkcs11.forget_sessions()
    yield make_token(tmp_path / "softhsm", monkeypatch)
    pkcs11.forget_sessions()


def make(uri: str, environ: dict, algorithm: str = "ed25519"):
    return create(uri, base=Path(), passphrase=no_passphrase, entropy=no_entropy, algorithm=algorithm, environ=environ)


def reach(uri: str, environ: dict):
    return open_signer(uri, base=Path(), passphrase=no_passphrase, environ=environ)


def test_a_key_made_in_the_token_signs_statements(environ):
    made = make(URI, environ)
    found = reach(URI, environ)
    assert (found.key_id, found.algorithm, len(found.public)) == (made.key_id, "ed25519", 32)
    statement = Statement((Subject("model", {"sha256": "00"}),), "https://kept.example/predicates/test/v1", {})
    Envelope.parse(sign(statement, [found]).to_bytes()).verify(public_key(found))


def test_the_key_cannot_be_extracted(environ):
    import pkcs11 as package

    make(URI, environ)
    token = package.lib(environ["KEPT_PKCS11_MODULE"]).get_token(token_label=LABEL)
    key = token.open().get_key(object_class=package.ObjectClass.PRIVATE_KEY, label="provider")
    assert key[package.Attribute.EXTRACTABLE] is False
    with pytest.raises(package.exceptions.AttributeSensitive):
        key[package.Attribute.VALUE]


def test_two_keys_of_one_token_are_open_at_once(environ):
    first, second = make(URI, environ), make(f"pkcs11:token={LABEL};object=log", environ)
    for signer in (first, second, first):
        public_key(signer).verify(signer.sign(b"message"), b"message")
    assert first.key_id != second.key_id


def test_the_module_may_stand_in_the_uri(environ):
    made = make(URI, environ)
    module = environ["KEPT_PKCS11_MODULE"]
    bare = {PIN_VARIABLE: PIN}
    assert reach(f"{URI};module={module}", bare).key_id == made.key_id
    assert reach(f"{URI}?module-path={module}", bare).key_id == made.key_id


def test_a_label_that_is_taken_is_left_alone(environ):
    made = make(URI, environ)
    with pytest.raises(Conflict):
        make(URI, environ)
    assert reach(URI, environ).key_id == made.key_id


def test_a_wrong_pin_is_denied_and_not_repeated(environ):
    with pytest.raises(Denied) as caught:
        reach(URI, {**environ, PIN_VARIABLE: "not-the-pin"})
    assert "not-the-pin" not in str(caught.value)


def test_what_is_missing_is_not_found(environ):
    for uri in ("pkcs11:token=elsewhere;object=provider", f"pkcs11:token={LABEL};object=absent"):
        with pytest.raises(NotFound):
            reach(uri, environ)
    with pytest.raises(NotFound, match="PIN"):
        reach(URI, {**environ, PIN_VARIABLE: ""})


def test_a_module_that_is_no_module_is_unavailable(environ):
    for module in ("/nowhere.so", __file__):
        with pytest.raises(Unavailable):
            reach(f"{URI};module={module}", environ)


def test_a_token_that_fails_while_signing_is_unavailable_and_can_be_opened_again(environ):
    import pkcs11 as package

    signer = make(URI, environ)
    package.lib(environ["KEPT_PKCS11_MODULE"]).reinitialize()
    with pytest.raises(Unavailable):
        signer.sign(b"message")
    again = reach(URI, environ)
    public_key(again).verify(again.sign(b"message"), b"message")


def test_a_key_of_another_kind_is_invalid(environ):
    import pkcs11 as package

    token = package.lib(environ["KEPT_PKCS11_MODULE"]).get_token(token_label=LABEL)
    with token.open(rw=True, user_pin=PIN) as session:
        session.generate_keypair(package.KeyType.RSA, 2048, store=True, label="provider")
    with pytest.raises(Invalid) as caught:
        reach(URI, environ)
    assert caught.value.code == "key.algorithm"


def test_a_token_makes_no_post_quantum_key(environ):
    with pytest.raises(Invalid) as caught:
        make(URI, environ, "ml-dsa-65")
    assert "file:" in caught.value.hint


@pytest.mark.parametrize(
    "uri",
    [
        "pkcs11:token=kept",
        "pkcs11:object=provider;module=/x",
        "pkcs11:token=kept;object=provider",
        "pkcs11:token=kept;object=provider;serial=1;module=/x",
        "pkcs11:token=kept;token=kept;object=provider;module=/x",
        "pkcs11:token;object=provider;module=/x",
        "pkcs11:token=kept;object=provider;module=/x;pin-value=5678",
        "pkcs11:token=kept;object=provider;module=/x?pin-value=5678",
    ],
)
def test_a_malformed_uri_is_invalid_and_repeats_no_pin(uri):
    pytest.importorskip("pkcs11")
    with pytest.raises(Invalid) as caught:
        reach(uri, {PIN_VARIABLE: PIN})
    assert "5678" not in str(caught.value)


def test_without_the_package_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(Unavailable) as caught:
        reach(URI + ";module=/x", {PIN_VARIABLE: PIN})
    assert "kept[pkcs11]" in caught.value.hint
