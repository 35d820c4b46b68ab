"""A public key's id is that of its SubjectPublicKeyInfo, as other software writes it."""

import base64
import hashlib
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kept.core.keys import PublicKey, read_pem
from kept.core.keys.software import SoftwareSigner
from kept.errors import Invalid, Unverified

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/statement/keys.json").read_text(encoding="utf-8"))
SEED = bytes(range(32))
PRIVATE = {
    "ed25519": Ed25519PrivateKey.from_private_bytes(SEED),
    "ml-dsa-65": MLDSA65PrivateKey.from_seed_bytes(SEED),
}


@pytest.mark.parametrize("algorithm", ["ed25519", "ml-dsa-65"])
def test_the_key_id_is_the_digest_of_the_encoding_that_openssl_writes(algorithm):
    public = PRIVATE[algorithm].public_key()
    key = PublicKey(algorithm, public.public_bytes_raw())
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert key.spki() == spki
    assert key.key_id == hashlib.sha256(spki).hexdigest()


@pytest.mark.parametrize("algorithm", ["ed25519", "ml-dsa-65"])
def test_a_signature_holds_for_its_message_alone(algorithm):
    signer = SoftwareSigner.from_seed(SEED, algorithm)
    key = PublicKey(algorithm, signer.public)
    signature = signer.sign(b"message")
    key.verify(signature, b"message")
    for wrong, message in ((signature, b"massage"), (signature[:-1], b"message"), (b"", b"message")):
        with pytest.raises(Unverified) as caught:
            key.verify(wrong, message)
        assert caught.value.code == "signature.bad"


def test_keys_of_a_wrong_length_or_algorithm_are_invalid():
    for algorithm, public in (("ed25519", b"\x00" * 31), ("ml-dsa-65", b"\x00" * 32), ("rsa", b"")):
        with pytest.raises(Invalid):
            PublicKey(algorithm, public)


def test_a_point_off_the_curve_verifies_nothing():
    with pytest.raises(Unverified):
        PublicKey("ed25519", b"\xff" * 32).verify(b"\x00" * 64, b"message")


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: f"{case['algorithm']} {case.get('error', 'valid')}")
def test_vectors(case):
    public = base64.b64decode(case["public"])
    if "error" in case:
        with pytest.raises(Invalid) as caught:
            PublicKey(case["algorithm"], public)
        assert caught.value.code == case["error"]
        return
    assert PublicKey(case["algorithm"], public).key_id == case["key_id"]


def test_a_public_key_shows_no_bytes_of_itself():
    key = PublicKey("ed25519", SoftwareSigner.from_seed(SEED).public)
    assert repr(key) == f"PublicKey(algorithm='ed25519', key_id='{key.key_id}')"


def test_public_keys_are_handed_over_as_pem():
    keys = tuple(
        PublicKey(algorithm, SoftwareSigner.from_seed(SEED, algorithm).public) for algorithm in ("ed25519", "ml-dsa-65")
    )
    text = "".join(key.to_pem() for key in keys)
    assert read_pem(text.encode()) == keys
    assert read_pem(b"\n" + text.replace("\n", "\r\n").encode()) == keys


def test_openssl_and_kept_write_the_same_pem():
    key = PublicKey("ed25519", SoftwareSigner.from_seed(SEED).public)
    theirs = Ed25519PublicKey.from_public_bytes(key.public)
    assert theirs.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode() == key.to_pem()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no public key"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "something else"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "none of the algorithms"),
        (b"-----BEGIN PUBLIC KEY-----\nAAA\n-----END PUBLIC KEY-----\n", "base64"),
        ("-----BEGIN PUBLIC KEY-----é".encode(), "not ASCII"),
        (b" " * 70_000, "at most 65536"),
    ],
)
def test_other_files_are_no_public_keys(data, said):
    with pytest.raises(Invalid, match=said):
        read_pem(data)
