"""The nouns of bulk jobs: what workers do, to which files, and what became of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["mark", "check"]


@dataclass(frozen=True, slots=True)
class Work:
    """What the workers of a bulk job do: `make` is a "module:attribute" that `kept.core.reference` loads.

    Called with `workspace` (a folder) and `options`, it opens, as a context, the function from a piece to an outcome.
    Each worker opens keys and store itself, so options never hold a secret: they are plain JSON values. A worker that
    takes longer than `seconds` for a piece hangs, and is ended; 0 lets it take its time.
    """

    make: str
    workspace: str
    options: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """One file of a bulk job: where it is read, and where what becomes of it is put.

    `stamp` changes when the file does, as far as its place can tell without reading it; "" where it can't.
    """

    number: int
    source: str
    target: str = ""
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a piece, small enough to travel: `facts` are plain JSON values.

    A failure has the code and message of its error; "skipped" is what was done before and still stands.
    """

    number: int
    state: Literal["done", "failed", "skipped"]
    facts: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A file that a pattern means: its name is what stands below the pattern's folder, in parts that "/" separates.

    `trouble` says why it can't be taken, though it was meant.
    """

    place: str
    name: str
    stamp: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a job is run: on which engine, by how many workers, and whether what stands in its way is replaced."""

    on: str = "local"
    workers: int = 0
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """A file of a job of which nothing came, and why."""

    source: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What a run of a bulk job came to.

    `pieces` is the sum of `done`, `skipped` (done before, and still standing) and `failed`. `counts` is what was done
    or skipped by its kind: media types of what was marked, verdicts of what was checked. `failures` holds the first
    thousand. `statement` is the index of the batch's summary in the ledger, if one was recorded.
    """

    job: str
    out: str
    pieces: int
    done: int
    skipped: int
    failed: int
    counts: Mapping[str, int]
    failures: tuple[Failure, ...] = ()
    statement: int | None = None
