"""Key events: the statements that introduce, rotate and revoke keys."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from kept.core.statement import Statement, Subject
from kept.core.trust import reading
from kept.core.trust.records import Purpose, TrustedKey
from kept.errors import Invalid

KEY_EVENT_TYPE = "https://kept.example/predicates/key-event/v1"
Kind = Literal["introduced", "rotated", "revoked"]
_FIELDS = ("event", "key", "replaces", "compromised_since", "issued", "by")
_KEY_FIELDS = ("name", "algorithm", "public", "roles", "purpose")


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """One change of who may sign.

    `key` is the key introduced, the successor, or the key revoked. `replaces` is the id of the key that a rotation
    retires. `compromised_since` is the first ledger index at which a revoked key's signatures stop counting; without
    it they count up to the index of the revocation itself.
    """

    event: Kind
    key: TrustedKey
    issued: str
    by: str
    replaces: str | None = None
    compromised_since: int | None = None

    def __post_init__(self) -> None:
        if (self.event == "rotated") != (self.replaces is not None):
            raise Invalid('A key event names "replaces" if, and only if, it is a rotation.', code="key-event.replaces")
        if self.event != "revoked" and self.compromised_since is not None:
            raise Invalid('Only a revocation may say "compromised_since".', code="key-event.compromised")
        if self.replaces == self.key.key_id:
            raise Invalid("A key can't replace itself.", code="key-event.replaces")
        if self.key.purpose == "statement" and not self.key.roles:
            raise Invalid("A key that signs statements needs a role.", code="key-event.roles")

    def to_statement(self) -> Statement:
        """The event as a statement about the key, which it names by the SHA-256 of its SubjectPublicKeyInfo."""
        predicate = {
            "event": self.event,
            "key": {
                "name": self.key.name,
                "algorithm": self.key.key.algorithm,
                "public": base64.b64encode(self.key.key.public).decode(),
                "roles": sorted(self.key.roles),
                "purpose": self.key.purpose,
            },
            "replaces": self.replaces,
            "compromised_since": self.compromised_since,
            "issued": self.issued,
            "by": self.by,
        }
        return Statement((Subject(self.key.name, {"sha256": self.key.key_id}),), KEY_EVENT_TYPE, predicate)

    @classmethod
    def parse(cls, statement: Statement) -> "KeyEvent":
        """The event that a statement makes. Raises Invalid for another type, or any other shape."""
        if statement.predicate_type != KEY_EVENT_TYPE:
            raise Invalid(
                f"A statement of type {statement.predicate_type[:128]!r} is not a key event.", code="key-event.type"
            )
        found = reading.members(statement.predicate, _FIELDS, where="the key event")
        kind = reading.choice(found["event"], get_args(Kind), where='"event" of the key event')
        replaces, since = found["replaces"], found["compromised_since"]
        event = cls(
            event=cast("Kind", kind),
            key=_key(found["key"]),
            issued=reading.text(found["issued"], where='"issued" of the key event'),
            by=reading.text(found["by"], where='"by" of the key event'),
            replaces=None if replaces is None else reading.text(replaces, where='"replaces" of the key event'),
            compromised_since=None if since is None else reading.count(since, where='"compromised_since"'),
        )
        if [dict(one.digest) for one in statement.subjects] != [{"sha256": event.key.key_id}]:
            raise Invalid("The subject of the key event is not its key.", code="key-event.subject")
        return event


def _key(value: Any) -> TrustedKey:
    where = '"key" of the key event'
    found: Mapping[str, Any] = reading.members(value, _KEY_FIELDS, where=where)
    purpose = reading.choice(found["purpose"], get_args(Purpose), where=f'"purpose" in {where}')
    return TrustedKey(
        name=reading.text(found["name"], where=f'"name" in {where}'),
        key=reading.public_key(found, where=where),
        roles=frozenset(reading.texts(found["roles"], where=f'"roles" in {where}', least=0)),
        purpose=cast("Purpose", purpose),
    )
