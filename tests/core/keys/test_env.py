"""A key in an environment variable, as a build server hands out secrets."""

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.core.keys import create, open_signer
from kept.core.keys.pkcs8 import seal
from kept.core.keys.software import SoftwareSigner
from kept.errors import Denied, Invalid, NotFound

SEED = bytes(range(32))
TEXT = base64.b64encode(SEED).decode()


def reach(value: str, passphrase: bytes = b""):
    return open_signer("env:KEY", base=Path(), passphrase=lambda: passphrase, environ={"KEY": value})


def test_a_seed_in_base64_is_a_key():
    assert reach(TEXT).key_id == SoftwareSigner.from_seed(SEED).key_id
    assert reach(f"  ed25519:{TEXT}\n").key_id == SoftwareSigner.from_seed(SEED).key_id


def test_a_seed_may_name_its_algorithm():
    assert reach(f"ml-dsa-65:{TEXT}").key_id == SoftwareSigner.from_seed(SEED, "ml-dsa-65").key_id


def test_pem_in_clear_is_a_key():
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    private = Ed25519PrivateKey.from_private_bytes(SEED)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    assert reach(pem).key_id == SoftwareSigner.from_seed(SEED).key_id
    with pytest.raises(Invalid):
        reach(pem.replace("M", "N"))


def test_sealed_pem_asks_for_the_passphrase():
    pem = seal(SoftwareSigner.from_seed(SEED), b"abc", lambda count: bytes(count)).decode()
    assert reach(pem, b"abc").key_id == SoftwareSigner.from_seed(SEED).key_id
    with pytest.raises(Denied):
        reach(pem, b"abd")


def test_an_unset_variable_is_not_found():
    for environ in ({}, {"KEY": ""}, {"KEY": " "}):
        with pytest.raises(NotFound):
            open_signer("env:KEY", base=Path(), passphrase=lambda: b"", environ=environ)


@pytest.mark.parametrize(
    "value", ["not base64!", TEXT[:-4], f"rsa:{TEXT}", "é", "-----BEGIN PRIVATE KEY-----", "-----BEGIN ENCRYPTED"]
)
def test_anything_else_is_invalid_and_not_repeated(value):
    with pytest.raises(Invalid) as caught:
        reach(value, b"abc")
    assert value not in str(caught.value)
    assert caught.value.__cause__ is None or value not in repr(caught.value.__cause__)


@given(st.text(max_size=60))
def test_arbitrary_text_is_no_key_and_nothing_worse(value):
    try:
        reach(value, b"abc")
    except (Invalid, NotFound):
        return
    assert len(base64.b64decode(value.strip().rpartition(":")[2])) == 32


def test_a_key_cannot_be_made_in_the_environment():
    with pytest.raises(Denied) as caught:
        create("env:KEY", base=Path(), passphrase=lambda: b"", entropy=lambda count: bytes(count))
    assert caught.value.code == "key.not-creatable"
