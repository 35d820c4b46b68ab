"""A law that stands in the place of a promise from a day on: the promises were made to last until then."""

from typing import Annotated, ClassVar

from pydantic import Field, field_validator

from kept.core.commitments import catalog, fields
from kept.core.commitments.facts import SUPERSESSION as TYPE
from kept.core.statement import Statement, Subject
from kept.predicates.predicate import Predicate, Text

__all__ = ["TYPE", "Supersession"]


class Supersession(Predicate):
    """From `effective` on, `law` asks for substantially the same as the promise, which then shows as superseded."""

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "supersession"
    advice: ClassVar[str] = "Name the law, where it holds, its address, and the day from which it holds."

    commitment: str
    law: Text
    jurisdiction: Text
    url: Annotated[str, Field(pattern=r"^https://[!-~]+$", max_length=2048)]
    effective: str
    rationale: Annotated[str, Field(min_length=1, max_length=4096)]
    issued: str
    by: Text

    @field_validator("commitment")
    @classmethod
    def _a_promise(cls, value: str) -> str:
        known = [each.id for each in catalog.load()]
        if value not in known:
            raise ValueError(f"{value} is none of {', '.join(known)}")
        return value

    @field_validator("effective")
    @classmethod
    def _a_day(cls, value: str) -> str:
        if fields.date(value) is None:
            raise ValueError("is not a day like 2026-08-02")
        return value

    @field_validator("issued")
    @classmethod
    def _a_time(cls, value: str) -> str:
        if fields.time(value) is None:
            raise ValueError("is not a time like 2026-11-22T07:30:00Z")
        return value

    def to_statement(self) -> Statement:
        """The statement whose subject is the promise, named by its id and the digest of the catalog that holds it."""
        digest = str(catalog.document()["digest"]).removeprefix("sha256:")
        return Statement((Subject(self.commitment, {"sha256": digest}),), TYPE, self.model_dump(mode="json"))
