"""The verbs that state in public how content is marked: the policy in force, and what was marked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, select

from kept.core.actor import Actor
from kept.core.commitments import fields
from kept.core.context import Context, format_time
from kept.core.ledger import Draft, Receipt
from kept.errors import Invalid, NotFound
from kept.practices.provenance.methods import media
from kept.practices.provenance.records import CONTENT_BITS, MODEL_BITS, Settings
from kept.practices.provenance.service.algorithms import ALGORITHMS
from kept.practices.provenance.service.keys import MarkKeys
from kept.practices.provenance.service.signing import Signing
from kept.practices.provenance.service.tables import ENTRIES, MODELS
from kept.predicates import marking_policy
from kept.predicates.marking_policy import MarkingPolicy
from kept.predicates.marking_summary import MarkingSummary

VERSION_BITS = 4


class Stating:
    """Records the policy and summaries."""

    _context: Context
    _settings: Settings
    _keys: MarkKeys
    _signing: Signing

    def policy_show(self) -> dict[str, Any]:
        """The policy as it is now, and the ledger index where the same was recorded last, or None."""
        now = self._policy(words="", by="")
        last = None
        for recorded in self._context.ledger.statements(marking_policy.TYPE):
            said = recorded.predicate
            last = recorded.index if said is not None and _said(said) == _said(now) else None
        return {"policy": {key: now[key] for key in now if key not in ("issued", "by", "words")}, "recorded": last}

    def policy_record(self, *, by: Actor, words: str = "") -> Receipt:
        """Record the policy as it is now, with what the organisation adds. Raises Invalid for its words."""
        policy = MarkingPolicy.of(**self._policy(words=words.strip(), by=by.id))
        (receipt,) = self._context.ledger.record(Draft(policy.to_statement()), by=by)
        return receipt

    def summary_record(self, since: str, until: str, *, by: Actor) -> Receipt:
        """Record how much was marked from one day to another, both included, by model, media and key.

        Raises Invalid for what is no day, or a span that ends before it begins.
        """
        for each in (since, until):
            _check_day(each)
        if since > until:
            raise Invalid(f"{until} is before {since}.", code="summary.span")
        marked, digest = self._counted(since, until)
        made = MarkingSummary.of(
            batch=f"b-{self._context.entropy(8).hex()}",
            since=f"{since}T00:00:00Z",
            until=f"{until}T23:59:59Z",
            pieces=sum(each["count"] for each in marked),
            marked=marked,
            failures=(),
            issued=format_time(self._context.clock()),
            by=by.id,
        )
        (receipt,) = self._context.ledger.record(Draft(made.to_statement(digest=digest)), by=by)
        return receipt

    def _policy(self, *, words: str, by: str) -> dict[str, Any]:
        return {
            "media": [{"media": kind, "algorithm": name} for kind, name in ALGORITHMS.items()],
            "keys": [{"id": row.id, "state": row.state, "changed": row.changed} for row in self._keys.rows()],
            "payload_bits": VERSION_BITS + MODEL_BITS + CONTENT_BITS,
            "gate": self._settings.gate,
            "manifest": self._signed_by(),
            "fingerprint": True,
            "registry": True,
            "rotate_after": self._settings.rotate_after,
            # Payload, ManifestClaims and Registration have no place for one, which a test holds them to.
            "user_data": False,
            "words": words,
            "issued": format_time(self._context.clock()),
            "by": by,
        }

    def _signed_by(self) -> str:
        try:
            developed = self._signing.credentials.development
        except NotFound:
            return "none"
        return f"signed by a {'development' if developed else 'trusted'} chain"

    def _counted(self, since: str, until: str) -> tuple[list[dict[str, Any]], str]:
        """Counts by model, media and key, and the digest of the digests of all files."""
        within = ENTRIES.c.created.between(since, until)
        names = select(MODELS.c.model, ENTRIES.c.media_type, ENTRIES.c.key_id, func.count().label("pieces"))
        joined = names.join(MODELS, ENTRIES.c.model == MODELS.c.number).where(within)
        counts: dict[tuple[str, str, str], int] = {}
        with self._context.store.read() as connection:
            for row in connection.execute(joined.group_by(MODELS.c.model, ENTRIES.c.media_type, ENTRIES.c.key_id)):
                place = (row.model, media.kind(row.media_type), row.key_id)
                counts[place] = counts.get(place, 0) + row.pieces
            digest = _digest_of_all(connection, since, until)
        marked = [
            {"model": model, "media": kind, "key": key, "count": count}
            for (model, kind, key), count in sorted(counts.items())
        ]
        return marked, digest


def _digest_of_all(connection: Connection, since: str, until: str) -> str:
    query = select(ENTRIES.c.sha256).where(ENTRIES.c.created.between(since, until), ENTRIES.c.sha256.is_not(None))
    whole = hashlib.sha256()
    for digest in connection.execute(query.order_by(ENTRIES.c.sha256)).scalars():
        whole.update(f"{bytes(digest).hex()}\n".encode())
    return whole.hexdigest()


def _said(policy: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in policy.items() if key not in ("issued", "by", "words")}


def _check_day(text: str) -> None:
    if fields.date(text) is None:
        raise Invalid(f"{text[:40]!r} is no day.", code="summary.day", hint="2026-11-28")
