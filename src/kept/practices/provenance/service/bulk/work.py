"""What engines load in each worker, by "module:attribute": it opens the workspace there, with what unlocks it there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kept.core.reference import load
from kept.practices.provenance.records.bulk import Outcome, Piece
from kept.practices.provenance.service.bulk.journal import Run

if TYPE_CHECKING:
    from kept.practices.provenance.service import Service

MARKING = f"{__name__}:marking"
CHECKING = f"{__name__}:checking"
# Named, not imported: only the root of the program knows how a workspace is put together.
_OPEN = "kept.app:App.open"


@contextmanager
def marking(workspace: str, options: Mapping[str, Any]) -> Iterator[Callable[[Piece], Outcome]]:
    """Marks files; options are those of `Marker`, with the run's job and number."""
    with _room(workspace) as room:
        yield room._marker(Run(options["job"], options["run"]), options)


@contextmanager
def checking(workspace: str, options: Mapping[str, Any]) -> Iterator[Callable[[Piece], Outcome]]:
    """Checks files; there are no options."""
    with _room(workspace) as room:
        yield room._checker()


@contextmanager
def _room(workspace: str) -> Iterator[Service]:
    app = load(_OPEN)(Path(workspace))
    try:
        yield app.service("provenance")
    finally:
        app.close()
