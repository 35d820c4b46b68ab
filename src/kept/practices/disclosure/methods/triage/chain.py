"""The chain of a case's events: each names the digest of the one before, so that none can be changed or left out.

An event's digest is the SHA-256 of canonical JSON (`kept.core.canonical`) over its fields and the digest before it.
Texts stand in an event as salted digests alone: a text can be erased, and the chain still holds.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kept.core import canonical
from kept.errors import Unverified

FIRST = ""


@dataclass(frozen=True, slots=True)
class Link:
    """One event of a case: its number from 1, what, when (milliseconds since 1970), by whom, for whose eyes, details.

    `text` is the salted digest (hex) of what was written with it, empty where nothing was.
    """

    case: str
    number: int
    kind: str
    at: int
    by: str
    audience: str
    details: Mapping[str, Any]
    text: str
    previous: str
    digest: str


def digest_of(
    case: str,
    number: int,
    kind: str,
    at: int,
    *,
    by: str,
    audience: str,
    details: Mapping[str, Any],
    text: str,
    previous: str,
) -> str:
    """The digest (hex) of an event, which the next one names."""
    document = {
        "case": case,
        "number": number,
        "kind": kind,
        "at": at,
        "by": by,
        "audience": audience,
        "details": dict(details),
        "text": text,
        "previous": previous,
    }
    return hashlib.sha256(b"kept/case event/v1\x00" + canonical.encode(document)).hexdigest()


def text_digest(text: str, salt: bytes) -> str:
    """The salted digest (hex) that stands for a text in its event."""
    return hashlib.sha256(b"kept/case text/v1\x00" + salt + text.encode()).hexdigest()


def check(links: Iterable[Link], *, head: str) -> int:
    """How many events there are, where each follows the one before and the last is `head`.

    Raises Unverified, naming the first event that was changed, left out or added.
    """
    previous, number = FIRST, 0
    for link in links:
        number += 1
        own = digest_of(
            link.case,
            link.number,
            link.kind,
            link.at,
            by=link.by,
            audience=link.audience,
            details=link.details,
            text=link.text,
            previous=link.previous,
        )
        if link.number != number or link.previous != previous or own != link.digest:
            raise Unverified(
                f"Event {number} of {link.case} is not what was recorded, or one before it is gone.",
                code="triage.chain",
                hint="Compare with a backup; what the ledger says of the case still stands.",
            )
        previous = link.digest
    if previous != head:
        raise Unverified("The last events of the case are gone.", code="triage.chain", hint="Compare with a backup.")
    return number
