"""OpenSSF model-signing v1.0 signatures by elliptic-curve keys: what is signed, how it is bundled, how it is read.

The payload is an in-toto statement that lists a digest for each file of a model; the bundle is Sigstore's, v0.3.
Sources: OpenSSF Model Signing Specification v1.0; DSSE v1.0.2; sigstore bundle v0.3. Whoever signed by certificate or
without a key of their own (Sigstore's identities) is checked by the model_signing package itself.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from kept.core import canonical
from kept.core.statement import PAYLOAD_TYPE, STATEMENT_TYPE, pae
from kept.errors import Invalid, Unavailable, Unverified

PREDICATE_TYPE = "https://model_signing/signature/v1.0"
BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
LIMIT = 32 << 20
IGNORED = (".git", ".github", ".gitattributes", ".gitignore")
"""What model_signing leaves out of every folder."""
ALGORITHMS = ("sha256", "blake2b", "blake3")
_CURVES = {"secp256r1": "SHA256", "secp384r1": "SHA384", "secp521r1": "SHA512"}
_FILES = 100_000


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a model, or a span of its bytes, and the hex digest that was signed; a model of one file is "."."""

    path: str
    digest: str
    start: int = 0
    stop: int | None = None

    @property
    def name(self) -> str:
        """As the statement has it."""
        return self.path if self.stop is None else f"{self.path}:{self.start}:{self.stop}"


@dataclass(frozen=True, slots=True)
class ModelSignature:
    """What somebody signed of a model: every file but the ignored ones, hashed by `algorithm`."""

    name: str
    parts: tuple[Part, ...]
    algorithm: str = "sha256"
    ignored: tuple[str, ...] = IGNORED
    links: bool = False

    def ignores(self, path: str) -> bool:
        """Whether a file, by its path in the model, is none of those that are signed."""
        return any(PurePosixPath(path).is_relative_to(each) for each in self.ignored)


def sign(signature: ModelSignature, private: Any) -> bytes:
    """The bundle, by an ECDSA key on P-256, P-384 or P-521. Raises Invalid for another key."""
    from cryptography.hazmat.primitives.asymmetric import ec

    hashing = _hashing(private)
    payload = _payload(signature)
    value = private.sign(pae(PAYLOAD_TYPE, payload), ec.ECDSA(hashing))
    document = {
        "mediaType": BUNDLE_TYPE,
        "verificationMaterial": {"publicKey": {"hint": _hint(private.public_key())}, "tlogEntries": []},
        "dsseEnvelope": {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"sig": base64.b64encode(value).decode(), "keyid": ""}],
        },
    }
    return canonical.encode(document)


