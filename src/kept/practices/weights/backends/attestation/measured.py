"""`measured`: evidence of a runtime that somebody trusted measured and signed, over a nonce drawn for it.

It shows that whoever holds the measuring key says that a runtime of this digest asked just now. It is no proof by
hardware: that is worth what guards the measuring key, such as a TPM or the node's own agent. Quotes of a TEE (TDX,
SEV-SNP, Nitro) need their makers' certificates, and are another driver.
"""

import base64
import binascii
import hmac
import re
from dataclasses import dataclass
from typing import Any

from kept.core import canonical
from kept.errors import Denied, Invalid, Unverified

LIMIT = 16 * 1024
_RULE = re.compile(r"(ed25519|es256):([0-9a-f]{64,130}):([0-9a-f]{64})")
_FIELDS = {"version", "nonce", "runtime", "signature"}
_KEY_BYTES = {"ed25519": (32,), "es256": (33, 65)}


@dataclass(frozen=True, slots=True)
class Rule:
    """Whose measurement counts, and of what: a public key (raw, or an X9.62 point of P-256), a runtime's SHA-256."""

    algorithm: str
    public: bytes
    runtime: str


def read_rule(text: str) -> Rule:
    """The rule "ed25519:KEY:DIGEST" or "es256:POINT:DIGEST", in hex. Raises Invalid."""
    found = _RULE.fullmatch(text)
    if found is None or len(found[2]) // 2 not in _KEY_BYTES[found[1]] or len(found[2]) % 2:
        raise Invalid(
            "A measured runtime is told by ed25519:KEY:DIGEST or es256:POINT:DIGEST, in lower-case hex.",
            code="attestation.rule",
            hint='runtimes_attested = ["inference measured:ed25519:…:…"]',
        )
    return Rule(found[1], bytes.fromhex(found[2]), found[3])


def signed_bytes(nonce: bytes, runtime: str) -> bytes:
    """What a measuring key signs: the nonce that was drawn, and the SHA-256 of the runtime as it was measured."""
    return b"kept/attestation/measured/v1\x00" + canonical.encode({"nonce": nonce.hex(), "runtime": runtime})


def evidence(nonce: bytes, runtime: str, signature: bytes) -> bytes:
    """Evidence as a runtime hands it over."""
    signed = base64.b64encode(signature).decode()
    return canonical.encode({"version": 1, "nonce": nonce.hex(), "runtime": runtime, "signature": signed})


def verify(rule: str, data: bytes, nonce: bytes) -> None:
    """Check evidence for a nonce, in three steps.

    1. It is evidence of version 1, in at most 16 KiB.
    2. It is about this nonce, and the runtime that the rule names.
    3. The rule's key signed both.

    Raises Invalid, Denied (another runtime) or Unverified (another nonce, a signature that doesn't hold).
    """
    wanted = read_rule(rule)
    # 1.
    document = canonical.decode(data, limit=LIMIT, what="The evidence")
    try:
        if set(document) != _FIELDS or document["version"] != 1:
            raise ValueError("its members are others")
        said_nonce, runtime = bytes.fromhex(document["nonce"]), str(document["runtime"])
        signature = base64.b64decode(document["signature"], validate=True)
    except (TypeError, ValueError, binascii.Error) as error:
        raise Invalid(f"The evidence is malformed: {error}.", code="attestation.malformed") from error
    # 2.
    if not hmac.compare_digest(said_nonce, nonce):
        raise Unverified("The evidence is for another question.", code="attestation.nonce", hint="Ask for a new nonce.")
    if not hmac.compare_digest(runtime.encode(), wanted.runtime.encode()):
        raise Denied(
            "Another runtime was measured than is allowed.",
            code="attestation.runtime",
            hint="Deploy the runtime that kept.toml names, or name the new one there.",
        )
    # 3.
    _check(wanted, signature, signed_bytes(nonce, runtime))


def _check(rule: Rule, signature: bytes, message: bytes) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        if rule.algorithm == "ed25519":
            Ed25519PublicKey.from_public_bytes(rule.public).verify(signature, message)
            return
        key: Any = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), rule.public)
        key.verify(signature, message, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError) as error:
        raise Unverified(
            "The measurement is not signed by the key that counts.", code="attestation.signature"
        ) from error
