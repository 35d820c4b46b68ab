"""What marks copies for their recipients: the wrapped tracing secret, who they are, and which copies exist."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from math import prod
from typing import Any

from sqlalchemy import Connection, func, select

from kept.core.context import Context, format_time
from kept.core.keys.wiping import wipe
from kept.errors import Invalid, NotFound
from kept.practices.weights.methods.tracing.carriers import SECRET_BYTES, Carrier, carrier_key, commitment
from kept.practices.weights.methods.tracing.marking import Shapes, chosen, mark, strength
from kept.practices.weights.methods.tracing.numbers import tensor
from kept.practices.weights.records import Settings
from kept.practices.weights.records.traces import CarrierKey, Copy, Marking, RecipientRow
from kept.practices.weights.service.leasing.keks import Keks
from kept.practices.weights.service.tables.tracing import COPIES, RECIPIENTS, SECRETS

ALGORITHM = "kept/trace/v1"
"""What an export's statement names as its fingerprint."""
_PURPOSE = {"purpose": "tracing"}
_NAME_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Marker:
    """Marks the tensors of one model for one recipient, each when its turn comes."""

    shapes: Shapes = field(repr=False)
    strength: float
    key: CarrierKey

    @property
    def recipient(self) -> str:
        """The recipient's salted digest, as statements name it."""
        return f"sha256:{self.key.recipient}"

    @property
    def commitment(self) -> str:
        """What binds to the key of the mark and tells nothing of it, in hexadecimal."""
        return commitment(self.key)

    @property
    def marking(self) -> Marking:
        """What an export under this marker comes to."""
        marked = chosen(self.shapes)
        sizes = (prod(self.shapes[name][1]) for name in marked)
        untouched = tuple(name for name in self.shapes if name not in set(marked))
        return Marking(self.strength, len(marked), sum(sizes), untouched)

    def mark(self, name: str, data: bytearray | memoryview) -> int:
        """Mark a tensor in its buffer, in place; returns how many values changed, 0 for one that carries no mark.

        Raises Invalid for an unknown name, or a buffer that doesn't fit.
        """
        if name not in self.shapes:
            raise Invalid(f"There is no tensor {name[:80]!r} in this model.", code="trace.tensor")
        dtype, shape = self.shapes[name]
        if name not in chosen({name: (dtype, shape)}):
            return 0
        return mark(tensor(dtype, shape, data), Carrier.of(self.key, name), self.strength)


