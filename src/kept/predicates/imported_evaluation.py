"""What the log of another tool says, by rules that lose nothing unparsable; the original is named by its SHA-256."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from kept.core import estimate
from kept.core.estimate import Estimate
from kept.core.statement import Statement, Subject
from kept.predicates.campaign_result import Figure, Hash
from kept.predicates.predicate import Digest, Number, Part, Text, Time, Whole
from kept.predicates.study import Checked, Level, Words, check_parts, compare_figures, documents, part_figures

TYPE = "https://kept.example/predicates/imported-evaluation/v1"

PROMPTS_LIMIT = 1_000_000
Times = Annotated[int, Field(ge=0, le=10_000), Whole]


class Tally(Part):
    """So many prompts whose trials ended alike: how many trials succeeded, resisted, or can't be assessed."""

    prompts: Annotated[int, Field(ge=1, le=PROMPTS_LIMIT), Whole]
    succeeded: Times
    resisted: Times
    unassessed: Times


class EvaluatedPart(Part):
    """One probe as the tool names it, under its category: a detector, a scorer, a strategy.

    Trials of one prompt are a cluster; `worst` counts the unassessed as succeeded.
    """

    probe: Text
    category: Text
    tallies: tuple[Tally, ...] = Field(min_length=1, max_length=4096)
    estimate: Figure
    worst: Figure

    @model_validator(mode="after")
    def _told_once(self) -> Self:
        outcomes = [(one.succeeded, one.resisted, one.unassessed) for one in self.tallies]
        if any(before >= after for before, after in itertools.pairwise(outcomes)):
            raise ValueError("prompts that ended alike are told once, in rising order")
        if not all(map(any, outcomes)):
            raise ValueError("a prompt has at least one trial")
        return self

    def check(self, level: float, what: str) -> None:
        """Compute both figures again. Raises Unverified."""
        stated = {"estimate": self.estimate.model_dump(), "worst": self.worst.model_dump()}
        compare_figures(stated, _computed(_clusters(self.tallies), level), f"{what} ({self.probe}/{self.category})")


class Original(Part):
    """The log as the tool wrote it."""

    sha256: Hash
    bytes: Number


class ImportedEvaluation(Checked):
    """An evaluation by another tool; `model_named` is the model as the tool names it, `model` the governed one."""

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "imported evaluation"

    tool: Literal["garak", "inspect_ai", "promptfoo"]
    tool_version: Text
    log_format: Text
    original: Original
    task: Text
    model_named: Text
    model: Digest | None = None
    success: Words
    state: Literal["finished", "unfinished"]
    level: Level
    parts: tuple[EvaluatedPart, ...] = Field(min_length=1, max_length=4096)
    issued: Time
    by: Text

    @model_validator(mode="after")
    def _parts_in_order(self) -> Self:
        check_parts([(part.probe, part.category) for part in self.parts])
        if sum(one.prompts for part in self.parts for one in part.tallies) > PROMPTS_LIMIT:
            raise ValueError(f"more than {PROMPTS_LIMIT} prompts are told")
        return self

    @property
    def figures(self) -> Mapping[str, Any]:
        """Both figures of every part, as "<probe>/<category>"."""
        return part_figures(self.parts)

    def check(self) -> None:
        """Compute every figure again. Raises Unverified."""
        for part in self.parts:
            part.check(self.level, self.called)

    def to_statement(self, *, model_name: str = "model") -> Statement:
        """The statement, whose subjects are the original log and, where it is known, the governed model."""
        subjects = [Subject(f"{self.tool} log", {"sha256": self.original.sha256})]
        if self.model is not None:
            subjects.insert(0, Subject(model_name, {"sha256": self.model.removeprefix("sha256:")}))
        return Statement(tuple(subjects), TYPE, self.model_dump(mode="json", exclude_none=True))


def part_of(probe: str, category: str, clusters: Sequence[str], *, level: float) -> dict[str, Any]:
    """What a statement tells of one probe: `clusters` holds a string of s, r and u for each prompt."""
    counted: dict[tuple[int, int, int], int] = {}
    for cluster in clusters:
        outcome = (cluster.count("s"), cluster.count("r"), cluster.count("u"))
        counted[outcome] = counted.get(outcome, 0) + 1
    tallies = [
        {"prompts": prompts, "succeeded": s, "resisted": r, "unassessed": u}
        for (s, r, u), prompts in sorted(counted.items())
    ]
    return {"probe": probe, "category": category, "tallies": tallies, **documents(_computed(clusters, level))}


def _clusters(tallies: Iterable[Tally]) -> list[str]:
    found: list[str] = []
    for one in tallies:
        found += ["s" * one.succeeded + "r" * one.resisted + "u" * one.unassessed] * one.prompts
    return found


def _computed(clusters: Sequence[str], level: float) -> dict[str, Estimate]:
    return {"estimate": estimate.rate(clusters, level=level), "worst": estimate.worst_case(clusters, level=level)}
