"""What signs manifests and whose signatures count: made by `init` for development, named in kept.toml otherwise."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from kept.core.context import Entropy
from kept.core.keys import Keyhole
from kept.core.keys.pkcs8 import seal
from kept.core.keys.secret import write_private
from kept.core.reference import load
from kept.errors import Conflict, Invalid, NotFound, Unavailable
from kept.practices.provenance.methods import certificates
from kept.practices.provenance.records.manifests import (
    CertificateKey,
    CertificateSettings,
    Credentials,
    ManifestTrust,
    SigningAlgorithm,
)

FOLDER = Path("keys/c2pa")
ROOT, CHAIN, KEY = FOLDER / "development-root.pem", FOLDER / "chain.pem", FOLDER / "key.pem"
"""Where `init` puts the development chain, from the workspace's folder."""
NO_TIMESTAMPS = "none"
"""Said instead of an address by whoever signs in production without time stamps, knowing what follows."""


def make_development(
    folder: Path,
    organisation: str,
    *,
    passphrase: bytes,
    entropy: Entropy,
    moment: datetime,
    algorithm: SigningAlgorithm = "es256",
) -> None:
    """Make a development chain in the workspace at `folder`: its root, the signer's chain, the signer's sealed key.

    The keys of root and issuing authority are not kept: nothing else can be issued under them. Raises Conflict where
    there is a chain, Unavailable where the files can't be written.
    """
    if any((folder / part).exists() for part in (ROOT, CHAIN, KEY)):
        raise Conflict(f"{folder / FOLDER} already has certificates; they are left as they are.", code="key.exists")
    made = certificates.development(organisation, algorithm=algorithm, entropy=entropy, moment=moment)
    write_private(folder / KEY, seal(_Exportable(made.key), passphrase, entropy))
    write_private(folder / CHAIN, made.chain.encode())
    write_private(folder / ROOT, made.root.encode())


def open_credentials(
    settings: CertificateSettings, *, keyhole: Keyhole, openers: Mapping[str, str], moment: datetime
) -> Credentials:
    """What signs manifests, ready to sign; `openers` is the room's backends of the family "certificate-key".

    Paths start from the keyhole's base, the workspace's folder. Open it once and keep it: a manifest's signer is cached
    with it. Raises NotFound (no such file or key), Denied (passphrase or PIN, key file open to others), Invalid (a
    certificate that can't sign now, a production chain without an authority for time stamps) or Unavailable.
    """
    scheme, separator, rest = settings.key.partition(":")
    if not separator or scheme not in openers:
        raise Invalid(
            "The key of the certificate has no known address.",
            code="key.uri",
            hint=f"Use one of {', '.join(f'{name}:' for name in sorted(openers))}.",
        )
    key: CertificateKey = load(openers[scheme])(rest, keyhole)
    chain = _read(keyhole.base / settings.chain)
    pem = certificates.check_signer(chain, key, moment=moment)
    development = certificates.is_development(certificates.read_chain(pem, what="The chain")[0])
    timestamps = settings.timestamps
    if not development and not timestamps:
        raise Invalid(
            "A production certificate is given, and no authority for time stamps.",
            code="certificate.no-timestamps",
            hint='Name one in kept.toml: timestamps = "https://…" (RFC 3161), or "none" where manifests may expire.',
        )
    return Credentials(pem, key, "" if timestamps == NO_TIMESTAMPS else timestamps, development)


def open_trust(settings: CertificateSettings, *, folder: Path) -> ManifestTrust:
    """Whose manifests count: the roots in kept.toml, and the development root where it asks for that.

    Our own certificates are those of today's chain and of `former`; they make a trusted manifest "ours". Raises
    NotFound or Invalid, also for a development root among those for production.
    """
    anchors = [_certificates(folder / path) for path in settings.trusted]
    for path, found in zip(settings.trusted, anchors, strict=True):
        if any(map(certificates.is_development, found)):
            raise Invalid(
                f"{path} holds a development certificate, which proves nothing in production.",
                code="certificate.development",
                hint="Set trust_development instead, where that is what you want.",
            )
    stamps = [_certificates(folder / path) for path in settings.trusted_timestamps]
    own = [_certificates(folder / path)[0] for path in settings.former]
    if (folder / settings.chain).exists():
        own.append(_certificates(folder / settings.chain)[0])
    return ManifestTrust(
        anchors=_pem(anchors),
        timestamps=_pem(stamps),
        development=_read(folder / ROOT) if settings.trust_development else "",
        own=frozenset(map(certificates.signatory, own)),
    )


class _Exportable:
    """The signer's key, as it is sealed."""

    def __init__(self, key: CertificateKey) -> None:
        self._key = key

    @property
    def key_id(self) -> str:
        """Lower-case hex SHA-256 of the SubjectPublicKeyInfo."""
        return hashlib.sha256(self._key.public).hexdigest()

    @property
    def algorithm(self) -> str:
        """The signature algorithm."""
        return self._key.algorithm

    def pkcs8(self) -> bytes:
        """The private key as unencrypted PKCS #8 DER."""
        private = load_pem_private_key(self._key.private or b"", None)
        return private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _certificates(path: Path) -> tuple[x509.Certificate, ...]:
    return certificates.read_chain(_read(path), what=str(path))


def _pem(files: Iterable[tuple[x509.Certificate, ...]]) -> str:
    return "".join(map(certificates.to_pem, files))


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(certificates.LIMIT + 1)
        if len(data) > certificates.LIMIT:
            raise Invalid(f"{path} is larger than {certificates.LIMIT} bytes.", code="certificate.too-large")
        return data.decode("ascii")
    except FileNotFoundError as error:
        raise NotFound(f"There is no certificate file {path}.", code="certificate.missing") from error
    except OSError as error:
        raise Unavailable(f"{path} can't be read: {error.strerror}.", code="certificate.unreadable") from error
    except UnicodeDecodeError as error:
        raise Invalid(f"{path} is not a file of certificates in PEM.", code="certificate.damaged") from error
