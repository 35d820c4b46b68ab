"""securesystemslib, which the in-toto and TUF projects use, reads our envelopes, and we read its."""

import hashlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey
from securesystemslib.dsse import Envelope as TheirEnvelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey

from kept.core.keys import PublicKey, public_key
from kept.core.keys.software import SoftwareSigner
from kept.core.statement import PAYLOAD_TYPE, Envelope, Statement, Subject, sign
from kept.core.trust import Rule, Trust, TrustedKey, TrustedLog
from kept.errors import Unverified

SEED = bytes(range(32))
TYPE = "https://kept.example/predicates/test/v1"
OURS = SoftwareSigner.from_seed(SEED)
QUANTUM = SoftwareSigner.from_seed(SEED, "ml-dsa-65")
STATEMENT = Statement((Subject("model", {"sha256": "ab" * 32}),), TYPE, {"n": 3, "note": "né"})
THEIR_KEY = SSlibKey.from_crypto(Ed25519PublicKey.from_public_bytes(OURS.public), OURS.key_id)


def theirs(envelope: Envelope) -> TheirEnvelope:
    return TheirEnvelope.from_dict(json.loads(envelope.to_bytes()))


def test_they_verify_what_we_signed():
    read = theirs(sign(STATEMENT, [OURS]))
    assert list(read.verify([THEIR_KEY], 1)) == [OURS.key_id]
    assert Statement.parse(read.payload) == STATEMENT


def test_they_verify_our_ed25519_beside_a_post_quantum_signature():
    assert list(theirs(sign(STATEMENT, [QUANTUM, OURS])).verify([THEIR_KEY], 1)) == [OURS.key_id]


def test_they_refuse_what_was_changed():
    signed = sign(STATEMENT, [OURS])
    changed = Envelope(signed.payload.replace(b'"n":3', b'"n":4'), signed.signatures)
    with pytest.raises(VerificationError):
        theirs(changed).verify([THEIR_KEY], 1)


def test_we_read_and_trust_what_they_signed():
    signer = CryptoSigner(Ed25519PrivateKey.from_private_bytes(SEED), THEIR_KEY)
    made = TheirEnvelope(STATEMENT.to_bytes(), PAYLOAD_TYPE, {})
    made.sign(signer)
    read = Envelope.parse(json.dumps(made.to_dict()).encode())
    read.verify(public_key(OURS))
    trust = Trust(
        "Acme AI",
        TrustedLog("kept.example/log", ()),
        (TrustedKey("provider", PublicKey("ed25519", OURS.public), frozenset({"provider"})),),
        {"default": Rule(frozenset({"provider"}), 1, ("ed25519",))},
    )
    assert trust.authorise(read, predicate_type=TYPE, index=0).actors == ("provider",)


def test_we_refuse_what_they_signed_once_it_is_changed():
    made = TheirEnvelope(STATEMENT.to_bytes(), PAYLOAD_TYPE, {})
    made.sign(CryptoSigner(Ed25519PrivateKey.from_private_bytes(SEED), THEIR_KEY))
    made.payload = made.payload.replace(b'"n":3', b'"n":4')
    with pytest.raises(Unverified):
        Envelope.parse(json.dumps(made.to_dict()).encode()).verify(public_key(OURS))


def test_their_post_quantum_signature_is_over_another_message_and_neither_passes_for_the_other():
    """Theirs follows TAP 21, which signs a prefixed SHA-512 digest; ours is ML-DSA over DSSE's message itself."""
    their_key = SSlibKey.from_crypto(MLDSA65PublicKey.from_public_bytes(QUANTUM.public), QUANTUM.key_id)
    with pytest.raises(VerificationError):
        theirs(sign(STATEMENT, [QUANTUM])).verify([their_key], 1)
    made = TheirEnvelope(STATEMENT.to_bytes(), PAYLOAD_TYPE, {})
    made.sign(CryptoSigner(MLDSA65PrivateKey.from_seed_bytes(SEED), their_key))
    read = Envelope.parse(json.dumps(made.to_dict()).encode())
    with pytest.raises(Unverified):
        read.verify(public_key(QUANTUM))
    prefixed = b"tuf\x01" + hashlib.sha512(made.pae()).digest()
    public_key(QUANTUM).verify(read.signatures[0].value, prefixed)
