"""X.509 for content credentials: issuing a chain, and checking one that was brought along.

The profile is that of the C2PA specification 2.2, section 14.5.1: version 3, P-256 or Ed25519 here, a critical key
usage with digitalSignature, an extended key usage for signing, no certificate authority, and both key identifiers.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from kept.errors import Invalid
from kept.practices.provenance.records.manifests import CertificateKey, Signatory, SigningAlgorithm

Public = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
Entropy = Callable[[int], bytes]

DEVELOPMENT = "development, not for production"
"""The organisational unit by which a development chain calls itself what it is."""
LIMIT = 256 * 1024
MOST = 512
"""Bytes and certificates of one PEM file."""
_AUTHORITY, _SIGNER = timedelta(days=3650), timedelta(days=1095)
_BEFORE = timedelta(hours=1)
_CLAIM_SIGNING = ObjectIdentifier("1.3.6.1.4.1.62558.2.1")
_DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
_PURPOSES = {ExtendedKeyUsageOID.EMAIL_PROTECTION, _DOCUMENT_SIGNING, _CLAIM_SIGNING}
_SHOWN = {
    NameOID.COUNTRY_NAME: "C",
    NameOID.ORGANIZATION_NAME: "O",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "OU",
    NameOID.COMMON_NAME: "CN",
}
_NO_USAGE = {
    "content_commitment": False,
    "key_encipherment": False,
    "data_encipherment": False,
    "key_agreement": False,
    "encipher_only": False,
    "decipher_only": False,
}


@dataclass(frozen=True, slots=True)
class Chain:
    """A development chain: certificates in PEM, and the signer's key; the keys above it are gone once it is made."""

    root: str
    chain: str
    key: CertificateKey


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs certificates: a name and a private key."""

    name: x509.Name
    private: Private


def make_private(algorithm: SigningAlgorithm, entropy: Entropy) -> Private:
    """A private key from 48 bytes of randomness (FIPS 186-5, A.2.1) for ES256, or 32 for Ed25519."""
    if algorithm == "ed25519":
        return ed25519.Ed25519PrivateKey.from_private_bytes(entropy(32))
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    return ec.derive_private_key(int.from_bytes(entropy(48)) % (order - 1) + 1, ec.SECP256R1())


def certificate_key(private: Private) -> CertificateKey:
    """The key of a certificate, held in memory."""
    return CertificateKey(
        algorithm="ed25519" if isinstance(private, ed25519.Ed25519PrivateKey) else "es256",
        public=spki(private.public_key()),
        private=private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )


def development(organisation: str, *, algorithm: SigningAlgorithm, entropy: Entropy, moment: datetime) -> Chain:
    """A chain of root, issuing authority and signer, each of which says that it is for development.

    The authorities are valid for ten years from an hour before `moment`, the signer for three.
    """
    root = Issuer(_name(organisation, "development root", unit=DEVELOPMENT), make_private(algorithm, entropy))
    middle = Issuer(_name(organisation, "development issuing", unit=DEVELOPMENT), make_private(algorithm, entropy))
    private = make_private(algorithm, entropy)
    top = authority(root.name, root.private.public_key(), root, moment=moment, serial=entropy(16), depth=1)
    issuing = authority(middle.name, middle.private.public_key(), root, moment=moment, serial=entropy(16), depth=0)
    name = _name(organisation, "development signer", unit=DEVELOPMENT)
    leaf = signer(name, private.public_key(), middle, moment=moment, serial=entropy(16))
    return Chain(root=to_pem([top]), chain=to_pem([leaf, issuing]), key=certificate_key(private))


def authority(
    name: x509.Name, public: Public, issuer: Issuer, *, moment: datetime, serial: bytes, depth: int
) -> x509.Certificate:
    """A certificate authority with at most `depth` others below it, valid for ten years."""
    builder = _begin(name, public, issuer, moment, serial, _AUTHORITY)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=depth), critical=True)
    usage = x509.KeyUsage(digital_signature=False, key_cert_sign=True, crl_sign=True, **_NO_USAGE)
    return _finish(builder.add_extension(usage, critical=True), issuer)


def signer(
    name: x509.Name,
    public: Public,
    issuer: Issuer,
    *,
    moment: datetime,
    serial: bytes,
    purpose: ObjectIdentifier = ExtendedKeyUsageOID.EMAIL_PROTECTION,
) -> x509.Certificate:
    """A certificate that signs manifests (or, by another purpose, time stamps), valid for three years."""
    builder = _begin(name, public, issuer, moment, serial, _SIGNER)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    usage = x509.KeyUsage(digital_signature=True, key_cert_sign=False, crl_sign=False, **_NO_USAGE)
    builder = builder.add_extension(usage, critical=True)
    # RFC 3161, section 2.3: the purpose of a time stamping authority is critical.
    critical = purpose == ExtendedKeyUsageOID.TIME_STAMPING
    return _finish(builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=critical), issuer)


def named(organisation: str, common: str, *, country: str = "US") -> x509.Name:
    """A name such as "C=US, O=Acme, CN=Acme signer"."""
    return _name(organisation, common, country=country)


def read_chain(pem: str | bytes, *, what: str) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM file, at least one. Raises Invalid for anything else."""
    data = pem.encode() if isinstance(pem, str) else pem
    if len(data) > LIMIT:
        raise Invalid(f"{what} has {len(data)} bytes; at most {LIMIT} are read.", code="certificate.too-large")
    try:
        found = tuple(x509.load_pem_x509_certificates(data))
    except ValueError as error:
        raise Invalid(f"{what} is not a file of certificates in PEM.", code="certificate.damaged") from error
    if len(found) > MOST:
        raise Invalid(f"{what} holds {len(found)} certificates; at most {MOST} are read.", code="certificate.too-many")
    return found


