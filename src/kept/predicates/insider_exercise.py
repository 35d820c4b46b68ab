"""An exercise that measured whether insiders who take weights are noticed, and how many innocents are accused."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from kept.core import estimate
from kept.core.statement import Statement, Subject
from kept.predicates.campaign_result import Figure, Rate
from kept.predicates.predicate import Count, Number, Part, Text, Time
from kept.predicates.study import Checked, Level, compare_figures

TYPE = "https://kept.example/predicates/insider-exercise/v1"

ExerciseId = Annotated[str, Field(pattern=r"^x-[0-9a-f]{16}$")]


class Noticed(Part):
    """How many of the attempts one tier noticed; several tiers may notice one."""

    tier: Literal["rule", "queue", "guarantee"]
    noticed: Count


class InsiderExercise(Checked):
    """`attempts` simulated insiders took weights among `innocent` people over `days` days; `noticed` were.

    `budget` is how many alerts a day the ranked queue may raise. `accused` innocent people had an alarm of the tier
    with the guarantee, whose bound is `bound`. Both figures are exact intervals (Clopper and Pearson).
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "insider exercise"

    exercise: ExerciseId
    state: Literal["completed", "abandoned"]
    simulator: Text
    seeds: Count
    days: Number
    budget: Annotated[float, Field(ge=0, le=1e6)]
    attempts: Count
    noticed: Count
    tiers: tuple[Noticed, ...] = Field(max_length=3)
    innocent: Count
    accused: Count
    bound: Rate
    level: Level
    estimate: Figure
    false_alarms: Figure
    issued: Time
    by: Text

    @property
    def figures(self) -> Mapping[str, Any]:
        """The share of attempts that was noticed, and the share of innocents who were accused."""
        return {"estimate": self.estimate.model_dump(), "false_alarms": self.false_alarms.model_dump()}

    def check(self) -> None:
        """Compute both shares again from their counts. Raises Unverified, or Invalid for more than all."""
        noticed = estimate.clopper_pearson(self.noticed, self.attempts, level=self.level)
        accused = estimate.clopper_pearson(self.accused, self.innocent, level=self.level)
        compare_figures(self.figures, {"estimate": noticed, "false_alarms": accused}, self.called)

    def to_statement(self, *, digest: str) -> Statement:
        """The statement whose subject is the exercise, by the SHA-256 (in hex) of what was simulated."""
        return Statement((Subject(self.exercise, {"sha256": digest}),), TYPE, self.model_dump(mode="json"))
