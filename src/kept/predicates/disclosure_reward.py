"""A reward for a reported weakness: decided through the gate by people, never beyond the budget, without a name."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from kept.core.statement import Statement, Subject
from kept.predicates.disclosure_programme import Currency, Name
from kept.predicates.predicate import Count, Digest, Index, Number, Text, Time
from kept.predicates.study import Checked

TYPE = "https://kept.example/predicates/disclosure-reward/v1"

RewardId = Annotated[str, Field(pattern=r"^w-[0-9a-f]{16}$")]


class DisclosureReward(Checked):
    """The state of a reward; `report` and `reference` are salted digests, whose salts stay in the store.

    `amount`, `budget` and `committed` are minor units of the `currency` (ISO 4217): `committed` is what the programme
    has promised in all, this reward included, of its `budget`. `replay` is the index of the replay whose gate it went
    through. `approvals` people approved of `required`; `reference` stands for the payment in the books outside.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "disclosure reward"

    reward: RewardId
    kind: Literal["bounty", "prize"]
    state: Literal["approved", "paid", "withdrawn"]
    programme: Name
    report: Digest
    severity: Literal["low", "medium", "high", "critical"]
    replay: Index
    amount: Number
    currency: Currency
    budget: Count
    committed: Count
    required: Annotated[int, Field(strict=True, ge=1, le=8)]
    approvals: Annotated[int, Field(strict=True, ge=1, le=8)]
    reference: Digest | None = None
    issued: Time
    by: Text

    @model_validator(mode="after")
    def _within_the_rules(self) -> Self:
        if self.state == "approved" and self.committed > self.budget:
            raise ValueError("more is promised than the budget holds")
        if self.state != "withdrawn" and self.amount > self.committed:
            raise ValueError("the amount is more than all that is promised")
        if self.approvals < self.required:
            raise ValueError("fewer people approved than it needs")
        if (self.reference is not None) != (self.state == "paid"):
            raise ValueError("a payment has a reference, and nothing else has one")
        return self

    @property
    def figures(self) -> Mapping[str, Any]:
        """The amount, and what is promised in all, in minor units."""
        return {"amount": self.amount, "committed": self.committed}

    @property
    def sees(self) -> tuple[int, ...]:
        """The replay that it rests on."""
        return (self.replay,)

    def to_statement(self) -> Statement:
        """The statement whose subject is the report, by its salted digest."""
        subject = Subject(self.reward, {"sha256": self.report.removeprefix("sha256:")})
        return Statement((subject,), TYPE, self.model_dump(mode="json", exclude_none=True))
