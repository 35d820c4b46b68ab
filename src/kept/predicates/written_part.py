"""A written part of a report: who says what in one of its sections. A newer one takes the place of an older one."""

from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import Field, model_validator

from kept.core.commitments import catalog
from kept.core.statement import Statement, Subject
from kept.predicates.predicate import Day, Line, Predicate, Prose, Text, Time

TYPE = "https://kept.example/predicates/written-part/v1"

Section = Literal[
    "capabilities",
    "limitations",
    "appropriate-use",
    "inappropriate-use",
    "safety-evaluations",
    "adversarial-results",
    "fairness-and-bias",
    "societal-risk",
    "red-teaming-procedures",
    "safety-procedures",
    "reporting-weaknesses",
]
SECTIONS: tuple[Section, ...] = get_args(Section)
ORGANISATION_WIDE: tuple[Section, ...] = ("red-teaming-procedures", "safety-procedures", "reporting-weaknesses")
"""The sections that an organisation may write once for all of its models."""
CONCEALED = ("text",)
"""What is recorded as a salted digest, so that it can be withheld or erased."""


class WrittenPart(Predicate):
    """The text of one section about a model, or (with an empty `model`) about the whole organisation.

    `author` and `role` are as the author gives them; `date` is the day on which it was written. Without its `text`
    the part is withheld, and its section counts as not written.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "written part"

    section: Section
    model: Annotated[str, Field(pattern=r"^(sha256:[0-9a-f]{64})?$")]
    text: Prose | None = None
    author: Line
    role: Line
    date: Day
    issued: Time
    by: Text

    @model_validator(mode="after")
    def _of_a_model(self) -> Self:
        if not self.model and self.section not in ORGANISATION_WIDE:
            raise ValueError(f"the section {self.section} is about a model")
        return self

    def to_statement(self, *, model_name: str = "model") -> Statement:
        """The statement whose subject is the model, or the catalog of promises where it is about the organisation."""
        digest = self.model or str(catalog.document()["digest"])
        subject = Subject(model_name if self.model else "organisation", {"sha256": digest.removeprefix("sha256:")})
        return Statement((subject,), TYPE, self.model_dump(mode="json", exclude_none=True))
