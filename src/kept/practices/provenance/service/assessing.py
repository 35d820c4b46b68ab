"""The room's part of `kept assess`: marks pieces, attacks them, and counts how many are found again."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from kept.core.actor import Actor
from kept.core.assessment import Assessed, Progress, silent
from kept.core.context import Context, format_time
from kept.core.estimate import LEVEL
from kept.core.ledger import Draft
from kept.core.model import Model
from kept.core.reference import load
from kept.errors import Invalid, NotFound, Unavailable
from kept.practices.provenance.methods import media
from kept.practices.provenance.ports import Places
from kept.practices.provenance.records import CONTENT_BITS, MarkKey, Media, Payload, Settings
from kept.practices.provenance.service.algorithms import ALGORITHMS
from kept.practices.provenance.service.keys import MarkKeys
from kept.practices.provenance.service.measured import ATTACKS, KINDS, Measured
from kept.predicates import detector_evaluation
from kept.predicates.detector_evaluation import DetectorEvaluation, share_document
from kept.predicates.provenance_coverage import ProvenanceCoverage, share

ROOM = "provenance"
PIECES, MOST = 100, 100_000
# What is measured where a plan doesn't say: so many stand-ins of each kind.
DEFAULT: Mapping[Media, int] = {"image": PIECES, "audio": 12}
CALLED = {"image": "pictures", "audio": "sounds"}
KEYS = frozenset({"media", "samples", "pieces", "attacks", "seed"})
DAYS = 180


@dataclass(frozen=True, slots=True)
class Plan:
    """The room's section of a plan: a folder of pieces that the model made, or so many stand-ins, and the attacks."""

    media: Media = "image"
    samples: str = ""
    pieces: int = PIECES
    attacks: tuple[str, ...] = ()
    seed: int = 0


@dataclass(slots=True)
class _Counts:
    """What came of the pieces so far."""

    tried: dict[str, int] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)
    unmarked: int = 0
    taken: int = 0
    digests: list[str] = field(default_factory=list)


class Assessing:
    """Tests how well what a model makes is recognised; an assessor as `kept.core.assessment` describes it."""

    def __init__(self, context: Context, settings: Settings, keys: MarkKeys) -> None:
        self._context = context
        self._settings = settings
        self._keys = keys

    def check(self, section: Mapping[str, Any]) -> None:
        """Raises Invalid when a plan's section asks for what this room can't do."""
        read_plan(section)

    async def assess(
        self,
        model: Model,
        section: Mapping[str, Any],
        *,
        by: Actor,
        progress: Progress = silent,
        truth: Mapping[str, Any] | None = None,
        address: str = "",
    ) -> Assessed:
        """Mark every piece under a key made for it, attack it once, look for its mark, and record what came of it.

        Samples that the model made give its coverage, on which C5 rests. Stand-ins are measured once for a version of
        kept, and only where this workspace marks at all; they give an evaluation of the detector alone.
        """
        plans = [read_plan(section)]
        if not section:
            if not self._keys.rows():
                return _nothing("no mark is made here yet: kept provenance keys new")
            plans = [Plan(media=kind, pieces=pieces) for kind, pieces in DEFAULT.items()]
        done = [await self._one(plan, model, by=by, progress=progress, again=bool(section)) for plan in plans]
        indices = tuple(index for one in done for index in one.evidence)
        told = [line for one in done for line in one.summary["told"]]
        return Assessed(ROOM, indices, {**done[0].summary, "told": told})

    async def _one(self, plan: Plan, model: Model, *, by: Actor, progress: Progress, again: bool) -> Assessed:
        """Measure one kind of media, unless that was done and isn't to be done `again`."""
        if not again and (known := self._recent(plan.media)) is not None:
            told = f"marks on {CALLED[plan.media]} were measured in entry {known}, by this version"
            return Assessed(ROOM, (), {"told": [told]})
        counts = await self._measured(plan, progress)
        return self._recorded(plan, counts, model, by=by)

    async def _measured(self, plan: Plan, progress: Progress) -> _Counts:
        kind, gate = KINDS[plan.media](self._context.backends), self._settings.gate
        names = plan.attacks or tuple(kind.attacks)
        counts, key = _Counts(), MarkKey("evaluation", self._context.entropy(32))
        for at, piece in enumerate(self._pieces(plan, kind)):
            name = names[at % len(names)]
            payload = Payload(0, int.from_bytes(self._context.entropy(8)) >> (64 - CONTENT_BITS))
            found = kind.found(kind.attacked(piece, payload, key, name, seed=plan.seed + at), key, gate=gate)
            counts.tried[name] = counts.tried.get(name, 0) + 1
            counts.found[name] = counts.found.get(name, 0) + (found is not None and found.payload == payload)
            counts.unmarked += 1
            counts.taken += kind.found(piece, key, gate=gate) is not None
            counts.digests.append(kind.digest(piece))
            progress(at + 1, plan.pieces, name)
            # Whoever waits for a model, or for Ctrl-C, has a turn between two pieces.
            await asyncio.sleep(0)
        return counts

    def _pieces(self, plan: Plan, kind: Measured) -> Iterator[Any]:
        """Each piece."""
        if not plan.samples:
            yield from (kind.drawn(plan.seed + at) for at in range(plan.pieces))
            return
        places: Places = load(self._context.backends["place"]["any"])
        found = (each.place for each in places.find(plan.samples) if not each.trouble)
        fitting = [place for place in found if (media.named(place) or "").startswith(f"{plan.media}/")][: plan.pieces]
        if len(fitting) < plan.pieces:
            raise NotFound(
                f"{plan.samples} holds {len(fitting)} {CALLED[plan.media]}; {plan.pieces} are measured.",
                code="assess.samples",
                hint="Give more pieces that the model made (links are not followed), or measure fewer: pieces. C5 asks "
                "for 100.",
            )
        for place in fitting:
            yield kind.opened(places.read(place, limit=media.LIMITS.bytes))

    def _recorded(self, plan: Plan, counts: _Counts, model: Model, *, by: Actor) -> Assessed:
        stated = {
            "evaluation": f"e-{self._context.entropy(8).hex()}",
            "media": plan.media,
            "algorithm": ALGORITHMS[plan.media],
            "level": LEVEL,
            "issued": format_time(self._context.clock()),
            "by": by.id,
        }
        n, found = sum(counts.tried.values()), sum(counts.found.values())
        drafts = [Draft(_evaluation(plan, counts, stated, gate=self._settings.gate))]
        if plan.samples:
            coverage = ProvenanceCoverage.of(
                **stated,
                model=model.identity.id,
                attacks=tuple(counts.tried),
                n=n,
                found=found,
                low=(figure := share(found, n, level=LEVEL)).low,
                estimate=figure.document(),
                user_data=False,
            )
            drafts.append(Draft(coverage.to_statement(model_name=model.identity.name), model=model.identity.id))
        receipts = self._context.ledger.record(drafts, by=by)
        sample = "samples of the model" if plan.samples else "stand-ins, which say nothing about the model"
        told = (
            f"marks: {found:,} of {n:,} {CALLED[plan.media]} found again after one attack each ({sample}); "
            f"{counts.taken:,} of {counts.unmarked:,} unmarked ones taken for marked"
        )
        indices = tuple(receipt.index for receipt in receipts)
        return Assessed(ROOM, indices, {"told": [told], "n": n, "found": found, "sample": sample})

    def _recent(self, kind: str) -> int | None:
        """Where this version of kept was last measured on stand-ins of that kind, if that is not stale."""
        index, now = None, self._context.clock()
        for recorded in self._context.ledger.statements(detector_evaluation.TYPE):
            said = recorded.predicate or {}
            known = (said.get("software"), said.get("sample"), said.get("media"))
            if known == (_software(), "stand-ins", kind):
                from kept.core.commitments import fields

                issued = fields.time(str(said.get("issued")))
                index = recorded.index if issued and (now - issued).days < DAYS else index
        return index


