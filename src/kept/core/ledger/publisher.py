"""Publishing: tiles, then the mark, then the checkpoint; never a tree that forgets what was published before."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select

from kept.core import durable, merkle, note
from kept.core.context import Clock
from kept.core.keys import Signer
from kept.core.ledger import tree
from kept.core.ledger.mark import Mark
from kept.core.ledger.tables import WITNESS
from kept.core.note import Checkpoint, Note, NoteSignature, VerifierKey
from kept.core.store import Store
from kept.core.tiles import TileReader, TileWriter, unreadable
from kept.errors import Conflict, Invalid, NotFound, Unavailable, Unverified

CHECKPOINT = "checkpoint"
LOCK = "publish.lock"
MARK = "high-water-mark.json"


@dataclass(frozen=True, slots=True)
class Publisher:
    """Publishes one log into `folder`, guarded by the mark in `state`."""

    store: Store
    origin: str
    signer: Callable[[], Signer]
    folder: Path
    state: Path
    clock: Clock

    def key(self) -> VerifierKey:
        """The log's verifier key, named by its origin. Raises Invalid unless it is an Ed25519 key."""
        return self._key_of(self.signer())

    def propose(self) -> Note:
        """A signed checkpoint that is shown to nobody yet. Raises what publishing it would raise."""
        with durable.locked(self.state / LOCK):
            mark = Mark.read(self.state / MARK)
            with self.store.read() as connection:
                checkpoint = self._extension(tree.reader(connection, tree.size_of(connection), {}), mark, at_least=0)
            return self._signed(checkpoint, mark)

    def publish(self, *, at_least: int, rebuild: bool, judged: bool) -> Checkpoint:
        """Publish what is recorded; the steps are numbered below. Raises Conflict, Unverified or Unavailable."""
        with durable.locked(self.state / LOCK):
            mark = Mark.read(self.state / MARK)
            with self.store.read() as connection:
                if mark is None and not judged and connection.execute(select(WITNESS.c.key).limit(1)).first():
                    raise Unavailable(
                        "This machine never published this log, so its witnesses have to judge it first.",
                        code="witness.needed",
                        hint="Publish with their help: kept ledger checkpoint",
                    )
                tiles = tree.reader(connection, tree.size_of(connection), {})
                # 1. What was published before must be a part of the tree.
                checkpoint = self._extension(tiles, mark, at_least=at_least)
                # 2. The tiles are made durable: a checkpoint promises that they can be read.
                self._write_tiles(connection, tiles, root=checkpoint.root, own=None if rebuild else self._own(mark))
            # 3. The mark, and 4. the checkpoint: in this order a crash can't expose what the mark doesn't know.
            self._expose(self._signed(checkpoint, mark), mark)
            return checkpoint

    def _extension(self, tiles: TileReader, mark: Mark | None, *, at_least: int) -> Checkpoint:
        for known in filter(None, (mark.note if mark else None, self._own(mark))):
            self._refuse_fork(tiles, known, from_mark=mark is not None)
        if tiles.size < at_least:
            raise _fork(tiles.size, at_least, "by a witness")
        return Checkpoint(self.origin, tiles.size, merkle.tree_root(tiles.nodes, tiles.size))

    def latest(self) -> Note:
        """The published note. Raises NotFound before the first, Invalid or Unverified when it is damaged."""
        own = self._own(Mark.read(self.state / MARK))
        if own is None:
            raise NotFound(
                "This log has no checkpoint yet.", code="ledger.unpublished", hint="Publish one: kept ledger checkpoint"
            )
        return own

    def add_signatures(self, text: str, signatures: Iterable[NoteSignature]) -> Note:
        """Add cosignatures to the published note. Raises Conflict when another text was published meanwhile."""
        with durable.locked(self.state / LOCK):
            mark = Mark.read(self.state / MARK)
            if mark is None or mark.note.text != text:
                raise Conflict(
                    "A newer checkpoint was published meanwhile.", code="ledger.superseded", hint="Ask again."
                )
            cosigned = mark.note.with_signatures(signatures)
            self._expose(cosigned, mark)
            return cosigned

    def time(self) -> datetime | None:
        """When the latest note was published or cosigned."""
        mark = Mark.read(self.state / MARK)
        return mark.time if mark else None

    def _own(self, mark: Mark | None) -> Note | None:
        """The note in the workspace, which is the one that is marked or else has to be signed by the log's key."""
        path = self.folder / CHECKPOINT
        try:
            own = Note.parse(path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unreadable(path, error) from error
        except Invalid as error:
            raise Unverified(
                f"{path} is damaged: {error.message}",
                code="ledger.checkpoint-damaged",
                hint="Remove it and publish again: kept ledger checkpoint",
            ) from error
        if mark is None or mark.note.text != own.text:
            note.verify(own, [self.key()])
        return own

    def _refuse_fork(self, tiles: TileReader, known: Note, *, from_mark: bool) -> None:
        published = Checkpoint.parse(known.text)
        if published.origin != self.origin:
            raise Conflict(f"What was published here is of another log, {published.origin}.", code="ledger.origin")
        if published.size > tiles.size:
            raise _fork(tiles.size, published.size, "from this machine" if from_mark else "from this workspace")
        if merkle.tree_root(tiles.nodes, published.size) != published.root:
            raise _fork(tiles.size, published.size, "with other content")

    def _write_tiles(self, connection: Connection, tiles: TileReader, *, root: bytes, own: Note | None) -> None:
        writer = self._writer(own)
        before = writer.size
        writer.append(entry.raw for entry in tree.entries(connection, before, tiles.size))
        if writer.size != tiles.size or before != tiles.size:
            writer.flush()
        if writer.root() != root:
            raise Unverified(
                "The entries in the database don't hash to its tree.",
                code="ledger.tree",
                hint="Find what was changed: kept ledger verify",
            )
        durable.sync_files(self.folder, writer.written)

    def _writer(self, own: Note | None) -> TileWriter:
        """A writer at the published size, or at 0 when the published right edge is torn: tiles can be made again."""
        if own is None:
            return TileWriter(self.folder)
        published = Checkpoint.parse(own.text)
        try:
            writer = TileWriter(self.folder, size=published.size)
        except (Unverified, NotFound):
            return TileWriter(self.folder)
        return writer if writer.root() == published.root else TileWriter(self.folder)

    def sign(self, checkpoint: Checkpoint) -> NoteSignature:
        """The log's signature on a checkpoint. Raises Invalid unless its key is an Ed25519 key."""
        signer = self.signer()
        return note.sign(checkpoint.text(), key=self._key_of(signer), sign_message=signer.sign)

    def _key_of(self, signer: Signer) -> VerifierKey:
        if signer.algorithm != "ed25519":
            raise Invalid(f"A log signs with Ed25519, not {signer.algorithm}.", code="ledger.log-key")
        return VerifierKey(self.origin, note.LOG_KEY, signer.public)

    def _signed(self, checkpoint: Checkpoint, mark: Mark | None) -> Note:
        own, text = self.sign(checkpoint), checkpoint.text()
        if mark is not None and mark.note.text == text:
            return mark.note.with_signatures([own])
        return Note(text, (own,))

    def _expose(self, published: Note, mark: Mark | None) -> None:
        path = self.folder / CHECKPOINT
        content = published.to_bytes()
        if mark is None or mark.note != published:
            now = self.clock()
            last = mark.time if mark else now
            Mark(published, max(now, last), max(0, int((last - now).total_seconds()))).write(self.state / MARK)
        if not path.exists() or path.read_bytes() != content:
            durable.write(path, content)


def _fork(size: int, published: int, by: str) -> Conflict:
    return Conflict(
        f"This workspace holds {size} entries, and {published} were published {by} that are not all among them. It was "
        "restored from an older copy, or copied and run twice; to publish it would fork the log.",
        code="ledger.fork",
        hint="Go on with the workspace that published last, or start a new log under another origin: kept init",
    )
