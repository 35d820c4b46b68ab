"""Key-encryption keys replaced and destroyed: bodies are never touched, and a destroyed key takes every copy along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Update, select

from kept.core.actor import Actor
from kept.core.context import Context, format_time
from kept.core.keys.wiping import wipe
from kept.core.keys.wrapping import Wrapper
from kept.core.ledger import Draft
from kept.core.reference import load
from kept.errors import KeptError
from kept.practices.weights.methods import envelope as envelopes
from kept.practices.weights.records import Settings
from kept.practices.weights.records.leases import KekRow, Left, Rotated
from kept.practices.weights.service.leasing import brokers
from kept.practices.weights.service.leasing.enveloping import Enveloping
from kept.practices.weights.service.leasing.keks import Keks
from kept.practices.weights.service.leasing.recording import Recording
from kept.practices.weights.service.sealing import commissioned
from kept.practices.weights.service.tables.leasing import BROKERS, REQUESTS
from kept.practices.weights.service.tables.sealing import FILES
from kept.predicates.weights_custody import WeightsCustody


class Replacing:
    """Moves everything that is known here from one key-encryption key to the next."""

    def __init__(self, context: Context, settings: Settings) -> None:
        self._context = context
        self._settings = settings
        self._keks = Keks(context, settings)
        self._enveloping = Enveloping(context, settings)

    def rotate(self, *, to: str = "", finish: bool = False, by: Actor) -> Rotated:
        """Make a new key-encryption key, and wrap under it what the ones before wrapped.

        1. The new key is made and noted as the current one; with `finish` it is the one that is current already.
        2. The broker's own keys, the tracing secrets and the requests that are open are wrapped anew, one by one.
        3. Each sealed file's envelope is replaced in the file, and that is recorded.

        Cut off at any place, everything opens: what was wrapped before is under a key that still opens it, and `finish`
        goes on there. A file that isn't in its place is left, and named. Raises what the key-encryption keys raise.
        """
        # 1.
        kek, wrapper = self._keks.current()
        if not finish:
            kek, wrapper = self._keks.succeed(to or self._keks.next_uri())
        # 2.
        self.keep_secrets(kek, wrapper)
        self._move_requests()
        # 3.
        moved: list[str] = []
        left: list[Left] = []
        for row in self._files():
            try:
                if self._move_file(row, by=by, finish=finish):
                    moved.append(row.file)
            except KeptError as error:
                left.append(Left(row.file, row.place, error.message))
        return Rotated(kek, tuple(moved), tuple(left))

    def keep_secrets(self, kek: KekRow, wrapper: Wrapper) -> None:
        """Wrap anew what is no weights': the broker's own keys, and the secrets by which leaks are traced."""
        self._move_brokers(kek, wrapper)
        # It wraps by the keys of this package, so that neither could be imported first if both imported at their top.
        from kept.practices.weights.service.tracing.fingerprinting import Fingerprinting

        Fingerprinting(self._context, self._settings).move()

    def under(self, key_id: str) -> tuple[Sequence[Row[Any]], tuple[Left, ...]]:
        """The files whose keys this key-encryption key wraps, and those of which that can't be told."""
        found, unknown = [], []
        for row in self._files():
            try:
                if envelopes.parse(self._envelope(row.place)).kek == key_id:
                    found.append(row)
            except KeptError as error:
                unknown.append(Left(row.file, row.place, error.message))
        return found, tuple(unknown)

    def custody(
        self, row: Row[Any], event: str, *, kek: KekRow, envelope: envelopes.Envelope | None, by: Actor
    ) -> Draft:
        """The statement that a file's keys were replaced or destroyed."""
        sharing = envelope.sharing if envelope else None
        said = WeightsCustody.of(
            model=row.model,
            weights=f"sha256:{row.weights}",
            event=event,
            sealed=True,
            files=(row.file,),
            bytes=row.sealed_bytes,
            people_required=sharing.threshold if sharing else self._settings.quorum,
            custodians=len(sharing.members) if sharing else self._settings.quorum,
            key=kek.uri.partition(":")[0],
            extent="none",
            issued=format_time(self._context.clock()),
            by=by.id,
        )
        return Draft(said.to_statement(), model=row.model)

    def _move_brokers(self, kek: KekRow, wrapper: Wrapper) -> None:
        """Wrap the broker's keys anew, so that what custodians released before can still be opened."""
        with self._context.store.read() as connection:
            rows = connection.execute(select(BROKERS).where(BROKERS.c.kek != kek.key_id)).all()
        for row in rows:
            about = brokers.about(bytes(row.public))
            if not self._keks.opens(row.kek):
                continue
            seed = self._keks.opener(row.kek).unwrap(bytes(row.wrapped), about)
            values: Mapping[str, Any] = {"kek": kek.key_id, "wrapped": wrapper.wrap(seed, about)}
            wipe(seed)
            change = BROKERS.update().where(BROKERS.c.number == row.number, BROKERS.c.kek == row.kek).values(**values)
            self._execute(change)
        self._enveloping.prepare(by=Recording(self._context).recorder(None))

    def _move_requests(self) -> None:
        with self._context.store.read() as connection:
            query = select(REQUESTS).where(REQUESTS.c.state.in_(("requested", "granted")))
            rows = connection.execute(query).all()
        for row in rows:
            before = bytes(row.envelope)
            if not self._keks.opens(envelopes.parse(before).kek):
                continue
            after = self._enveloping.rewrapped(before)
            change = REQUESTS.update().where(REQUESTS.c.id == row.id).values(envelope=after)
            self._execute(change)

    def _move_file(self, row: Row[Any], *, by: Actor, finish: bool) -> bool:
        """Replace the envelope in a file; whether that was needed. To finish, old keys beside it are taken away too."""
        before = self._envelope(row.place)
        after = self._enveloping.rewrapped(before)
        if after != before or finish:
            rekey = load(self._context.backends["container"]["rekey"])
            rekey(Path(row.place), after, commissioned(self._context, by))
        if after == before:
            return False
        found = envelopes.parse(after)
        kek = next(each for each in self._keks.rows() if each.key_id == found.kek)
        self._context.ledger.record(self.custody(row, "rotated", kek=kek, envelope=found, by=by), by=by)
        return True

    def _execute(self, change: Update) -> None:
        self._context.store.write(lambda connection: connection.execute(change))

    def _envelope(self, place: str) -> bytes:
        found: bytes = load(self._context.backends["container"]["describe"])(Path(place)).envelope
        return found

    def _files(self) -> Sequence[Row[Any]]:
        with self._context.store.read() as connection:
            return connection.execute(select(FILES).order_by(FILES.c.made, FILES.c.file)).all()
