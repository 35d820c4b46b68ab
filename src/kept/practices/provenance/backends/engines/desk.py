"""What a worker of any engine does with a piece, one at a time."""

import os
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager

from kept.core.reference import load
from kept.errors import Conflict, Denied, Invalid, KeptError, NotFound, Unavailable, Unverified
from kept.practices.provenance.records.bulk import Outcome, Piece, Work

# One thread each: there are as many workers as there is room for. Read when the libraries are loaded, so set before.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
KINDS: tuple[type[KeptError], ...] = (Invalid, NotFound, Denied, Conflict, Unverified, Unavailable, KeptError)


class Desk:
    """A worker's work, opened once, and the function that it is."""

    def __init__(self) -> None:
        self._opened: AbstractContextManager[Callable[[Piece], Outcome]] | None = None
        self._do: Callable[[Piece], Outcome] | None = None

    def begin(self, work: Work) -> KeptError | None:
        """Open the work; answers why it can't be."""
        os.environ.update(dict.fromkeys(THREADS, "1"))
        try:
            self._opened = load(work.make)(work.workspace, work.options)
            self._do = self._opened.__enter__()
        except KeptError as error:
            # The cause may hold what can't travel, or should not.
            return _plain(error)
        return None

    def do(self, piece: Piece) -> Outcome:
        """The outcome of a piece, whatever happens to it."""
        if self._do is None:
            raise ValueError("the work was not begun")
        try:
            return self._do(piece)
        except KeptError as error:
            return Outcome(piece.number, "failed", code=error.code, message=str(error)[:2000])
        except Exception as error:  # noqa: BLE001 - one piece never stops the rest, and what happened is told
            place = traceback.extract_tb(error.__traceback__)[-1]
            # Not the error's own text: it may quote what was being worked on.
            message = f"{type(error).__name__} in {os.path.basename(place.filename)}, line {place.lineno}."
            return Outcome(piece.number, "failed", code="bulk.unexpected", message=message)

    def end(self) -> None:
        """Close the work."""
        if self._opened is not None:
            self._opened.__exit__(None, None, None)
            self._opened = None


def _plain(error: KeptError) -> KeptError:
    kind = next(each for each in KINDS if isinstance(error, each))
    return kind(error.message, code=error.code, hint=error.hint)