def read_plan(section: Mapping[str, Any]) -> Plan:
    """The section, checked. Raises Invalid, naming what is wrong in it."""
    unknown = sorted(set(section) - KEYS)
    if unknown:
        raise _wrong(f"it has no {unknown[0]!r}; it takes {', '.join(sorted(KEYS))}")
    plan = Plan(**{**section, "attacks": tuple(_texts(section.get("attacks", ())))})
    if not isinstance(plan.media, str):
        raise _wrong("media is a word")
    if not isinstance(plan.samples, str):
        raise _wrong("samples is a folder")
    for name, least in (("pieces", 1), ("seed", 0)):
        value = getattr(plan, name)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MOST:
            raise _wrong(f"{name} is a whole number from {least} to {MOST}")
    if plan.media not in ATTACKS:
        raise _wrong(f"media is one of {', '.join(ATTACKS)}")
    try:
        known = load(ATTACKS[plan.media])
    except Unavailable:
        # Whether an attack is known shows only once the extra is installed; to run without it is refused then.
        return plan
    for name in plan.attacks:
        if name not in known:
            raise _wrong(f"there is no attack {name!r}; known: {', '.join(known)}")
    return plan


def _texts(value: object) -> Sequence[str]:
    if not isinstance(value, Sequence) or isinstance(value, str) or not all(isinstance(each, str) for each in value):
        raise _wrong("attacks is a list of names")
    return value


def _evaluation(plan: Plan, counts: _Counts, stated: Mapping[str, Any], *, gate: float) -> Any:
    shares = {name: share_document(counts.found[name], n, level=LEVEL) for name, n in counts.tried.items()}
    made = DetectorEvaluation.of(
        **stated,
        sample="given" if plan.samples else "stand-ins",
        software=_software(),
        gate=gate,
        keys=1,
        attacks=[{"attack": name, **each} for name, each in shares.items()],
        overall=share_document(sum(counts.found.values()), sum(counts.tried.values()), level=LEVEL),
        unmarked=share_document(counts.taken, counts.unmarked, level=LEVEL),
    )
    whole = hashlib.sha256("\n".join(counts.digests).encode()).hexdigest()
    return made.to_statement(digest=whole)


def _software() -> str:
    return f"kept {version('kept')}"


def _nothing(why: str) -> Assessed:
    return Assessed(ROOM, (), {"told": [f"marks: not measured; {why}"]})


def _wrong(what: str) -> Invalid:
    return Invalid(f"The provenance section of the plan: {what}.", code="plan.provenance")
