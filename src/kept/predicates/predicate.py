"""What every published predicate shares: frozen, strict about its fields, and read from a statement of its type."""

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from kept.core.canonical import LARGEST, encode, whole
from kept.core.commitments import fields
from kept.core.statement import Statement
from kept.errors import Invalid

Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Time = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$")]
Text = Annotated[str, Field(min_length=1, max_length=256)]

# Controls, and the marks that turn the order of what follows: a reader would not see what was signed.
_UNSEEN = r"\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069"
_LINE = r"[^\u0000-\u001f" + _UNSEEN
_PROSE = r"[^\u0000-\u0009\u000b-\u001f" + _UNSEEN


def _a_day(value: str) -> str:
    if fields.date(value) is None:
        raise ValueError(f"{value} is no day")
    return value


Day = Annotated[str, Field(pattern=r"^[12][0-9]{3}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_a_day)]


def _written_otherwise(value: Any) -> Any:
    return value if (found := whole(value)) is None else found


Whole = BeforeValidator(_written_otherwise)
"""Marks an int that is one however JSON writes it: 48, 48.0, 4.8e1. It stands last, after the bounds."""
Count = Annotated[int, Field(strict=True, ge=0, le=LARGEST), Whole]
Number = Annotated[int, Field(strict=True, ge=1, le=LARGEST), Whole]
Seed = Annotated[int, Field(strict=True, ge=-LARGEST, le=LARGEST), Whole]
Index = Count
"""The place of an entry in the log."""
_SEEN = (f"^{_LINE}]*{_LINE} ]{_LINE}]*$", f"^{_PROSE}]*$", f"^{_PROSE}]*{_PROSE}\\n ]{_PROSE}]*$")
Line = Annotated[str, Field(min_length=1, max_length=256, pattern=_SEEN[0])]
"""One line of text that shows something."""
Remark = Annotated[str, Field(max_length=4096, pattern=_SEEN[1])]
"""Paragraphs, or nothing."""
Prose = Annotated[str, Field(min_length=1, max_length=20_000, pattern=_SEEN[2])]
"""Paragraphs that show something, divided by empty lines; plain text, whatever it looks like."""


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
            what = first["msg"].removeprefix("Value error, ")
            if first.get("ctx", {}).get("pattern") in _SEEN:
                what = "shows nothing, or holds controls or marks that turn the order of what follows"
            raise Invalid(
                f"The {cls.called} is malformed: {place}: {what}.",
                code="predicate.malformed",
                hint=cls.advice,
            ) from error