def check_signer(pem: str, key: CertificateKey, *, moment: datetime) -> str:
    """The chain in PEM as manifests carry it, without its root, if this key may sign manifests with it now.

    Raises Invalid with what is wrong: the order, the key, the purpose, the time.
    """
    chain = list(read_chain(pem, what="The certificate chain"))
    leaf = chain[0]
    if len(chain) == 1 and leaf.issuer == leaf.subject:
        raise _unfit("it is self-signed", "Have it issued by an authority: nobody can trust it otherwise.")
    for below, above in itertools.pairwise(chain):
        try:
            below.verify_directly_issued_by(above)
        except (ValueError, TypeError, InvalidSignature) as error:
            raise _unfit(
                "its certificates don't issue each other", "Put the signer's first, its issuer next."
            ) from error
    if spki(leaf.public_key()) != key.public:
        raise _unfit("its first certificate is of another key", "Name the key that the certificate was issued for.")
    if not leaf.not_valid_before_utc <= moment < leaf.not_valid_after_utc:
        span = f"from {leaf.not_valid_before_utc:%Y-%m-%d} to {leaf.not_valid_after_utc:%Y-%m-%d}"
        raise _unfit(f"it is valid {span} only", "Have it renewed.")
    _check_profile(leaf)
    return to_pem([one for one in chain if one.issuer != one.subject])


def signatory(certificate: x509.Certificate) -> Signatory:
    """How a manifest's reader shows this certificate."""
    return Signatory(_text(certificate.subject), _text(certificate.issuer), str(certificate.serial_number))


def is_development(certificate: x509.Certificate) -> bool:
    """Whether the certificate, or who issued it, calls itself one for development."""
    units = [
        *certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME),
        *certificate.issuer.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME),
    ]
    return any(unit.value == DEVELOPMENT for unit in units)


def to_pem(certificates: Sequence[x509.Certificate]) -> str:
    """The certificates as one PEM text."""
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in certificates)


def spki(public: object) -> bytes:
    """The SubjectPublicKeyInfo of a public key, in DER. Raises Invalid for a kind that isn't signed with here."""
    if isinstance(public, ed25519.Ed25519PublicKey) or (
        isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP256R1)
    ):
        return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    raise Invalid(
        f"A key of the kind {type(public).__name__} doesn't sign manifests here.",
        code="certificate.key",
        hint="Use P-256 (ES256) or Ed25519.",
    )


def _check_profile(leaf: x509.Certificate) -> None:
    try:
        constraints = leaf.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
        if constraints.ca or not usage.digital_signature or usage.key_cert_sign:
            raise _unfit("it is of an authority, not of a signer", _PROFILE_HINT)
        purposes = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound as error:
        raise _unfit(f"it lacks an extension ({error.oid.dotted_string})", _PROFILE_HINT) from error
    if not _PURPOSES.intersection(purposes) or ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in purposes:
        raise _unfit("it isn't for signing documents, mail or claims", _PROFILE_HINT)


_PROFILE_HINT = "docs/manifests.md says what a certificate for content credentials needs."


def _unfit(why: str, hint: str) -> Invalid:
    return Invalid(f"The certificate can't sign manifests: {why}.", code="certificate.unfit", hint=hint)


def _name(organisation: str, role: str, *, unit: str = "", country: str = "") -> x509.Name:
    parts = [(NameOID.COUNTRY_NAME, country), (NameOID.ORGANIZATION_NAME, _cut(organisation, 64))]
    parts += [(NameOID.ORGANIZATIONAL_UNIT_NAME, unit)]
    parts += [(NameOID.COMMON_NAME, f"{_cut(organisation, 63 - len(role))} {role}" if unit else _cut(role, 64))]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts if value])


def _cut(text: str, most: int) -> str:
    """At most so many bytes of UTF-8: X.520 allows 64 for a name."""
    return text.encode()[:most].decode(errors="ignore")


def _text(name: x509.Name) -> str:
    return ", ".join(f"{_SHOWN[part.oid]}={part.value!s}" for part in name if part.oid in _SHOWN)


def _begin(
    name: x509.Name, public: Public, issuer: Issuer, moment: datetime, serial: bytes, valid: timedelta
) -> x509.CertificateBuilder:
    start = moment - _BEFORE
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.name)
        .public_key(public)
        # RFC 5280, section 4.1.2.2: positive, and at most 20 octets.
        .serial_number(int.from_bytes(serial) >> 1 or 1)
        .not_valid_before(start)
        .not_valid_after(start + valid)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.private.public_key()), critical=False)
    )


def _finish(builder: x509.CertificateBuilder, issuer: Issuer) -> x509.Certificate:
    if isinstance(issuer.private, ed25519.Ed25519PrivateKey):
        return builder.sign(issuer.private, None)
    return builder.sign(issuer.private, hashes.SHA256(), ecdsa_deterministic=True)
