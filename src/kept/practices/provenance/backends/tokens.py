"""`pkcs11:token=T;object=O;module=PATH`: the key of a certificate in a hardware token, P-256 or Ed25519.

CKM_ECDSA signs a digest and gives r and s of 32 bytes each, as COSE wants them (RFC 9053, section 2.1).
"""

import hashlib
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from kept.core.keys import Keyhole
from kept.core.keys.pkcs11 import Address, find_pair, open_signer, package, using
from kept.core.keys.public import PublicKey
from kept.errors import Invalid, Unavailable
from kept.practices.provenance.methods.certificates import spki
from kept.practices.provenance.records.manifests import CertificateKey

_P256 = bytes.fromhex("06082a8648ce3d030107")


def open_key(text: str, keyhole: Keyhole) -> CertificateKey:
    """The key in the token, which signs there.

    Raises Invalid (malformed address, a key of another kind), NotFound, Denied (wrong PIN) or Unavailable.
    """
    types = package().KeyType
    address = Address.parse(text, keyhole)
    with using(address):
        private, public = find_pair(address, keyhole)
        curve = _curve(public, address) if public.key_type == types.EC else None
    if curve is None:
        signer = open_signer(text, keyhole)
        return CertificateKey("ed25519", PublicKey(signer.algorithm, signer.public).spki(), sign=signer.sign)

    def sign(message: bytes) -> bytes:
        with using(address):
            digest = hashlib.sha256(message).digest()
            signature: bytes = private.sign(digest, mechanism=package().Mechanism.ECDSA)
        _check(curve, signature, message, address)
        return signature

    return CertificateKey("es256", spki(curve), sign=sign)


def _curve(public: Any, address: Address) -> ec.EllipticCurvePublicKey:
    attribute = package().Attribute
    point = public[attribute.EC_POINT]
    if public[attribute.EC_PARAMS] != _P256:
        raise Invalid(f"{str(address).capitalize()} is not of P-256.", code="key.algorithm")
    # Some tokens wrap the point in a DER octet string, as v2.40 asked; others give it raw.
    raw = point[2:] if point[:3] == b"\x04\x41\x04" else point
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    except ValueError as error:
        raise Invalid(f"The public key of {address} is malformed.", code="key.damaged") from error


def _check(public: ec.EllipticCurvePublicKey, signature: bytes, message: bytes, address: Address) -> None:
    half = len(signature) // 2
    numbers = int.from_bytes(signature[:half]), int.from_bytes(signature[half:])
    try:
        public.verify(encode_dss_signature(*numbers), message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise Unavailable(
            f"The token's signature by {address} does not hold under the public key beside it.",
            code="key.token",
            hint="Check that the token's public and private objects of this label are one pair.",
        ) from error
