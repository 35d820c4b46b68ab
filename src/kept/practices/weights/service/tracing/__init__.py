"""The verbs that tell whose copy leaked weights are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kept.core.actor import Actor
from kept.core.context import Context
from kept.core.reference import load
from kept.errors import Conflict
from kept.practices.weights.methods.tracing.comparing import trace
from kept.practices.weights.methods.tracing.reading import Remembered, Weights
from kept.practices.weights.records import Settings
from kept.practices.weights.records.traces import Copy, RecipientRow, Source, Tensor, Trace, Traced
from kept.practices.weights.service.tracing.fingerprinting import Fingerprinting


@dataclass(frozen=True, slots=True)
class Released:
    """The original as the broker releases it under a lease, a tensor at a time."""

    weights: Any = field(repr=False)

    @property
    def shapes(self) -> Mapping[str, tuple[str, tuple[int, ...]]]:
        """The type and shape of each tensor that the lease allows."""
        return {name: (place.dtype, place.shape) for name, place in self.weights.places.items()}

    def read(self, name: str) -> Tensor:
        """One tensor. Raises Denied, or Unverified where it was changed."""
        dtype, shape = self.shapes[name]
        return Tensor(dtype, self.weights.tensor(name).reshape(shape))


class Tracing:
    """Tells whose copy a leaked file is; the original is read through the broker, under a lease like any other."""

    _context: Context
    _settings: Settings

    def trace(self, leaked: Path, *, by: Actor, of: Path | None = None, lease: str = "") -> Traced:
        """Whose copy of a sealed model `leaked` is, a safetensors file or a folder of them.

        Without `of` and `lease` only copies that are byte for byte the same are found. Raises Invalid for what is no
        safetensors, Conflict for one of the two alone, NotFound, Denied where the lease allows no more bytes, and
        Unavailable without a broker.
        """
        if (of is None) != (not lease):
            raise Conflict(
                "A leaked file is compared with a sealed model under a lease: name both, or neither.",
                code="trace.original",
                hint="--of MODEL.sealed --lease ID",
            )
        fingerprinting = Fingerprinting(self._context, self._settings)
        suspect = load(self._context.backends["suspect"]["open"])(leaked)
        known = (each for digest in suspect.digests for each in fingerprinting.copies(weights=digest))
        identical = next(known, None)
        found = None if of is None else self._compared(fingerprinting, suspect, of, lease, by)
        return Traced(
            file=str(leaked),
            sha256=suspect.digests[0] if len(suspect.digests) == 1 else "",
            identical=identical,
            sources=_sources(fingerprinting, identical, found),
            comparison=found,
        )

    def recipients_list(self) -> tuple[RecipientRow, ...]:
        """Everybody who may have got a marked copy, the newest first."""
        return Fingerprinting(self._context, self._settings).recipients()

    def recipients_forget(self, name: str) -> RecipientRow:
        """Erase a recipient's name: what is traced to them later is traced to a digest alone. Raises NotFound."""
        return Fingerprinting(self._context, self._settings).forget(name)

    def _compared(self, fingerprinting: Fingerprinting, suspect: Weights, of: Path, lease: str, by: Actor) -> Trace:
        with self._original(of, lease, by) as (original, parent):
            return trace(original, suspect, fingerprinting.keys(parent))

    @contextmanager
    def _original(self, of: Path, lease: str, by: Actor) -> Iterator[tuple[Weights, str]]:
        """The sealed model's plaintext through the broker, and the SHA-256 of it whole, which the carriers follow."""
        broker = self._context.backends["broker"]
        parent = load(self._context.backends["container"]["describe"])(of).weights
        client = load(broker["client"])(self._context.workspace, by)
        with client, load(broker["weights"])(client, lease, of) as weights:
            yield Remembered(Released(weights)), parent


def _sources(fingerprinting: Fingerprinting, identical: Copy | None, found: Trace | None) -> tuple[Source, ...]:
    names = {row.digest: row.name for row in fingerprinting.recipients()}
    sources = [
        Source(
            lead.recipient,
            names.get(lead.recipient, ""),
            lead.score,
            lead.chance,
            lead.exponent,
            fingerprinting.copies(recipient=lead.recipient),
        )
        for lead in (found.named if found else ())
    ]
    if identical is not None and identical.recipient not in {each.recipient for each in sources}:
        name = names.get(identical.recipient, "")
        copies = fingerprinting.copies(recipient=identical.recipient)
        # The chance that two files share a SHA-256 is no chance that anybody counts.
        sources.insert(0, Source(identical.recipient, name, 0.0, 2.0**-256, -77.0, copies))
    return tuple(sources)
