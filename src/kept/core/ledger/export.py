"""The log as a plain directory, which strangers' tools can read: C2SP tlog-tiles, and a body beside each entry."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import Connection, select

from kept.core import note, tiles
from kept.core.erasure import ERASURE_TYPE
from kept.core.ledger import tree
from kept.core.ledger.publisher import CHECKPOINT
from kept.core.ledger.reading import body_of
from kept.core.ledger.records import BODY_LIMIT, Body, Entry, Recorded
from kept.core.ledger.tables import BODY, ENTRY
from kept.core.note import NOTE_LIMIT, Checkpoint, Note, VerifierKey
from kept.errors import Conflict, Invalid, NotFound, Unverified

TRUST = "trust.json"


def write(connection: Connection, published: Note, out: Path, *, trust: bytes, disclose: bool) -> int:
    """Write the log as of the published note; returns its size. Raises Conflict or Unverified."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Conflict(f"{out} exists and isn't empty.", code="export.exists", hint="Choose a new folder.")
    checkpoint = Checkpoint.parse(published.text)
    later = select(ENTRY.c.position).where(ENTRY.c.position >= checkpoint.size, ENTRY.c.predicate == ERASURE_TYPE)
    if connection.execute(later.limit(1)).first():
        raise Conflict(
            "A body was erased since the last checkpoint.",
            code="export.unpublished-erasure",
            hint="Publish first: kept ledger checkpoint",
        )
    (out / "bodies").mkdir(parents=True, exist_ok=True)
    writer = tiles.TileWriter(out)
    writer.append(entry.raw for entry in tree.entries(connection, 0, checkpoint.size))
    writer.flush()
    if writer.root() != checkpoint.root:
        raise Unverified("The entries in the database are not those that were published.", code="ledger.tree")
    bodies = select(BODY).where(BODY.c.position < checkpoint.size).order_by(BODY.c.position)
    for row in connection.execute(bodies).mappings():
        (out / _body_path(row["position"])).write_bytes(body_of(row).to_bytes(disclose=disclose))
    if trust:
        (out / TRUST).write_bytes(trust)
    (out / CHECKPOINT).write_bytes(published.to_bytes())
    return checkpoint.size


def read_checkpoint(folder: Path, keys: Sequence[VerifierKey] = ()) -> Note:
    """The signed note of an exported or published log, verified when there are `keys`.

    Raises NotFound, Invalid for a malformed note, and Unverified when none of the keys signed it.
    """
    found = Note.parse(_bounded(folder / CHECKPOINT, NOTE_LIMIT))
    Checkpoint.parse(found.text)
    if keys:
        note.verify(found, keys)
    return found


def read(folder: Path, checkpoint: Checkpoint) -> Iterator[Recorded]:
    """Every entry of an exported log with its body, checking every tile, entry and body on the way.

    What was yielded is verified only once the iterator is exhausted. An absent body is an erased one. Raises
    Unverified, naming the file, and Invalid for a file that is none of a log.
    """
    for index, raw in tiles.check(tiles.from_folder(folder), size=checkpoint.size, root=checkpoint.root):
        entry = Entry.parse(index, raw)
        path = folder / _body_path(index)
        body = Body.parse(_bounded(path, BODY_LIMIT), where=str(path)) if path.exists() else None
        yield Recorded.read(entry, body)


def _body_path(index: int) -> str:
    return f"bodies/{index}.json"


def _bounded(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except FileNotFoundError as error:
        raise NotFound(f"{path} is missing.", code="export.missing", hint="Name the folder of an export.") from error
    if len(data) > limit:
        raise Invalid(f"{path} has over {limit} bytes.", code="export.too-large")
    return data
