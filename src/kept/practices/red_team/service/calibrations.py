"""The verbs about judges: which there are, how often they err, and how far they agree with people and one another."""

from collections.abc import Mapping
from functools import partial
from itertools import combinations
from typing import Any

from kept.core.actor import Actor
from kept.core.assessment import Progress
from kept.core.canonical import decode
from kept.core.context import Context, format_time
from kept.core.ledger import Draft
from kept.core.model import Answer
from kept.core.reference import load
from kept.core.store import Store
from kept.practices.red_team import PRACTICE
from kept.practices.red_team.methods import calibration
from kept.practices.red_team.methods.calibration import pair
from kept.practices.red_team.methods.judges import JUDGES, chosen
from kept.practices.red_team.methods.plans import check_places, read_judge
from kept.practices.red_team.ports import LabelFiles
from kept.practices.red_team.records import CalibrationScope, LabelledItem, Labels, Outcome, Verdict
from kept.practices.red_team.service import calibrating, labelled
from kept.practices.red_team.service.calibrating import Sworn, Target
from kept.practices.red_team.service.parties import Cast


def listed() -> tuple[dict[str, Any], ...]:
    """Every judge that a plan may name."""
    return tuple(
        {
            "name": judge.name,
            "version": judge.version,
            "about": judge.about,
            "asks_a_model": judge.asks,
            "rubric": judge.rubric,
            "false_positive_bound": judge.false_positive_bound,
        }
        for judge in JUDGES.values()
    )


def files() -> LabelFiles:
    """How label sets are read and written."""
    found: LabelFiles = load(PRACTICE.backends["labels"]["jsonl"])
    return found


def check(section: Mapping[str, Any], scope: CalibrationScope) -> None:
    """Raises Invalid for a judge or a place that is not known, before anything is asked."""
    read_judge(section)
    check_places({"domain": scope.domain, "strategy": scope.strategy, "language": scope.language})


async def calibrate(
    context: Context,
    labels: Labels,
    target: Target,
    section: Mapping[str, Any],
    scope: CalibrationScope,
    cast: Cast,
    *,
    by: Actor,
    progress: Progress,
) -> dict[str, Any]:
    """Run the label set through the judge, and record what it comes to, with the texts in the store."""
    sworn = Sworn(chosen(read_judge(section)), cast.get("judge"))
    concurrency = context.settings.concurrency if context.settings else 64
    found = await calibrating.verdicts(sworn, labels.items, concurrency=concurrency, progress=progress)
    stated = calibrating.state(
        labels,
        found,
        sworn=sworn,
        scope=scope,
        model=target.id,
        issued=format_time(context.clock()),
        by=by.id,
    )
    draft = Draft(stated.to_statement(model_name=target.name), model=target.id)
    enter = partial(labelled.enter, labels=labels, judge=stated.judge, verdicts=found)
    (receipt,) = context.ledger.record(draft, by=by, rows=enter)
    return {"entry": receipt.index, "name": target.name, **stated.model_dump(mode="json", exclude_none=True)}


def _judge(name: str) -> Any:
    return decode(name.encode(), limit=4096, what="A judge's name in the store")


def _beside(items: tuple[LabelledItem, ...], found: list[tuple[Outcome, str]]) -> dict[str, Any]:
    """A judge beside the people and, for a panel, its members among one another."""
    counts = calibration.tally(items, [Verdict(outcome) for outcome, _ in found])
    members = calibration.among_members([votes for _, votes in found])
    return {
        "agreement": calibration.agreement(counts).document(),
        "among_members": members.document() if members else None,
        "unassessed": counts.unassessed,
    }


def agreement(store: Store, digest: str) -> dict[str, Any]:
    """Agreement among people, of each judge with people, of each pair of judges, and of all judges."""
    whole, told = labelled.labels_of(store, digest)
    items = tuple(LabelledItem(str(at), (), Answer(""), "", labels) for at, labels in enumerate(told))
    said = labelled.verdicts_of(store, whole)
    humans = calibration.among_humans(items)
    outcomes = {name: "".join(outcome for outcome, _ in found) for name, found in said.items()}
    together = calibration.among_members(["".join(votes) for votes in zip(*outcomes.values(), strict=True)])
    return {
        "labels": whole,
        "items": len(items),
        "annotators": len({name for labels in told for name in labels}),
        "among_humans": humans.document() if humans else None,
        "judges": [{"judge": _judge(name), **_beside(items, found)} for name, found in said.items()],
        "pairs": [
            {"judges": [_judge(one), _judge(other)], "agreement": pair(outcomes[one], outcomes[other]).document()}
            for one, other in combinations(outcomes, 2)
        ],
        "among_judges": together.document() if together else None,
    }
