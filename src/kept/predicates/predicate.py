"""What every published predicate shares: frozen, strict about its fields, and read from a statement of its type."""

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kept.core.canonical import encode
from kept.core.statement import Statement
from kept.errors import Invalid

Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Time = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$")]
Text = Annotated[str, Field(min_length=1, max_length=256)]


class Part(BaseModel):
    """A part of a predicate."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Predicate(Part):
    """A predicate of the type `of_type`; `called` names it in words, and `advice` says what to do about a wrong one."""

    of_type: ClassVar[str]
    called: ClassVar[str]
    advice: ClassVar[str] = ""

    @classmethod
    def of(cls, **values: Any) -> Self:
        """The predicate from plain values; raises Invalid, naming the field that is wrong."""
        return cls._read(lambda: cls.model_validate(values))

    @classmethod
    def parse(cls, statement: Statement) -> Self:
        """The predicate of a statement; raises Invalid for another type, or naming the field that is wrong.

        A value of another kind is wrong, also where it could be converted: "64" is no number.
        """
        if statement.predicate_type != cls.of_type:
            raise Invalid(f"The statement is no {cls.called} but a {statement.predicate_type}.", code="predicate.type")
        data = encode(dict(statement.predicate))
        return cls._read(lambda: cls.model_validate_json(data, strict=True))

    @classmethod
    def _read(cls, read: Callable[[], Self]) -> Self:
        try:
            return read()
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(str(part) for part in first["loc"]) or "it"
            raise Invalid(
                f"The {cls.called} is malformed: {place}: {first['msg'].removeprefix('Value error, ')}.",
                code="predicate.malformed",
                hint=cls.advice,
            ) from error