class Fingerprinting:
    """Whoever exports or traces asks here; secrets are unwrapped for the question and wiped."""

    def __init__(self, context: Context, settings: Settings) -> None:
        self._context = context
        self._keks = Keks(context, settings)

    def marker(self, recipient: str, parent: str, shapes: Shapes) -> Marker:
        """A marker for a recipient, by name, of the model whose plaintext has the SHA-256 `parent` (hexadecimal).

        The recipient, and the first tracing secret, are made where there are none. Raises Invalid for a model in which
        nothing can be marked, and whatever the key-encryption key raises.
        """
        if not chosen(shapes):
            raise Invalid(
                "Nothing in this model can carry a mark.",
                code="trace.unmarkable",
                hint="Marks go into matrices of floating-point numbers: export the model before it is quantised.",
            )
        digest = self.recipient(recipient).digest
        secret = self._newest()
        try:
            return Marker(dict(shapes), strength(shapes), carrier_key(bytes(secret), digest, parent))
        finally:
            wipe(secret)

    def keys(self, parent: str) -> list[CarrierKey]:
        """The keys of every recipient's mark in a model, under each tracing secret."""
        found = []
        digests = [row.digest for row in self.recipients()]
        for number, kek, wrapped in self._secrets():
            secret = self._keks.opener(kek).unwrap(wrapped, _about(number))
            try:
                found += [carrier_key(bytes(secret), digest, parent) for digest in digests]
            finally:
                wipe(secret)
        return found

    def recipient(self, name: str) -> RecipientRow:
        """The recipient of that name; noted, under a salted digest, when it is the first time. Raises Invalid."""
        if not 1 <= len(name.strip()) <= _NAME_LIMIT or not name.isprintable():
            raise Invalid(
                f"A recipient's name is one line of 1 to {_NAME_LIMIT} characters.", code="trace.recipient", hint="--to"
            )
        salt, made = self._context.entropy(32), format_time(self._context.clock())
        new = {"digest": hashlib.sha256(salt + name.encode()).hexdigest(), "name": name, "salt": salt, "made": made}

        def work(connection: Connection) -> RecipientRow:
            row = connection.execute(select(RECIPIENTS).where(RECIPIENTS.c.name == name)).one_or_none()
            if row is not None:
                return RecipientRow(row.digest, row.name, row.made)
            connection.execute(RECIPIENTS.insert().values(**new))
            return RecipientRow(str(new["digest"]), name, made)

        return self._context.store.write(work)

    def recipients(self) -> tuple[RecipientRow, ...]:
        """Everybody who may have got a copy, the newest first."""
        with self._context.store.read() as connection:
            rows = connection.execute(select(RECIPIENTS).order_by(RECIPIENTS.c.made.desc(), RECIPIENTS.c.digest))
            return tuple(RecipientRow(row.digest, row.name or "", row.made) for row in rows)

    def forget(self, name: str) -> RecipientRow:
        """Erase a recipient's name and salt; copies are still traced to the digest. Raises NotFound."""

        def work(connection: Connection) -> RecipientRow:
            row = connection.execute(select(RECIPIENTS).where(RECIPIENTS.c.name == name)).one_or_none()
            if row is None:
                raise NotFound(
                    f"Nobody called {name[:80]!r} has got a copy.",
                    code="trace.recipient",
                    hint="kept weights recipients list",
                )
            erased = RECIPIENTS.update().where(RECIPIENTS.c.digest == row.digest).values(name=None, salt=None)
            connection.execute(erased)
            return RecipientRow(row.digest, "", row.made)

        return self._context.store.erase(work)

    def copies(self, *, weights: str = "", recipient: str = "") -> tuple[Copy, ...]:
        """The recorded copies with this SHA-256, or of this recipient."""
        column, value = (COPIES.c.weights, weights) if weights else (COPIES.c.recipient, recipient)
        with self._context.store.read() as connection:
            rows = connection.execute(select(COPIES).where(column == value).order_by(COPIES.c.made))
            return tuple(Copy(**row._mapping) for row in rows)

    def move(self) -> None:
        """Wrap every tracing secret under the key-encryption key of now, before one that wraps it is destroyed."""
        kek, wrapper = self._keks.current()
        for number, wrapped_by, wrapped in self._secrets():
            if wrapped_by == kek.key_id or not self._keks.opens(wrapped_by):
                continue
            secret = self._keks.opener(wrapped_by).unwrap(wrapped, _about(number))
            anew = {"kek": kek.key_id, "wrapped": wrapper.wrap(secret, _about(number))}
            wipe(secret)
            self._replace(number, wrapped_by, anew)

    def _newest(self) -> bytearray:
        """The secret to mark under, wrapped by the key-encryption key of now from here on."""
        kek, wrapper = self._keks.current()
        secrets = self._secrets()
        if not secrets:
            self._make()
            secrets = self._secrets()
        number, wrapped_by, wrapped = secrets[-1]
        secret = self._keks.opener(wrapped_by).unwrap(wrapped, _about(number))
        if wrapped_by != kek.key_id:
            self._replace(number, wrapped_by, {"kek": kek.key_id, "wrapped": wrapper.wrap(secret, _about(number))})
        return secret

    def _replace(self, number: int, wrapped_by: str, anew: dict[str, Any]) -> None:
        change = SECRETS.update().where(SECRETS.c.number == number, SECRETS.c.kek == wrapped_by).values(**anew)
        self._context.store.write(lambda connection: connection.execute(change))

    def _make(self) -> None:
        kek, wrapper = self._keks.current()
        secret = bytearray(self._context.entropy(SECRET_BYTES))
        made = format_time(self._context.clock())

        def work(connection: Connection) -> None:
            # Whoever was first made the one that counts.
            if connection.execute(select(func.count()).select_from(SECRETS)).scalar_one() == 0:
                wrapped = wrapper.wrap(secret, _about(1))
                connection.execute(SECRETS.insert().values(number=1, kek=kek.key_id, wrapped=wrapped, made=made))

        try:
            self._context.store.write(work)
        finally:
            wipe(secret)

    def _secrets(self) -> list[tuple[int, str, bytes]]:
        with self._context.store.read() as connection:
            rows = connection.execute(select(SECRETS).order_by(SECRETS.c.number)).all()
        return [(row.number, row.kek, bytes(row.wrapped)) for row in rows]


def note(connection: Connection, copy: Copy) -> None:
    """Note a copy that was made, in the transaction that records its export; the same again changes nothing."""
    if not connection.execute(select(COPIES.c.weights).where(COPIES.c.weights == copy.weights)).first():
        connection.execute(COPIES.insert().values(**asdict(copy)))


def _about(number: int) -> dict[str, str]:
    return _PURPOSE | {"number": str(number)}
