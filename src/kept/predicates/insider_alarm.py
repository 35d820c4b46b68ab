"""An alarm about someone who handles weights, and what became of it, without a name."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from kept.core.statement import Statement, Subject
from kept.predicates.campaign_result import Rate
from kept.predicates.predicate import Count, Digest, Predicate, Text, Time
from kept.predicates.study import Name

TYPE = "https://kept.example/predicates/insider-alarm/v1"

AlarmId = Annotated[str, Field(pattern=r"^a-[0-9a-f]{16}$")]
Tier = Literal["rule", "queue", "guarantee"]


class InsiderAlarm(Predicate):
    """The state of an alarm; `person` is a salted digest, whose salt stays in the store.

    `tier`: a hard rule, the ranked queue under its daily budget (no statistical claim), or the test that bounds the
    chance of ever alarming on an innocent person by `bound`. `opened_by` people opened the case together.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "insider alarm"

    alarm: AlarmId
    tier: Tier
    reasons: tuple[Name, ...] = Field(min_length=1, max_length=16)
    person: Digest
    state: Literal["raised", "opened", "confirmed", "dismissed"]
    opened_by: Count
    events: Count
    bytes: Count
    bound: Rate | None = None
    since: Time
    issued: Time
    by: Text

    def to_statement(self) -> Statement:
        """The statement whose subject is the person, by a salted digest."""
        subject = Subject(self.alarm, {"sha256": self.person.removeprefix("sha256:")})
        return Statement((subject,), TYPE, self.model_dump(mode="json"))
