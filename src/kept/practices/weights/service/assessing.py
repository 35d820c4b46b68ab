"""The room's part of `kept assess`: whether the model's weights lie sealed, and how many people open them together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Row, or_, select

from kept.core.actor import Actor
from kept.core.assessment import Assessed, Progress, silent
from kept.core.commitments.facts import PLAN
from kept.core.context import Context, format_time
from kept.core.ledger import Draft
from kept.core.model import Identity, Model
from kept.core.reference import load
from kept.errors import Invalid, NotFound, Unverified
from kept.practices.weights.methods import envelope as envelopes
from kept.practices.weights.records import Settings
from kept.practices.weights.records.exercises import Exercise
from kept.practices.weights.records.sealed import VerifiedWeights
from kept.practices.weights.service.exercising import MOST, RUNS
from kept.practices.weights.service.leasing.keks import Keks
from kept.practices.weights.service.sealing import Sealing
from kept.practices.weights.service.tables.sealing import FILES
from kept.predicates import insider_exercise
from kept.predicates.weights_custody import WeightsCustody

ROOM = "weights"
KEYS = frozenset({"runs"})
DAYS = 180
Scheme = Literal["file", "pkcs11", "awskms", "vault"]


class Assessing:
    """Tests how a model's weights are kept; an assessor as `kept.core.assessment` describes it."""

    def __init__(self, context: Context, settings: Settings, exercise: Callable[..., Exercise]) -> None:
        self._context = context
        self._settings = settings
        self._exercise = exercise

    def check(self, section: Mapping[str, Any]) -> None:
        """Raises Invalid when a plan's section asks for what this room can't do."""
        if unknown := sorted(set(section) - KEYS):
            raise Invalid(
                f"The weights section of the plan has no {unknown[0]!r}.",
                code="plan.weights",
                hint="It takes runs, of the insider exercise.",
            )
        runs = section.get("runs", RUNS)
        if isinstance(runs, bool) or not isinstance(runs, int) or not 0 <= runs <= MOST:
            raise Invalid(
                f"The weights section of the plan: runs are a whole number from 0 to {MOST:,}.", code="plan.weights"
            )

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
        """Check every byte of every sealed file of the model's weights, and record what holds for all of them.

        They are the model's by the digest of its weights, or since they were sealed as its own. Where none was sealed,
        or none is in its place, nothing is recorded: the promise then lacks its evidence, and nothing denies it. Where
        some were, insiders are simulated as well, unless that was done within 180 days and the plan asks for no runs.
        """
        self.check(section)
        identity = model.identity
        rows = self._files(identity)
        if not rows:
            return _told((), f"no sealed file here holds the weights of {identity.name}: kept weights seal")
        indices, lines = self._checked(identity, rows, by=by, progress=progress)
        if section.get("runs", RUNS) and ("runs" in section or not self._exercised()):
            done = self._exercise(runs=section.get("runs", RUNS), by=by, progress=progress)
            indices.append(done.recorded)
            lines.append(
                f"insider exercise: {done.noticed} of {done.attempts} simulated thefts noticed, {done.accused} of "
                f"{done.innocent} honest people accused"
            )
        return _told(tuple(indices), *lines)

    def _checked(
        self, identity: Identity, rows: Sequence[Row[Any]], *, by: Actor, progress: Progress
    ) -> tuple[list[int], list[str]]:
        """The entries about each set of weights, and the same for people."""
        indices, lines = [], []
        for at, (weights, files) in enumerate(_by_weights(rows), start=1):
            progress(at, len(rows), "sealed weights")
            said, line = self._custody(identity, weights, files, by=by)
            lines.append(line)
            if said is not None:
                drafts = [
                    Draft(said.model_copy(update={"model": model}).to_statement(name=name), model=model)
                    for model, name in self._same(identity).items()
                ]
                indices += [each.index for each in self._context.ledger.record(drafts, by=by)]
        return indices, lines

    def _same(self, identity: Identity) -> dict[str, str]:
        """The model, and whatever was tested with the same weights otherwise set up, each by its id and name."""
        found = {identity.id: identity.name}
        if identity.established == "weights digest":
            for each in self._context.ledger.statements(PLAN):
                tested = (each.predicate or {}).get("model")
                if isinstance(tested, Mapping) and _is_of(tested, identity.evidence):
                    found[each.entry.model] = str(tested.get("name", identity.name))
        return found

    def _exercised(self) -> bool:
        """Whether an exercise was completed lately."""
        since = format_time(self._context.clock() - timedelta(days=DAYS))
        said = [each.predicate or {} for each in self._context.ledger.statements(insider_exercise.TYPE)]
        return any(each.get("state") == "completed" and str(each.get("issued", "")) >= since for each in said)

    def _files(self, identity: Identity) -> Sequence[Row[Any]]:
        digest = identity.evidence.removeprefix("sha256:") if identity.established == "weights digest" else ""
        own = or_(FILES.c.model == identity.id, FILES.c.weights == digest)
        with self._context.store.read() as connection:
            return connection.execute(select(FILES).where(own).order_by(FILES.c.weights, FILES.c.file)).all()

    def _custody(
        self, identity: Identity, weights: str, rows: Sequence[Row[Any]], *, by: Actor
    ) -> tuple[WeightsCustody | None, str]:
        """What is said of one set of weights, and the same for people; nothing is said of what isn't in its place."""
        found: list[VerifiedWeights] = []
        people: list[tuple[int, int, Scheme]] = []
        try:
            for row in rows:
                found.append(self._verified(row.place, weights))
                people.append(self._people(row.place))
        except NotFound as error:
            return None, f"not checked: {error.message}"
        except Unverified as error:
            return self._said(identity, weights, rows, found, [(0, 0, "file")], by=by), f"NOT whole: {error.message}"
        said = self._said(identity, weights, rows, found, people, by=by)
        return said, (
            f"{len(found)} sealed, every byte as it was signed; {said.people_required} of {said.custodians} people "
            "open them together"
        )

    def _verified(self, place: str, weights: str) -> VerifiedWeights:
        trust = self._context.workspace.trust_file.read_bytes()
        found = Sealing.verify(place, trust=trust)
        if found.sha256 != weights:
            raise Unverified(f"{place} holds other weights than were sealed there.", code="custody.other")
        return found

    def _people(self, place: str) -> tuple[int, int, Scheme]:
        """How many of how many open a file, and where the key lies that wraps the other half of its own."""
        envelope = envelopes.parse(load(self._context.backends["container"]["describe"])(Path(place)).envelope)
        uris = {row.key_id: row.uri for row in Keks(self._context, self._settings).rows()}
        scheme: Any = uris.get(envelope.kek, "file:").partition(":")[0]
        return envelope.sharing.threshold, len(envelope.sharing.members), scheme

    def _said(
        self,
        identity: Identity,
        weights: str,
        rows: Sequence[Row[Any]],
        found: Sequence[VerifiedWeights],
        people: Sequence[tuple[int, int, Scheme]],
        *,
        by: Actor,
    ) -> WeightsCustody:
        """Of several copies, the one that fewest people open counts."""
        needed, custodians, key = min(people)
        said = WeightsCustody.of(
            model=identity.id,
            weights=f"sha256:{weights}",
            event="checked",
            sealed=len(found) == len(rows),
            files=tuple(row.file for row in rows),
            bytes=sum(each.bytes for each in found),
            people_required=needed,
            custodians=custodians,
            key=key,
            extent="every byte",
            issued=format_time(self._context.clock()),
            by=by.id,
        )
        said.check()
        return said


def _is_of(tested: Mapping[str, Any], weights: str) -> bool:
    return tested.get("established") == "weights digest" and tested.get("evidence") == weights


def _by_weights(rows: Sequence[Row[Any]]) -> Iterator[tuple[str, list[Row[Any]]]]:
    for weights in dict.fromkeys(row.weights for row in rows):
        yield weights, [row for row in rows if row.weights == weights]


def _told(evidence: tuple[int, ...], *lines: str) -> Assessed:
    return Assessed(ROOM, evidence, {"told": list(lines)})