def verify(data: bytes, public: Any) -> ModelSignature:
    """What this key signed, in four steps.

    1. The bundle is of at most 32 MiB, for a key, and hints at this one or at none.
    2. Its one signature holds over the payload.
    3. The payload is a statement of model-signing v1.0.
    4. Its subject is the SHA-256 of the digests that it lists, in their order.

    Raises Invalid for what is no bundle, Unavailable for one by certificate or identity, and Unverified.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec

    # 1.
    document = canonical.decode(data, limit=LIMIT, what="The model signature")
    hint, payload, value = _bundle(document)
    if hint is not None and hint != _hint(public):
        raise Unverified("The model is signed by another key.", code="model-signature.key")
    # 2.
    try:
        public.verify(value, pae(PAYLOAD_TYPE, payload), ec.ECDSA(_hashing(public)))
    except InvalidSignature as error:
        raise Unverified("The signature of the model does not hold.", code="model-signature.bad") from error
    # 3.
    try:
        found, subject = _read(canonical.decode(payload, limit=LIMIT, what="The signed statement"))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _malformed(f"its statement is none of version 1.0 ({error})") from error
    # 4.
    if _whole(found.parts) != subject:
        raise Unverified("The signed statement contradicts itself.", code="model-signature.bad")
    return found


def compare(signed: ModelSignature, found: Mapping[str, str]) -> None:
    """Raises Unverified unless exactly what was signed is there, by the names and hex digests of its parts."""
    expected = {part.name: part.digest for part in signed.parts}
    for why, names in (
        ("was changed", [name for name in expected if name in found and found[name] != expected[name]]),
        ("is missing", [name for name in expected if name not in found]),
        ("was added", [name for name in found if name not in expected]),
    ):
        if names:
            raise Unverified(
                f"The model is not what was signed: {sorted(names)[0][:200]!r} {why}.",
                code="model-signature.differs",
                hint="Take the model from whoever signed it.",
            )


def ordered(parts: Sequence[Part]) -> tuple[Part, ...]:
    """The parts as model_signing orders them: by the parts of their paths, then by where they begin."""
    return tuple(sorted(parts, key=lambda part: (PurePosixPath(part.path), part.start)))


def _payload(signature: ModelSignature) -> bytes:
    parts = ordered(signature.parts)
    predicate = {
        "serialization": {
            "method": "files",
            "hash_type": signature.algorithm,
            "allow_symlinks": signature.links,
            "ignore_paths": list(signature.ignored),
        },
        "resources": [{"name": part.name, "algorithm": signature.algorithm, "digest": part.digest} for part in parts],
    }
    subject = [{"name": signature.name, "digest": {"sha256": _whole(parts)}}]
    return canonical.encode(
        {"_type": STATEMENT_TYPE, "subject": subject, "predicateType": PREDICATE_TYPE, "predicate": predicate}
    )


def _whole(parts: Sequence[Part]) -> str:
    return hashlib.sha256(b"".join(bytes.fromhex(part.digest) for part in parts)).hexdigest()


def _read(said: Any) -> tuple[ModelSignature, str]:
    if said["_type"] != STATEMENT_TYPE or said["predicateType"] != PREDICATE_TYPE:
        raise ValueError("its type is another")
    (subject,) = said["subject"]
    serialization, resources = said["predicate"]["serialization"], said["predicate"]["resources"]
    method, algorithm = serialization["method"], serialization["hash_type"]
    if method not in ("files", "shards") or algorithm not in ALGORITHMS or len(resources) > _FILES:
        raise ValueError(f"it hashes by {str(method)[:20]} and {str(algorithm)[:20]}")
    parts = tuple(_part(each["name"], each["digest"], sharded=method == "shards") for each in resources)
    if len({part.name for part in parts}) != len(parts):
        raise ValueError("it names a file twice")
    ignored = tuple(_inside(path) for path in serialization.get("ignore_paths", ()))
    links = serialization["allow_symlinks"] is True
    found = ModelSignature(str(subject["name"])[:256], parts, algorithm, (*ignored, *IGNORED), links)
    return found, str(subject["digest"]["sha256"])


def _part(name: str, digest: str, *, sharded: bool) -> Part:
    bytes.fromhex(digest)
    if not sharded:
        return Part(_inside(name), digest)
    path, start, stop = name.rsplit(":", 2)
    if not 0 <= int(start) <= int(stop):
        raise ValueError("a span ends before it begins")
    return Part(_inside(path), digest, int(start), int(stop))


def _inside(path: str) -> str:
    """The path, which must not lead out of the model."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or "\0" in path:
        raise ValueError("it names a file outside of the model")
    return str(pure)


def _bundle(document: Any) -> tuple[str | None, bytes, bytes]:
    try:
        material, envelope = document["verificationMaterial"], document["dsseEnvelope"]
        if "publicKey" not in material:
            raise Unavailable(
                "The model is signed by a certificate or an identity, not by a key.",
                code="model-signature.kind",
                hint="Check it with the model_signing package.",
            )
        (signature,) = envelope["signatures"]
        if envelope["payloadType"] != PAYLOAD_TYPE:
            raise ValueError("its payload is of another type")
        payload, value = (base64.b64decode(text, validate=True) for text in (envelope["payload"], signature["sig"]))
        hint = material["publicKey"].get("hint")
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
        raise _malformed(f"it is no bundle ({error})") from error
    return (hint or None), payload, value


def _hashing(key: Any) -> Any:
    from cryptography.hazmat.primitives import hashes

    curve = getattr(getattr(key, "curve", None), "name", "")
    if curve not in _CURVES:
        raise Invalid(
            "A model is signed by a key on the curves P-256, P-384 or P-521.",
            code="model-signature.key",
            hint="openssl ecparam -name prime256v1 -genkey -noout -out key.pem",
        )
    return getattr(hashes, _CURVES[curve])()


def _hint(public: Any) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return hashlib.sha256(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _malformed(why: str) -> Invalid:
    return Invalid(f"This is no model signature: {why}.", code="model-signature.malformed")
