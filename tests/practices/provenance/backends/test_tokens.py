"""A certificate's key in a real token (SoftHSM 2) signs manifests, and never leaves it."""

from pathlib import Path

import pytest

from kept.core.keys import Keyhole, create, pkcs11
from kept.core.reference import load
from kept.errors import Invalid, NotFound, Unavailable
from kept.practices.provenance import PRACTICE
from kept.practices.provenance.backends.manifests import read, sign
from kept.practices.provenance.records.manifests import Credentials, ManifestClaims
from simulators.authorities import Authority
from simulators.media_files import sample
from simulators.softhsm import LABEL, PIN, make_token

pytest.importorskip("c2pa", reason="c2pa-python is not installed (kept[provenance])")

CLAIMS = ManifestClaims(service="Acme Images", model="painter-3")
ADDRESS = f"token={LABEL};object=signer"
P256, P384 = bytes.fromhex("06082a8648ce3d030107"), bytes.fromhex("06052b81040022")
AUTHORITY = Authority.make()


def no_passphrase() -> bytes:
    raise AssertionError("a token asks for a PIN, not for a passphrase")


def no_entropy(count: int) -> bytes:
    raise AssertionError("a token has randomness of its own")


@pytest.fixture
def keyhole(tmp_path, monkeypatch):
    pkcs11.forget_sessions()
    yield Keyhole(Path(), no_passphrase, make_token(tmp_path / "softhsm", monkeypatch))
    pkcs11.forget_sessions()


def make_curve_key(keyhole: Keyhole, curve: bytes = P256) -> None:
    import pkcs11 as package

    token = package.lib(keyhole.environ["KEPT_PKCS11_MODULE"]).get_token(token_label=LABEL)
    with token.open(rw=True, user_pin=PIN) as session:
        parameters = {package.Attribute.EC_PARAMS: curve}
        domain = session.create_domain_parameters(package.KeyType.EC, parameters, local=True)
        domain.generate_keypair(store=True, label="signer")


def open_key(keyhole: Keyhole):
    return load(PRACTICE.backends["certificate-key"]["pkcs11"])(ADDRESS, keyhole)


def signed_and_read(keyhole: Keyhole):
    key = open_key(keyhole)
    assert key.private is None
    credentials = Credentials(AUTHORITY.certify(key), key)
    signed = sign(sample("image/jpeg"), "image/jpeg", credentials=credentials, claims=CLAIMS)
    return key, read(signed.data, "image/jpeg", trust=AUTHORITY.trust(credentials))


def test_a_key_of_p256_signs_manifests_in_the_token(keyhole):
    make_curve_key(keyhole)
    key, found = signed_and_read(keyhole)
    assert (key.algorithm, found.state, found.ours) == ("es256", "trusted", True)


def test_a_key_of_ed25519_signs_manifests_in_the_token(keyhole):
    create(
        f"pkcs11:{ADDRESS}", base=Path(), passphrase=no_passphrase, entropy=no_entropy, environ=dict(keyhole.environ)
    )
    key, found = signed_and_read(keyhole)
    assert (key.algorithm, found.state, found.ours) == ("ed25519", "trusted", True)


def test_a_key_of_another_curve_is_invalid(keyhole):
    make_curve_key(keyhole, P384)
    with pytest.raises(Invalid) as caught:
        open_key(keyhole)
    assert caught.value.code == "key.algorithm"


def test_a_key_that_is_not_there_is_not_found(keyhole):
    with pytest.raises(NotFound):
        open_key(keyhole)


def test_a_token_that_is_gone_while_signing_is_unavailable(keyhole):
    import pkcs11 as package

    make_curve_key(keyhole)
    key = open_key(keyhole)
    credentials = Credentials(AUTHORITY.certify(key), key)
    package.lib(keyhole.environ["KEPT_PKCS11_MODULE"]).reinitialize()
    with pytest.raises(Unavailable) as caught:
        sign(sample("image/jpeg"), "image/jpeg", credentials=credentials, claims=CLAIMS)
    assert caught.value.code == "key.token"


def test_a_signature_that_does_not_hold_is_not_handed_out(keyhole):
    make_curve_key(keyhole)
    assert len(open_key(keyhole).sign(b"message")) == 64
    import pkcs11 as package

    token = package.lib(keyhole.environ["KEPT_PKCS11_MODULE"]).get_token(token_label=LABEL)
    with token.open(rw=True) as session:
        next(iter(session.get_objects({package.Attribute.CLASS: package.ObjectClass.PUBLIC_KEY}))).destroy()
        domain = session.create_domain_parameters(package.KeyType.EC, {package.Attribute.EC_PARAMS: P256}, local=True)
        _, private = domain.generate_keypair(store=True, label="signer")
        private.destroy()
    with pytest.raises(Unavailable, match="does not hold"):
        open_key(keyhole).sign(b"message")
