"""What an expert says of the evidence in one domain: what was seen, within which limits, and any dissent."""

import itertools
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from kept.predicates.predicate import Index, Text
from kept.predicates.study import Study, Words

TYPE = "https://kept.example/predicates/expert-sign-off/v1"


class ExpertSignOff(Study):
    """The opinion of one expert on one domain; the expert is named as they wish to be named in public.

    `seen` holds the ledger indices of the statements that the expert saw, in rising order.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "expert sign-off"
    advice: ClassVar[str] = "A sign-off names what was seen and its limits; reservations and dissent are written out."

    expert: Text
    organisation: Text
    expertise: Words
    seen: tuple[Index, ...] = Field(min_length=1, max_length=1024)
    limits: Words
    opinion: Literal["supports", "supports with reservations", "dissents"]
    dissent: Annotated[str, Field(max_length=4000)] = ""

    @model_validator(mode="after")
    def _said_in_full(self) -> Self:
        if (self.opinion == "supports") == bool(self.dissent):
            raise ValueError("reservations and dissent are written out, and support without them has none")
        if any(before >= after for before, after in itertools.pairwise(self.seen)):
            raise ValueError("what was seen is listed once each, in rising order")
        return self

    @property
    def sees(self) -> tuple[int, ...]:
        """What the expert saw."""
        return self.seen
