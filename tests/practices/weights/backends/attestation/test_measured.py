"""Evidence counts for one nonce, one runtime and one key, and for nothing that was changed."""

import hashlib
import json
import os

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from kept.core import canonical
from kept.errors import Denied, Invalid, KeptError, Unverified
from kept.practices.weights.backends.attestation.measured import evidence, read_rule, signed_bytes, verify

NONCE = bytes(range(32))
RUNTIME = hashlib.sha256(b"the runtime").hexdigest()
ED = Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32)
EC = ec.derive_private_key(7, ec.SECP256R1())
ED_RULE = f"ed25519:{ED.public_key().public_bytes_raw().hex()}:{RUNTIME}"
EC_RULE = f"es256:{EC.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint).hex()}:{RUNTIME}"


def sign(kind, message):
    return ED.sign(message) if kind == "ed25519" else EC.sign(message, ec.ECDSA(hashes.SHA256()))


def made(kind="ed25519", nonce=NONCE, runtime=RUNTIME):
    return evidence(nonce, runtime, sign(kind, signed_bytes(nonce, runtime)))


@pytest.mark.parametrize(("kind", "rule"), [("ed25519", ED_RULE), ("es256", EC_RULE)])
def test_evidence_for_the_nonce_is_taken(kind, rule):
    verify(rule, made(kind), NONCE)


@pytest.mark.parametrize(("kind", "rule"), [("ed25519", ED_RULE), ("es256", EC_RULE)])
def test_evidence_for_another_nonce_runtime_or_key_is_not(kind, rule):
    other = hashlib.sha256(b"another").hexdigest()
    with pytest.raises(Unverified):
        verify(rule, made(kind, nonce=os.urandom(32)), NONCE)
    with pytest.raises(Denied):
        verify(rule, made(kind, runtime=other), NONCE)
    with pytest.raises(Unverified):
        verify(rule, evidence(NONCE, RUNTIME, sign(kind, signed_bytes(NONCE, other))), NONCE)
    with pytest.raises(Unverified):
        verify(rule, made("es256" if kind == "ed25519" else "ed25519"), NONCE)


@given(st.integers(0, len(made()) - 1), st.integers(1, 255))
def test_changed_evidence_is_refused(at, flip):
    data = bytearray(made())
    data[at] ^= flip
    with pytest.raises(KeptError):
        verify(ED_RULE, bytes(data), NONCE)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"7",
        b"x" * 20_000,
        canonical.encode(json.loads(made()) | {"version": 2}),
        canonical.encode(json.loads(made()) | {"more": 1}),
        canonical.encode(json.loads(made()) | {"nonce": 7}),
        canonical.encode(json.loads(made()) | {"signature": "!"}),
    ],
)
def test_what_is_no_evidence_is_invalid(data):
    with pytest.raises(Invalid):
        verify(ED_RULE, data, NONCE)


@pytest.mark.parametrize(
    "rule", ["", "ed25519", ED_RULE.upper(), ED_RULE[:-2], f"rsa:{'00' * 32}:{RUNTIME}", f"es256:{'00' * 32}:{RUNTIME}"]
)
def test_a_rule_that_names_no_key_or_digest_is_invalid(rule):
    with pytest.raises(Invalid):
        read_rule(rule)
