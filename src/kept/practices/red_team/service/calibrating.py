"""Judges held against people: a label set goes through a judge, and what comes of it is counted and recorded."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kept.core.assessment import Progress
from kept.core.ledger import Ledger
from kept.core.model import Answer, Model, Request
from kept.errors import Invalid, KeptError, Unavailable
from kept.practices.red_team.methods import calibration
from kept.practices.red_team.methods.judges.judge import Case, Judge
from kept.practices.red_team.records import CalibrationScope, LabelledItem, Labels, Verdict
from kept.practices.red_team.service.driver import NOT_TRIED
from kept.predicates import judge_calibration
from kept.predicates.correction import RecordedCalibration
from kept.predicates.judge_calibration import JudgeCalibration

FAILURES = 100  # failed requests to the judge's model that one calibration bears


@dataclass(frozen=True, slots=True)
class Target:
    """The model whose answers were labelled: its id and its name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Sworn:
    """A judge, and the model that it asks, where it asks one."""

    judge: Judge
    model: Model | None

    def document(self) -> dict[str, Any]:
        """Which judge it is, as a calibration states it."""
        identity = self.model.identity.id if self.model is not None and self.judge.asks else None
        return {
            "name": self.judge.name,
            "version": self.judge.version,
            "rubric": self.judge.rubric,
            "model": identity,
        }


def recorded(ledger: Ledger, model: str) -> tuple[RecordedCalibration, ...]:
    """Every calibration on a model, oldest first; an erased one has no fields. Raises Invalid for a malformed one."""
    return tuple(
        RecordedCalibration(each.index, JudgeCalibration.parse(each.statement) if each.statement else None)
        for each in ledger.statements(judge_calibration.TYPE, model=model)
    )


async def verdicts(
    sworn: Sworn, items: Sequence[LabelledItem], *, concurrency: int, progress: Progress
) -> list[Verdict]:
    """What the judge says of each item, in their order.

    A request that fails leaves its item unassessed. Raises what says that the judge's model can't be asked at all, and
    Unavailable where more than `FAILURES` requests failed.
    """
    sitting = _Sitting(sworn, items)
    async with asyncio.TaskGroup() as group:
        for _ in range(min(concurrency, len(items))):
            group.create_task(sitting.work(progress))
    if sitting.halted is not None:
        raise sitting.halted
    return sitting.found


class _Sitting:
    """One run of a label set through a judge."""

    def __init__(self, sworn: Sworn, items: Sequence[LabelledItem]) -> None:
        self._sworn = sworn
        self._items = items
        self._waiting = iter(range(len(items)))
        self._failures = 0
        self.found = [Verdict("u", "not judged")] * len(items)
        self.halted: KeptError | None = None

    async def work(self, progress: Progress) -> None:
        """Judge one item after the other, until none is left or the judge's model can't be asked."""
        for number in self._waiting:
            item = self._items[number]
            try:
                self.found[number] = await _verdict(self._sworn, Case(item.exchange, item.answer, item.token))
            except (Invalid, Unavailable) as error:
                self._failures += 1
                self.found[number] = Verdict("u", error.message)
                if error.code in NOT_TRIED or self._failures > FAILURES:
                    self.halted = self.halted or error
            except KeptError as error:
                self.halted = self.halted or error
            if self.halted is not None:
                return
            progress(number, len(self._items), f"{self._failures} failed")


async def _verdict(sworn: Sworn, case: Case) -> Verdict:
    """One sitting; a failure is told to the judge first, who may go on without that answer."""
    sitting = sworn.judge.sitting(case)
    answer: Answer | None = None
    failure: KeptError | None = None
    while True:
        try:
            request = sitting.throw(failure) if failure else next(sitting) if answer is None else sitting.send(answer)
        except StopIteration as ended:
            verdict: Verdict = ended.value
            return verdict
        answer, failure = await _asked(sworn, request)


async def _asked(sworn: Sworn, request: Request) -> tuple[Answer | None, KeptError | None]:
    if sworn.model is None:
        raise Invalid(f"The judge {sworn.judge.name!r} asks a model, and none is named.", code="judge.no-model")
    try:
        return await sworn.model.answer(request), None
    except (Invalid, Unavailable) as error:
        if error.code in NOT_TRIED:
            raise
        return None, error


def state(
    labels: Labels, found: Sequence[Verdict], *, sworn: Sworn, scope: CalibrationScope, model: str, issued: str, by: str
) -> JudgeCalibration:
    """The calibration that verdicts on a label set come to. Raises Invalid for a scope that is none."""
    counts = calibration.tally(labels.items, found)
    humans = calibration.among_humans(labels.items)
    members = calibration.among_members([each.votes for each in found])
    return JudgeCalibration.of(
        judge=sworn.document(),
        model=model,
        domain=scope.domain,
        strategy=scope.strategy,
        language=scope.language,
        assumption=scope.assumption,
        labels={
            "sha256": labels.sha256,
            "items": len(labels.items),
            "annotators": labels.annotators,
            "disputed": counts.disputed,
            "sampling": scope.sampling,
        },
        true_positives=counts.true_positives,
        positives=counts.positives,
        true_negatives=counts.true_negatives,
        negatives=counts.negatives,
        unassessed=counts.unassessed,
        agreement=calibration.agreement(counts).document(),
        among_humans=humans.document() if humans else None,
        among_members=members.document() if members else None,
        issued=issued,
        by=by,
    )
