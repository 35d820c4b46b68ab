"""Whose word an object is: a signed statement that travels inside it, as an extension of STIX.

The statement (in-toto, in a DSSE envelope) names the SHA-256 of the object without the extension, spelt by RFC 8785,
so that it holds whatever a server does to spaces and to the order of properties. It also names the collection that the
object was put into and who may have it, so that nobody can pass it on elsewhere as if it had been meant for there.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kept.core import canonical
from kept.core.keys import PublicKey
from kept.core.statement import Envelope, Statement, Subject
from kept.errors import Invalid, Unverified
from kept.practices.sharing.methods import jcs

EXTENSION = "extension-definition--236bd014-a92f-4657-b984-39942c4a91b7"
TYPE = "https://kept.example/sharing/object"
_FIELDS = {"issued", "by", "version", "collection", "recipients"}
_RECIPIENTS = 64


@dataclass(frozen=True, slots=True)
class Claim:
    """What an envelope says of the object that it stands in: who signed is for the caller to check.

    `digest` is that of the object without its signature: two signatures of one object are about the same.
    """

    envelope: Envelope
    by: str
    collection: str
    recipients: tuple[str, ...]
    digest: bytes


def statement(
    document: Mapping[str, Any], *, version: str, collection: str, recipients: Sequence[str], issued: str, by: str
) -> Statement:
    """What an organisation signs of an object. Raises Invalid for an object that is signed already."""
    if _extension(document) is not None:
        raise Invalid(f"{document.get('id')} is signed already.", code="object.signed", hint="Push it as it is.")
    predicate = {
        "issued": issued,
        "by": by,
        "version": version,
        "collection": collection,
        "recipients": list(recipients),
    }
    return Statement((Subject(str(document["id"]), {"sha256": _digest(document)}),), TYPE, predicate)


def with_envelope(document: Mapping[str, Any], envelope: Envelope) -> dict[str, Any]:
    """The object with its signature inside."""
    extension = {"extension_type": "property-extension", "envelope": json.loads(envelope.to_bytes())}
    return {**document, "extensions": {**document.get("extensions", {}), EXTENSION: extension}}


def claim_of(document: Mapping[str, Any], *, version: str) -> Claim | None:
    """The signed word that an object carries about itself, or None without one.

    Raises Unverified where it is about another object, another version or other content.
    """
    extension = _extension(document)
    if extension is None:
        return None
    try:
        envelope = Envelope.parse(canonical.encode(extension.get("envelope")))
        said = envelope.statement()
    except (Invalid, ValueError) as error:
        raise Unverified(
            f"The signature in {document.get('id')} can't be read: {error}", code="object.forged"
        ) from error
    predicate, subject = said.predicate, said.subjects[0]
    recipients = predicate.get("recipients")
    if (
        said.predicate_type != TYPE
        or set(predicate) != _FIELDS
        or not isinstance(recipients, list)
        or len(recipients) > _RECIPIENTS
        or not all(isinstance(each, str) for each in (*recipients, predicate["by"], predicate["collection"]))
    ):
        raise Unverified(f"What is signed in {document.get('id')} says nothing that is known.", code="object.forged")
    if (subject.name, predicate["version"]) != (document.get("id"), version) or len(said.subjects) != 1:
        raise Unverified(f"The signature in {document.get('id')} is about another object.", code="object.forged")
    digest = _digest(_without(document))
    if subject.digest != {"sha256": digest}:
        raise Unverified(f"{document.get('id')} was changed after it was signed.", code="object.forged")
    return Claim(envelope, predicate["by"], predicate["collection"], tuple(recipients), bytes.fromhex(digest))


def is_by(document: Mapping[str, Any], keys: Mapping[str, PublicKey], *, version: str) -> bool:
    """Whether one of these keys, by their ids, signed the word that an object carries about itself.

    Raises Unverified where that word doesn't hold.
    """
    claim = claim_of(document, version=version)
    if claim is None:
        return False
    known = [keys[each.key_id] for each in claim.envelope.signatures if each.key_id in keys]
    for key in known:
        claim.envelope.verify(key)
    return bool(known)


def _extension(document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    extensions = document.get("extensions")
    found = extensions.get(EXTENSION) if isinstance(extensions, Mapping) else None
    return found if isinstance(found, Mapping) else None


def _without(document: Mapping[str, Any]) -> dict[str, Any]:
    others = {name: value for name, value in document["extensions"].items() if name != EXTENSION}
    bare = {name: value for name, value in document.items() if name != "extensions"}
    return {**bare, "extensions": others} if others else bare


def _digest(document: Mapping[str, Any]) -> str:
    return hashlib.sha256(jcs.canonical(dict(document))).hexdigest()
