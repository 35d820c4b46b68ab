"""Work for the engines of bulk jobs: small, real, deterministic, and deadly where a test wants it to be."""

import os
import signal
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from kept.errors import Denied, Invalid
from kept.practices.provenance.backends.engines.desk import Desk
from kept.practices.provenance.records.bulk import Outcome, Piece, Work


@contextmanager
def compressing(workspace: str, options: Mapping[str, Any]) -> Iterator[Callable[[Piece], Outcome]]:
    """Compresses each piece, and notes in the folder `workspace` what was begun, opened and closed.

    A piece called "deadly…" kills its worker as often as its name says; "wrong…" and "odd…" fail in two ways, and at
    "endless…" the worker hangs.
    """
    notes = Path(workspace)
    with (notes / "opened").open("a") as log:
        log.write(f"{os.getpid()} {os.getppid()} {options.get('word', '')}\n")

    def work(piece: Piece) -> Outcome:
        path = Path(piece.source)
        with (notes / "begun").open("a") as log:
            log.write(f"{path.name}\n")
        if path.name.startswith("deadly"):
            times = int(path.name.removeprefix("deadly").partition("-")[0])
            if (notes / "begun").read_text().split("\n").count(path.name) <= times:
                os.kill(os.getpid(), signal.SIGKILL)
        if path.name.startswith("endless"):
            threading.Event().wait()
        if path.name.startswith("wrong"):
            raise Invalid("This piece is wrong.", code="test.wrong", hint="Mend it.")
        if path.name.startswith("odd"):
            raise ZeroDivisionError(path.name)
        data = path.read_bytes()
        made = zlib.compress(data, 9)
        return Outcome(piece.number, "done", {"sha256": sha256(made).hexdigest(), "bytes": len(made)})

    yield work
    with (notes / "closed").open("a") as log:
        log.write(f"{os.getpid()}\n")


@contextmanager
def refusing(workspace: str, options: Mapping[str, Any]) -> Iterator[Callable[[Piece], Outcome]]:
    """Can't be opened."""
    raise Denied("The passphrase opens nothing.", code="key.passphrase", hint="Another.")
    yield


@contextmanager
def stillborn(workspace: str, options: Mapping[str, Any]) -> Iterator[Callable[[Piece], Outcome]]:
    """Dies before it is open."""
    os.kill(os.getpid(), signal.SIGKILL)
    yield


@contextmanager
def counting_threads(workspace: str, options: Mapping[str, Any]) -> Iterator[Callable[[Piece], Outcome]]:
    """Tells how many threads OpenCV would use."""
    import cv2

    yield lambda piece: Outcome(piece.number, "done", {"threads": cv2.getNumThreads()})


class InlineEngine:
    """Does the work where it is called: what needs no other process is tested without starting any."""

    def run(self, work: Work, pieces: Iterable[Piece], *, workers: int, on: str) -> Iterator[Outcome]:
        desk, taken = Desk(), iter(pieces)
        for piece in taken:
            refusal = desk.begin(work)
            if refusal is not None:
                raise refusal
            yield desk.do(piece)
            for more in taken:
                yield desk.do(more)
            desk.end()


INLINE = InlineEngine()
