"""The broker's own keys, to which custodians seal what they release: private halves only ever wrapped."""

from __future__ import annotations

from sqlalchemy import Connection, Row, func, select

from kept.core.actor import Actor
from kept.core.context import Context, format_time
from kept.core.keys.exchange import SEED_BYTES, ExchangeKey
from kept.core.keys.wiping import wipe
from kept.errors import NotFound, Unverified
from kept.practices.weights.service.leasing import words
from kept.practices.weights.service.leasing.keks import Keks
from kept.practices.weights.service.leasing.standing import Standing
from kept.practices.weights.service.tables.leasing import BROKERS


class Brokers:
    """Made by whoever seals or serves, under the key-encryption key of then; vouched for by the provider."""

    def __init__(self, context: Context, keks: Keks, standing: Standing) -> None:
        self._context = context
        self._keks = keks
        self._standing = standing

    def public(self) -> bytes:
        """The newest key, to seal to. Raises NotFound before the first, and Unverified for one nobody vouched for."""
        with self._context.store.read() as connection:
            row = connection.execute(select(BROKERS).order_by(BROKERS.c.number.desc()).limit(1)).one_or_none()
        if row is None:
            raise NotFound("The broker has no key yet.", code="broker.no-key", hint="kept weights serve makes one.")
        self._check(row)
        return bytes(row.public)

    def private(self, public: bytes) -> ExchangeKey:
        """The private half. Raises NotFound, Denied when what wrapped it was destroyed, Unverified or Unavailable."""
        with self._context.store.read() as connection:
            row = connection.execute(select(BROKERS).where(BROKERS.c.public == public)).one_or_none()
        if row is None:
            raise NotFound("These parts are sealed to another broker's key.", code="broker.no-key")
        seed = self._keks.opener(row.kek).unwrap(bytes(row.wrapped), about(bytes(row.public)))
        try:
            return ExchangeKey.from_seed(seed)
        finally:
            wipe(seed)

    def ensure(self, *, by: Actor) -> bytes:
        """The newest key under the current key-encryption key; made when there is none."""
        kek, wrapper = self._keks.current()
        with self._context.store.read() as connection:
            newest = connection.execute(select(BROKERS).order_by(BROKERS.c.number.desc()).limit(1)).one_or_none()
        if newest is not None and newest.kek == kek.key_id:
            return bytes(newest.public)
        seed = bytearray(self._context.entropy(SEED_BYTES))
        public = ExchangeKey.from_seed(seed).public
        made = format_time(self._context.clock())
        card = self._context.ledger.sign(words.broker(public, made=made), by=by)
        row = {"public": public, "kek": kek.key_id, "card": card.to_bytes(), "made": made}
        row["wrapped"] = wrapper.wrap(seed, about(public))
        wipe(seed)

        def work(connection: Connection) -> None:
            last = connection.execute(select(func.coalesce(func.max(BROKERS.c.number), 0))).scalar_one()
            connection.execute(BROKERS.insert().values(number=last + 1, **row))

        self._context.store.write(work)
        return public

    def _check(self, row: Row[tuple[object, ...]]) -> None:
        card = words.read(bytes(row.card), words.BROKER)[0]
        if card.payload != words.broker(bytes(row.public), made=row.made).to_bytes():
            raise Unverified("The broker's key was swapped in the store.", code="broker.card")
        if not any("provider" in key.roles for key in self._standing.signatories(card)):
            raise Unverified("No key of the provider that counts vouches for the broker's.", code="broker.card")


def about(public: bytes) -> dict[str, str]:
    """What a wrapped private key of the broker is bound to."""
    return {"purpose": "broker", "public": public.hex()}
