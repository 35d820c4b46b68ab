"""The append-only log of statements: record, read, prove, publish, follow, erase, export."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from kept.core import merkle
from kept.core.actor import Actor
from kept.core.context import Clock, Entropy, format_time
from kept.core.erasure import ERASURE_TYPE, LASTING, Erasure
from kept.core.keys import Signer
from kept.core.ledger import export as exporting
from kept.core.ledger import reading, tree
from kept.core.ledger.checking import Checked, Keys, check
from kept.core.ledger.follow import Follower, Handler, follow
from kept.core.ledger.publisher import Publisher
from kept.core.ledger.records import SALT_BYTES, Body, Draft, Entry, Receipt, Recorded
from kept.core.ledger.tables import BODY, SCHEMA
from kept.core.note import Checkpoint, Note, NoteSignature, VerifierKey
from kept.core.redaction import conceal
from kept.core.statement import Envelope, Statement, sign
from kept.core.store import Store
from kept.core.tiles import Rows
from kept.errors import Conflict, Invalid, NotFound

__all__ = ["ERASURE_TYPE", "SCHEMA", "Body", "Checked", "Draft", "Entry", "Follower", "Ledger", "Receipt", "Recorded"]

Keyring = Callable[[Actor], Sequence[Signer]]


class Ledger:
    """One log in one store. `folder` holds its public files; `state` stands outside the workspace.

    Several processes may record at once: an entry gets its index inside the transaction that stores it.
    """

    def __init__(
        self,
        store: Store,
        *,
        origin: str,
        log_signer: Callable[[], Signer],
        keyring: Keyring,
        folder: Path,
        state: Path,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self.origin = origin
        self.folder = folder
        self._store = store
        self._keyring = keyring
        self._clock = clock
        self._entropy = entropy
        self._publisher = Publisher(store, origin, log_signer, folder, state, clock)
        self._cache: dict[tuple[int, int], Rows] = {}

    def record(
        self, drafts: Sequence[Draft] | Draft, *, by: Actor, rows: Callable[[Connection], None] | None = None
    ) -> tuple[Receipt, ...]:
        """Sign and record statements in one transaction with `rows`; durable on return.

        Raises Invalid for an entry over 65,535 bytes, and whatever the actor's keys raise.
        """
        return self._record([drafts] if isinstance(drafts, Draft) else drafts, by=by, rows=rows)

    def record_signed(
        self, envelope: Envelope, *, model: str = "", rows: Callable[[Connection], None] | None = None
    ) -> Receipt:
        """Record an envelope that others signed, in one transaction with `rows`; its payload stays as it was signed.

        Whose signatures count is for the caller to check first: whatever stands here, a verifier judges it again.
        Raises Invalid when the payload is no statement, or for an entry over 65,535 bytes.
        """
        statement = envelope.statement()
        body = Body(self._entropy(SALT_BYTES), envelope.to_bytes())
        made = Entry.make(-1, predicate=statement.predicate_type, model=model, digest=body.digest)

        def work(connection: Connection) -> tuple[Entry, ...]:
            if rows is not None:
                rows(connection)
            return tree.append(connection, [lambda index: (replace(made, index=index), body)])

        (entry,) = self._store.write(work)
        return Receipt(entry.index, entry, statement)

    def sign(self, statement: Statement, *, by: Actor) -> Envelope:
        """Sign a statement without recording it, as the manifest of a report is. Raises what the actor's keys raise."""
        return sign(statement, self._keyring(by))

    def erase(self, index: int, *, by: Actor, reason: str) -> Receipt:
        """Delete the body of an entry and record that it was erased, in one transaction; its proofs go on to hold.

        Raises NotFound when there is no such entry or its body is gone already, and Conflict for a key event, an
        erasure or a dispute: without its body, a revoked key would count again, or an objection be silenced.
        """
        entry = self.entry(index)
        if entry.predicate in LASTING:
            raise Conflict(f"Entry {index} must last, so it can't be erased.", code="ledger.needed")
        self.body(index)
        erasure = Erasure(
            index=index,
            predicate_type=entry.predicate,
            digest=entry.digest.removeprefix("sha256:"),
            reason=reason,
            erased=format_time(self._clock()),
        )

        def delete(connection: Connection) -> None:
            if connection.execute(BODY.delete().where(BODY.c.position == index)).rowcount != 1:
                raise _erased(index)

        draft = Draft(erasure.to_statement(), model=entry.model)
        return self._record([draft], by=by, rows=delete, erasing=True)[0]

    def size(self) -> int:
        """The number of entries, published or not."""
        with self._store.read() as connection:
            return tree.size_of(connection)

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[Entry]:
        """The entries from `start` to before `stop`. Raises Unverified at one that was changed."""
        end = self.size() if stop is None else min(stop, self.size())
        for first in range(start, end, tree.PAGE):
            with self._store.read() as connection:
                page = list(tree.entries(connection, first, min(first + tree.PAGE, end)))
            yield from page

    def entry(self, index: int) -> Entry:
        """One entry. Raises NotFound or Unverified."""
        with self._store.read() as connection:
            return reading.entry_at(connection, index)

    def body(self, index: int) -> Body:
        """The body behind an entry. Raises NotFound when there is none or it was erased, Unverified if changed."""
        with self._store.read() as connection:
            entry, body = reading.entry_at(connection, index), reading.body_at(connection, index)
        if body is None:
            raise _erased(index)
        body.verify(entry)
        return body

    def statements(self, *predicates: str, model: str | None = None, since: int = 0) -> Iterator[Recorded]:
        """The statements of these predicates (all, when none is named) and this model, oldest first, as of now.

        `since` is the first index that is looked at.
        An erased body gives an item without statement. Raises Unverified at one that was changed.
        """
        return reading.statements(self._store, predicates, model=model, since=since)

    def root(self, size: int | None = None) -> bytes:
        """The root over the first `size` entries (all of them). Raises Invalid beyond the end."""
        with self._store.read() as connection:
            size = self._within(connection, size)
            return merkle.tree_root(tree.reader(connection, size, self._cache).nodes, size)

    def prove_inclusion(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """The audit path of an entry in the tree of `size` entries. Raises Invalid beyond the end."""
        with self._store.read() as connection:
            size = self._within(connection, size)
            return merkle.prove_inclusion(tree.reader(connection, size, self._cache).nodes, index, size)

    def prove_consistency(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """The proof that the tree of `new` entries extends the one of `old`. Raises Invalid beyond the end."""
        with self._store.read() as connection:
            new = self._within(connection, new)
            return merkle.prove_consistency(tree.reader(connection, new, self._cache).nodes, old, new)

    def publish(self, *, at_least: int = 0, rebuild: bool = False, judged: bool = False) -> Checkpoint:
        """Write tiles, sign a checkpoint over everything recorded so far, and expose it.

        `at_least` is the largest size that a witness is known to hold; `rebuild` makes every tile anew. Raises
        Conflict when this would fork the log (a restored or copied workspace), Unverified when the store, the
        checkpoint or the high-water mark is damaged, and Unavailable where this machine never published a log that
        has witnesses, unless they have `judged` what `propose` gives.
        """
        return self._publisher.publish(at_least=at_least, rebuild=rebuild, judged=judged)

    def checkpoint(self) -> bytes:
        """The published note with its cosignatures. Raises NotFound before the first, Unverified when damaged."""
        return self._publisher.latest().to_bytes()

    def published(self) -> datetime | None:
        """When the latest checkpoint was published or cosigned, by a clock that never runs backwards."""
        return self._publisher.time()

    def add_cosignatures(self, text: str, signatures: Sequence[NoteSignature]) -> bytes:
        """Add verified cosignatures to the checkpoint of this text. Raises Conflict when it was superseded."""
        return self._publisher.add_signatures(text, signatures).to_bytes()

    def propose(self) -> Note:
        """A signed checkpoint over everything recorded, not exposed yet, for witnesses to judge before `publish`."""
        return self._publisher.propose()

    def log_key(self) -> VerifierKey:
        """The log's verifier key."""
        return self._publisher.key()

    def follow(
        self, name: str, predicates: Sequence[str], handler: Handler, *, committed: Callable[[], None] = lambda: None
    ) -> int:
        """Hand the reader called `name` every new entry of these predicates; its work and its place commit together.

        Returns how many entries were handled. What `handler` raises undoes its batch, and the next call resumes there.
        `committed` is called after each batch, when nothing is locked any more.
        """
        return follow(self._store, name, predicates, handler, committed=committed)

    def check(self, keys: Keys | None = None) -> Checked:
        """Check the whole workspace: entries, bodies, tree, tiles, checkpoint and mark. Raises Unverified.

        `keys` tells which keys may have signed a checkpoint of a size; without it, the log's key of today.
        """
        return check(self._store, self._publisher, keys or (lambda _: [self.log_key()]))

    def export(self, out: Path, *, trust: bytes = b"", disclose: bool = False) -> int:
        """Write the published log as a plain directory: checkpoint, tiles, entries, bodies; returns its size.

        Concealed fields stay concealed unless `disclose`. Raises Conflict when `out` holds files already, or when an
        erasure isn't published yet.
        """
        published = self._publisher.latest()
        with self._store.read() as connection:
            return exporting.write(connection, published, out, trust=trust, disclose=disclose)

    def _record(
        self,
        drafts: Sequence[Draft],
        *,
        by: Actor,
        rows: Callable[[Connection], None] | None,
        erasing: bool = False,
    ) -> tuple[Receipt, ...]:
        signers = self._keyring(by)
        prepared = [self._seal(draft, signers) for draft in drafts]

        def work(connection: Connection) -> tuple[Entry, ...]:
            if rows is not None:
                rows(connection)
            return tree.append(connection, [sealed for _, sealed in prepared]) if prepared else ()

        entries = self._store.erase(work) if erasing else self._store.write(work)
        return tuple(Receipt(entry.index, entry, prepared[at][0]) for at, entry in enumerate(entries))

    def _seal(self, draft: Draft, signers: Sequence[Signer]) -> tuple[Statement, tree.Sealed]:
        predicate, disclosures = conceal(draft.statement.predicate, draft.conceal, self._entropy)
        statement = replace(draft.statement, predicate=predicate)
        body = Body(self._entropy(SALT_BYTES), sign(statement, signers).to_bytes(), disclosures)
        made = Entry.make(-1, predicate=statement.predicate_type, model=draft.model, digest=body.digest)
        return statement, lambda index: (replace(made, index=index), body)

    def _within(self, connection: Connection, size: int | None) -> int:
        recorded = tree.size_of(connection)
        if size is not None and not 0 <= size <= recorded:
            raise Invalid(f"The log has {recorded} entries, not {size}.", code="ledger.size")
        return recorded if size is None else size


def _erased(index: int) -> NotFound:
    return NotFound(f"The body of entry {index} was erased.", code="ledger.erased")
