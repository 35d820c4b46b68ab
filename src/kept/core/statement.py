"""in-toto Statement v1 in a DSSE envelope: the only meaning of evidence.

What was signed is kept as opaque bytes: an envelope holds the payload exactly as it was signed, and nothing here
encodes it a second time. Sources: in-toto Attestation Framework v1 (statement, resource descriptor), DSSE v1.0.2
(protocol, envelope). Readers here are stricter than both: a field that kept doesn't know is refused, never skipped,
so that nobody can sign, or smuggle beside a signature, what a reader would not be shown.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kept.core import canonical
from kept.core.keys import PublicKey, Signer
from kept.errors import Invalid, Unverified

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
ENVELOPE_LIMIT = 8 * 1024 * 1024
PAYLOAD_LIMIT = 4 * 1024 * 1024
SIGNATURE_LIMIT = 16
_SUBJECT_LIMIT = 4096
_NAME_LIMIT = 4096


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing that a statement is about, named by its digests (algorithm to lower-case hex)."""

    name: str
    digest: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Statement:
    """A typed claim about subjects; `predicate` is plain JSON, whose shape its type publishes in `kept.predicates`."""

    subjects: tuple[Subject, ...]
    predicate_type: str
    predicate: Mapping[str, Any]

    def to_bytes(self) -> bytes:
        """The statement in canonical JSON: the payload that is signed. Raises Invalid for what JSON can't say."""
        document = {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": subject.name, "digest": dict(subject.digest)} for subject in self.subjects],
            "predicateType": self.predicate_type,
            "predicate": dict(self.predicate),
        }
        try:
            return canonical.encode(document)
        except (ValueError, TypeError, RecursionError) as error:
            raise Invalid(
                f"The predicate of a {self.predicate_type} statement is not plain JSON: {error}.",
                code="statement.not-json",
            ) from error

    @classmethod
    def parse(cls, payload: bytes) -> "Statement":
        """The statement in a payload of at most 4 MiB. Raises Invalid for any other shape."""
        what = "The statement"
        document = _members(
            canonical.decode(payload, limit=PAYLOAD_LIMIT, what=what),
            ("_type", "subject", "predicateType", "predicate"),
            what=what,
            code="statement.malformed",
        )
        if document["_type"] != STATEMENT_TYPE:
            raise Invalid(f'{what} has another "_type" than {STATEMENT_TYPE}.', code="statement.malformed")
        predicate_type = _text(document["predicateType"], what='"predicateType" of the statement')
        predicate = document["predicate"]
        if not isinstance(predicate, dict):
            raise Invalid('"predicate" of the statement is not an object.', code="statement.malformed")
        return cls(_subjects(document["subject"]), predicate_type, _plain(predicate))


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature, and the id of the key that is said to have made it (a hint until it is verified)."""

    key_id: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """A signed payload, as DSSE has it; `payload` is opaque and is never encoded again."""

    payload: bytes
    signatures: tuple[Signature, ...]
    payload_type: str = PAYLOAD_TYPE

    def to_bytes(self) -> bytes:
        """The envelope as DSSE JSON."""
        return canonical.encode(
            {
                "payload": base64.b64encode(self.payload).decode(),
                "payloadType": self.payload_type,
                "signatures": [
                    {"keyid": signature.key_id, "sig": base64.b64encode(signature.value).decode()}
                    for signature in self.signatures
                ],
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> "Envelope":
        """The envelope in at most 8 MiB of DSSE JSON, none of whose signatures is checked yet.

        Raises Invalid for an unknown or missing field, base64 that is not canonical, no signature, more than 16,
        two by one key id, and a payload type other than in-toto's.
        """
        what = "The envelope"
        document = _members(
            canonical.decode(data, limit=ENVELOPE_LIMIT, what=what),
            ("payload", "payloadType", "signatures"),
            what=what,
            code="envelope.malformed",
        )
        if document["payloadType"] != PAYLOAD_TYPE:
            raise Invalid(f"{what} has another payload type than {PAYLOAD_TYPE}.", code="envelope.payload-type")
        payload = _base64(document["payload"], what='"payload" of the envelope')
        return cls(payload, _signatures(document["signatures"]))

    def statement(self) -> Statement:
        """The statement inside, whether or not the signatures hold. Raises Invalid when there is none."""
        return Statement.parse(self.payload)

    def signature_by(self, key_id: str) -> Signature | None:
        """The signature that names this key, if there is one."""
        return next((signature for signature in self.signatures if signature.key_id == key_id), None)

    def verify(self, key: PublicKey) -> None:
        """Check this key's signature over the payload. Raises Unverified when it is absent or does not hold."""
        signature = self.signature_by(key.key_id)
        if signature is None:
            raise Unverified(f"No signature names the key {key.key_id}.", code="signature.missing")
        key.verify(signature.value, pae(self.payload_type, self.payload))


