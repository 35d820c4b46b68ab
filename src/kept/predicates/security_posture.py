"""Where an organisation stands against a published ladder of security levels, measure by measure."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from kept.core.statement import Statement, Subject
from kept.errors import Unverified
from kept.predicates.predicate import Count, Digest, Index, Part, Text, Time, Whole
from kept.predicates.study import Checked, Name

TYPE = "https://kept.example/predicates/security-posture/v1"

HIGHEST = 5
Reached = Annotated[int, Field(strict=True, ge=0, le=HIGHEST), Whole]
Rung = Annotated[int, Field(strict=True, ge=1, le=HIGHEST), Whole]
Standing = Literal["met", "stale", "missing", "contradicted", "not evidenced"]


class Measure(Part):
    """How one measure reads; "not evidenced" is one about which no statement can say anything."""

    id: Name
    level: Rung
    reading: Standing
    evidence: tuple[Index, ...] = Field(max_length=64)


class SecurityPosture(Checked):
    """The readings of every measure at ledger size `size`, and the level that follows from them.

    `catalog` is the SHA-256 of the measures as data. A level is reached only where every measure of it, and of each
    level below it, is met.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "security posture"

    framework: Text
    catalog: Digest
    size: Count
    level: Reached
    measures: tuple[Measure, ...] = Field(min_length=1, max_length=512)
    met: Count
    issued: Time
    by: Text

    @property
    def sees(self) -> tuple[int, ...]:
        """The entries that the readings rest on."""
        return tuple(sorted({index for each in self.measures for index in each.evidence}))

    def check(self) -> None:
        """Raises Unverified where the level, or the number of measures met, does not follow from the readings."""
        met = sum(each.reading == "met" for each in self.measures)
        unheld = any(each.reading == "met" and not each.evidence for each in self.measures)
        if unheld or met != self.met or reached(self.measures) != self.level:
            raise Unverified("A security posture does not follow from its own measures.", code="predicate.posture")

    def to_statement(self) -> Statement:
        """The statement whose subject is the list of measures, by its digest."""
        subject = Subject("measures", {"sha256": self.catalog.removeprefix("sha256:")})
        return Statement((subject,), TYPE, self.model_dump(mode="json"))


def reached(measures: tuple[Measure, ...]) -> int:
    """The highest level of which, and of all below which, there are measures and every one is met; 0 for none."""
    level = 0
    while level < HIGHEST:
        own = [each.reading for each in measures if each.level == level + 1]
        if not own or any(reading != "met" for reading in own):
            break
        level += 1
    return level
