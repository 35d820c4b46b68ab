"""Erasures: statements that the body behind an entry was deleted, and why; the entry and its proofs stand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from kept.core.statement import Statement, Subject
from kept.core.trust.event import KEY_EVENT_TYPE
from kept.errors import Invalid

ERASURE_TYPE = "https://kept.example/predicates/erasure/v1"
DISPUTE_TYPE = "https://kept.example/predicates/dispute/v1"
LASTING = (KEY_EVENT_TYPE, ERASURE_TYPE, DISPUTE_TYPE)
"""What can't be erased: a revoked key would count again, a body be missing for no reason, an objection be silenced."""
REASON_LIMIT = 4096
_FIELDS = {"index", "predicateType", "reason", "erased"}
_DIGEST = re.compile(r"[0-9a-f]{64}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


@dataclass(frozen=True, slots=True)
class Erasure:
    """One erasure: the index, the predicate type and the salted digest (hex) of the entry, the reason, the time."""

    index: int
    predicate_type: str
    digest: str
    reason: str
    erased: str

    def __post_init__(self) -> None:
        if not 0 < len(self.reason.strip()) <= REASON_LIMIT:
            raise Invalid(
                f"An erasure needs a reason of at most {REASON_LIMIT} characters.",
                code="erasure.reason",
                hint="--reason TEXT; it is published, so it names nobody.",
            )

    def to_statement(self) -> Statement:
        """The statement, whose subject is the erased entry, named by the salted digest that it shows."""
        subject = Subject(f"entry {self.index}", {"sha256": self.digest})
        predicate = {
            "index": self.index,
            "predicateType": self.predicate_type,
            "reason": self.reason,
            "erased": self.erased,
        }
        return Statement((subject,), ERASURE_TYPE, predicate)

    @classmethod
    def parse(cls, statement: Statement) -> Erasure:
        """The erasure that a statement makes. Raises Invalid for another type, or any other shape."""
        if statement.predicate_type != ERASURE_TYPE:
            raise Invalid(f"A {statement.predicate_type} statement is not an erasure.", code="erasure.type")
        found = statement.predicate
        if set(found) != _FIELDS:
            raise Invalid(f"An erasure has the fields {', '.join(sorted(_FIELDS))}.", code="erasure.malformed")
        index = found["index"]
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < 2**53:
            raise Invalid('"index" of the erasure is not a ledger index.', code="erasure.malformed")
        digests = [dict(subject.digest) for subject in statement.subjects]
        digest = digests[0].get("sha256", "") if len(digests) == 1 else ""
        if not _DIGEST.fullmatch(digest):
            raise Invalid("The erasure does not name one entry by its digest.", code="erasure.malformed")
        if not _TIME.fullmatch(_text(found["erased"], "erased")):
            raise Invalid('"erased" of the erasure is not a time.', code="erasure.malformed")
        return cls(
            index,
            _text(found["predicateType"], "predicateType"),
            digest,
            _text(found["reason"], "reason"),
            found["erased"],
        )


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= REASON_LIMIT:
        raise Invalid(
            f'"{name}" of the erasure is not a text of 1 to {REASON_LIMIT} characters.', code="erasure.malformed"
        )
    return value
