"""From the entries of a log and their bodies to what the rules read, once signatures and digests hold."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from kept.core import canonical, redaction
from kept.core.erasure import DISPUTE_TYPE
from kept.core.statement import Envelope
from kept.core.trust import KEY_EVENT_TYPE, VOID, KeyHistory, Trust
from kept.errors import Invalid, KeptError, Unverified
from kept.practices.reporting.methods.material import ENTRY_LIMIT
from kept.practices.reporting.records import Entry, Known, Material

MEMBERS = frozenset({"digest", "model", "predicate", "version"})


def read_entry(index: int, raw: bytes) -> Entry:
    """The entry in the bytes of a leaf. Raises Invalid."""
    what = f"Entry {index} of the log"
    document = canonical.decode(raw, limit=ENTRY_LIMIT, what=what)
    if not isinstance(document, dict) or set(document) != MEMBERS or document["version"] != 1:
        raise Invalid(f"{what} is not an entry of version 1.", code="report.entry")
    digest, model, predicate = (document[name] for name in ("digest", "model", "predicate"))
    if not (isinstance(digest, str) and isinstance(model, str) and isinstance(predicate, str)):
        raise Invalid(f"{what} holds something else than text.", code="report.entry")
    return Entry(index, predicate, model, digest)


def history(materials: Iterable[Material], entries: Sequence[Entry], trust: Trust) -> KeyHistory:
    """The keys that counted at each index, from the key events of the log.

    Raises Unverified when the body of one is withheld: without its revocation, a stolen key would count again.
    """
    events = []
    for material in materials:
        if entries[material.index].predicate != KEY_EVENT_TYPE:
            continue
        if material.erased_by is not None:
            raise Unverified(f"The key event at index {material.index} is withheld.", code="report.key-event")
        events.append((material.index, Envelope.parse(material.envelope)))
    return KeyHistory.replay(trust, events)


def read(material: Material, entry: Entry, *, trust: Trust, keys: KeyHistory) -> Known:
    """What a statement says, once it is the one that its entry commits to and who signed it may say so.

    One whose signatures don't count at its index is void: nothing that it says is read.
    Raises Unverified or Invalid, naming the index.
    """
    unread = Known(entry.index, entry.predicate, entry.model, None, entry=entry.digest)
    if material.erased_by is not None:
        return unread
    try:
        found = hashlib.sha256(material.salt + material.envelope).hexdigest()
        if entry.digest != f"sha256:{found}":
            raise Unverified("its salted digest is not the one in the log", code="report.digest")
        envelope = Envelope.parse(material.envelope)
        authorised = trust.authorise(envelope, predicate_type=entry.predicate, index=entry.index, history=keys)
        statement = envelope.statement()
        fields = redaction.reveal(statement.predicate, material.disclosures)
        digests = redaction.digests(statement.predicate)
        shown = {redaction.digest(disclosure) for disclosure in material.disclosures}
    except KeptError as error:
        if error.code in VOID:
            # Whoever disputes without a key that is known is heard; what anybody else says so isn't even read.
            heard = envelope.statement().predicate if entry.predicate == DISPUTE_TYPE else None
            return replace(unread, void=True, unproven=heard)
        raise type(error)(
            f"The statement at index {entry.index}: {error.message}", code=error.code, hint=error.hint
        ) from error
    return Known(
        entry.index,
        entry.predicate,
        entry.model,
        fields,
        subjects=statement.subjects,
        actors=authorised.actors,
        roles=authorised.roles,
        digests=digests,
        hidden=tuple(each for each in digests if each not in shown),
        entry=entry.digest,
    )
