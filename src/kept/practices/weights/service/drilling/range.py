"""Where a drill takes place: the real room, with weights that were sealed for the drill and mean nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from kept.core.actor import Actor
from kept.core.context import Context
from kept.core.keys.wiping import wipe
from kept.core.reference import load
from kept.errors import Denied, KeptError
from kept.practices.weights.records import Settings
from kept.practices.weights.records.access import Decoy
from kept.practices.weights.records.drills import UNANSWERED, Answer
from kept.practices.weights.records.insiders import Case, Watched
from kept.practices.weights.records.leases import Lease, Terms
from kept.practices.weights.records.sealed import Description, SealedWeights
from kept.practices.weights.records.traces import Traced
from kept.practices.weights.service.leasing.keyholder import Keyholder
from kept.practices.weights.service.leasing.lending import Lending
from kept.practices.weights.service.people_here import acting
from kept.practices.weights.service.sealing import commissioned

PURPOSE, RUNTIME = "drill", "inference"
SHORTEST, ENOUGH = 60, 1 << 30
SECOND = 1.0
SEED_BYTES = 16


class Verbs(Protocol):
    """What a drill does as anybody would, through the broker."""

    def open(self, sealed: Path, *, lease: str, by: Actor) -> Mapping[str, Any]:
        """Read weights under a lease."""
        ...

    def export(self, sealed: Path, out: Path, *, lease: str, to: str, by: Actor) -> object:
        """Write a marked copy."""
        ...

    def trace(self, leaked: Path, *, by: Actor, of: Path | None = None, lease: str = "") -> Traced:
        """Whose copy a file is."""
        ...

    def watch(self, *, by: Actor) -> Watched:
        """What was read since, and what alarms."""
        ...

    def cases_list(self, *, by: Actor) -> tuple[Case, ...]:
        """Every alarm."""
        ...

    def decoys_list(self) -> tuple[Decoy, ...]:
        """Sealed files that nobody has a reason to open."""
        ...


@dataclass(frozen=True, slots=True)
class Range:
    """The room, whoever rehearses in it, and a folder that goes when the drill is over."""

    verbs: Verbs
    context: Context
    settings: Settings
    by: Actor
    folder: Path

    @classmethod
    @contextmanager
    def opened(cls, verbs: Verbs, context: Context, settings: Settings, by: Actor) -> Iterator[Range]:
        """A range whose folder is removed at the end."""
        with load(context.backends["range"]["folder"])() as folder:
            yield cls(verbs, context, settings, by, folder)

    @property
    def lending(self) -> Lending:
        """What lends weights here."""
        return Lending(self.context, self.settings)

    def sealed(self, name: str = "weights") -> SealedWeights:
        """Weights drawn for this drill, sealed for the custodians of now. Nothing is recorded of their custody."""
        plain = self.folder / f"{name}.safetensors"
        load(self.context.backends["range"]["weights"])(plain, self.context.entropy(SEED_BYTES))
        commission = commissioned(self.context, self.by)
        target = self.folder / f"{name}.sealed"
        made: SealedWeights = load(self.context.backends["container"]["seal"])(plain, target, commission)
        return made

    def about(self, place: str) -> Description:
        """What a sealed file says of itself."""
        said: Description = load(self.context.backends["container"]["describe"])(Path(place))
        return said

    def asked(self, place: str, *, by: Actor | None = None, **more: Any) -> Lease:
        """A request for weights by whoever rehearses, or by another."""
        terms = {"purpose": PURPOSE, "bytes": ENOUGH, "seconds": SHORTEST, "runtime": RUNTIME, **more}
        return self.lending.ask(self.about(place), Terms(**terms), by=by or self.by)

    def lent(self, place: str, **more: Any) -> Lease:
        """A lease, approved by custodians whose keys are on this machine. Raises Denied where too few are."""
        lease = self.asked(place, **more)
        for custodian in self.custodians(but=lease.holder):
            if self.lending.approve(lease.id, by=custodian).state == "granted":
                return lease
        raise Denied(
            "Too few custodians' keys are on this machine to lend weights for a drill.",
            code="drill.custodians",
            hint="Rehearse on a copy of the workspace that has them.",
        )

    def custodians(self, *, but: str = "") -> tuple[Actor, ...]:
        """The active custodians whose keys are on this machine. Raises Denied where there is none."""
        names = [each.name for each in self.lending.custodians.rows() if each.state == "active" and each.name != but]
        if not (found := tuple(acting(self.context, names))):
            raise Denied(
                "No custodian's key is on this machine.",
                code="drill.custodians",
                hint="Rehearse on a copy of the workspace that has them.",
            )
        return found

    def release(self, lease: Lease, *, place: str = "") -> None:
        """Have the file key released, as the broker does for whoever holds a lease; it is wiped at once."""
        envelope = self.about(place).envelope if place else None
        wipe(Keyholder(self.context, self.settings).file_key(lease.id, self.context.clock(), envelope=envelope))

    def halves(self, lease: Lease, place: str) -> None:
        """Have both halves of the file key released, as whoever shares it anew does; they are wiped at once."""
        envelope = self.about(place).envelope
        keyholder = Keyholder(self.context, self.settings)
        keyholder.parts(lease.id, self.context.clock(), envelope=envelope).wipe()

    async def passed(self, moment: int) -> None:
        """Wait until the clock shows a moment, in seconds since 1970."""
        while self.context.clock().timestamp() < moment:  # noqa: ASYNC110  (only the clock tells)
            await asyncio.sleep(SECOND)

    def refused(self, attack: Callable[[], object], *, counts: Callable[[KeptError], bool]) -> Answer:
        """Carry an attack out: refused after so many seconds, by an error that counts, or unanswered.

        Any other error says nothing about the attack, and is raised.
        """
        began = self.context.clock()
        try:
            attack()
        except KeptError as error:
            if not counts(error):
                raise
            return Answer("refused", error.code, (self.context.clock() - began).total_seconds())
        return UNANSWERED