def pae(payload_type: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding, the message that is signed (DSSE protocol, "Signature definition")."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign(statement: Statement, signers: Sequence[Signer]) -> Envelope:
    """The statement in an envelope that every signer signed. Raises Invalid without signers or with one twice."""
    if not 1 <= len(signers) <= SIGNATURE_LIMIT:
        raise Invalid(f"A statement needs 1 to {SIGNATURE_LIMIT} signers, not {len(signers)}.", code="sign.signers")
    if len({signer.key_id for signer in signers}) != len(signers):
        raise Invalid("The same key was asked to sign a statement twice.", code="sign.signers")
    payload = statement.to_bytes()
    if len(payload) > PAYLOAD_LIMIT:
        raise Invalid(
            f"The statement has {len(payload)} bytes; at most {PAYLOAD_LIMIT} can be signed.",
            code="sign.too-large",
            hint="Record a digest of the large part and publish it beside the statement.",
        )
    message = pae(PAYLOAD_TYPE, payload)
    return Envelope(payload, tuple(Signature(signer.key_id, signer.sign(message)) for signer in signers))


def _members(value: Any, names: tuple[str, ...], *, what: str, code: str) -> dict[str, Any]:
    """The object, which must have exactly these fields."""
    if not isinstance(value, dict):
        raise Invalid(f"{what} is not a JSON object.", code=code)
    for name in names:
        if name not in value:
            raise Invalid(f'{what} lacks "{name}".', code=code)
    for name in value:
        if name not in names:
            raise Invalid(f"{what} has a field {name[:64]!r} that kept does not know.", code=code)
    return value


def _text(value: Any, *, what: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _NAME_LIMIT:
        raise Invalid(f"{what} is not a text of 1 to {_NAME_LIMIT} characters.", code="statement.malformed")
    return value


def _plain(predicate: dict[str, Any]) -> dict[str, Any]:
    """The predicate, once it is known to encode: a JSON text can hide halves of characters (lone surrogates)."""
    try:
        canonical.encode(predicate)
    except ValueError as error:
        raise Invalid(f"The predicate holds what JSON can't carry: {error}.", code="statement.malformed") from error
    return predicate


def _subjects(value: Any) -> tuple[Subject, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= _SUBJECT_LIMIT:
        raise Invalid(f'"subject" is not a list of 1 to {_SUBJECT_LIMIT} subjects.', code="statement.malformed")
    return tuple(_subject(item, f"Subject {number}") for number, item in enumerate(value))


def _subject(value: Any, what: str) -> Subject:
    found = _members(value, ("name", "digest"), what=what, code="statement.malformed")
    digest = found["digest"]
    if not isinstance(digest, dict) or not digest:
        raise Invalid(f'"digest" of {what} names no digest.', code="statement.malformed")
    for algorithm, text in digest.items():
        _text(algorithm, what=f"A digest's algorithm of {what}")
        _text(text, what=f"A digest of {what}")
    return Subject(_text(found["name"], what=f'"name" of {what}'), digest)


def _signatures(value: Any) -> tuple[Signature, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= SIGNATURE_LIMIT:
        raise Invalid(f'"signatures" is not a list of 1 to {SIGNATURE_LIMIT}.', code="envelope.signatures")
    found = tuple(_signature(item, f"Signature {number}") for number, item in enumerate(value))
    if len({signature.key_id for signature in found}) != len(found):
        raise Invalid("The envelope has two signatures by one key id.", code="envelope.signatures")
    return found


def _signature(value: Any, what: str) -> Signature:
    found = _members(value, ("keyid", "sig"), what=what, code="envelope.signatures")
    key_id = found["keyid"]
    if not isinstance(key_id, str) or not 0 < len(key_id) <= 256 or not key_id.isprintable():
        raise Invalid(f'"keyid" of {what} is not a text of 1 to 256 characters.', code="envelope.signatures")
    return Signature(key_id, _base64(found["sig"], what=f'"sig" of {what}'))


def _base64(value: Any, *, what: str) -> bytes:
    """The bytes, from the standard or the URL-safe alphabet (DSSE allows either), padded, in their one spelling."""
    if not isinstance(value, str):
        raise Invalid(f"{what} is not a base64 text.", code="envelope.base64")
    for encode, alphabet in ((base64.b64encode, b"+/"), (base64.urlsafe_b64encode, b"-_")):
        try:
            found = base64.b64decode(value.encode("ascii"), altchars=alphabet, validate=True)
        except (binascii.Error, UnicodeEncodeError):
            continue
        if found and encode(found).decode() == value:
            return found
    raise Invalid(f"{what} is not canonical base64 of at least one byte.", code="envelope.base64")
