"""What is shared: circumvention patterns, AI incidents, notices of dangerous capabilities, and mitigations.

These are the contents of the published STIX extensions; docs/shared-objects.md says what each field means.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator

from kept.errors import Invalid
from kept.predicates.predicate import Count, Line, Part, Remark, Time

FINGERPRINTING: Literal["kept-7gram-1"] = "kept-7gram-1"
SlotKind = Literal["request", "topic", "name", "language", "number", "code"]
Technique = Literal[
    "role-play",
    "instruction-override",
    "hypothetical",
    "encoding",
    "translation",
    "payload-splitting",
    "many-shot",
    "gradual",
    "refusal-suppression",
    "tool-output",
    "adversarial-suffix",
    "other",
]
Domain = Literal[
    "biological",
    "chemical",
    "radiological",
    "cyber",
    "self-replication",
    "tool-use",
    "persuasion",
    "fraud",
    "privacy",
    "child-safety",
    "self-harm",
    "hate",
    "other",
]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$")]
_WRITTEN = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]+$"
Turn = Annotated[str, Field(min_length=1, max_length=8000, pattern=_WRITTEN)]
Coded = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]+={0,2}$", max_length=4096)]


def _a_moment(value: str) -> str:
    datetime.fromisoformat(value)
    return value


Moment = Annotated[Time, AfterValidator(_a_moment)]
"""A time that there is: a notice that is to be answered on the 45th of a month would call nobody."""
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Shared(Part):
    """What an extension holds."""

    @classmethod
    def of(cls, **values: Any) -> Self:
        """The content from plain values; raises Invalid, naming the field that is wrong."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise _invalid(cls.__name__, error) from error

    @classmethod
    def read(cls, data: bytes) -> Self:
        """The content from its JSON, where no value is converted; raises Invalid, naming the field that is wrong."""
        try:
            return cls.model_validate_json(data, strict=True)
        except ValidationError as error:
            raise _invalid(cls.__name__, error) from error


def _invalid(kind: str, error: ValidationError) -> Invalid:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or kind
    return Invalid(f"{kind}: {where}: {first['msg']}.", code="object.malformed")


class Rate(Part):
    """A share that was measured, with its interval: `n` trials, by a named method, at a level as 0.95."""

    value: Share
    low: Share
    high: Share
    level: float = Field(gt=0, lt=1)
    n: Count
    method: Line

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.low <= self.value <= self.high:
            raise ValueError("the value is outside its interval")
        return self


class Slot(Shared):
    """A place in a template, written {name}; its examples are harmless placeholders that every reader has."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")
    kind: SlotKind
    examples: tuple[str, ...] = Field(min_length=1, max_length=8)


class Circumvention(Shared):
    """How safeguards are circumvented: what the user's turns say, with slots where the user's own matter was.

    `sketch` and `minhash` are fingerprints of the turns with each slot's first example in its place.
    """

    extension_type: Literal["property-extension"] = "property-extension"
    technique: Technique
    turns: tuple[Turn, ...] = Field(min_length=1, max_length=16)
    slots: tuple[Slot, ...] = Field(default=(), max_length=16)
    languages: tuple[Language, ...] = Field(min_length=1, max_length=8)
    domains: tuple[Domain, ...] = Field(default=(), max_length=8)
    fingerprinting: Literal["kept-7gram-1"] = FINGERPRINTING
    sketch: Coded
    minhash: Coded


class Incident(Shared):
    """Something that happened with an AI system: harm done, or nearly."""

    extension_type: Literal["property-extension"] = "property-extension"
    system: Line
    realised: bool
    severity: Literal["unknown", "low", "medium", "high", "critical"]
    harms: tuple[Domain, ...] = Field(min_length=1, max_length=8)
    status: Literal["open", "contained", "resolved"]
    started: Moment
    affected: Count | None = None
    response: Remark = ""


class CapabilityNotice(Shared):
    """A model can do something dangerous, how that was measured, and until when receivers are to acknowledge it."""

    domain: Domain
    system: Line
    urgency: Literal["immediate", "prompt", "routine"]
    finding: Literal["observed", "suspected", "ruled-out"]
    acknowledge_by: Moment
    emergent: bool
    measured: Rate | None = None


class Mitigation(Shared):
    """What helps against a circumvention or an incident, and what it cost."""

    extension_type: Literal["property-extension"] = "property-extension"
    measure: Literal[
        "training", "system-prompt", "input-filter", "output-filter", "access", "monitoring", "rate-limit", "other"
    ]
    system: Line
    before: Rate | None = None
    after: Rate | None = None
    over_refusal: Rate | None = None


class ReplaySighting(Shared):
    """How often a shared pattern worked when a receiver replayed it: `low` and `high` limit the share of successes.

    `bound` is the lower bound of the rate at which it truly works, with the judge's errors carried along.
    """

    extension_type: Literal["property-extension"] = "property-extension"
    trials: Count
    successes: Count
    low: Share
    high: Share
    bound: Share
    level: float = Field(gt=0, lt=1)
    method: Line
    judge: Line
    system: Line | None = None


Content = Circumvention | Incident | CapabilityNotice | Mitigation


@dataclass(frozen=True, slots=True)
class Reference:
    """A technique of ATLAS, an outcome of the NIST AI RMF, or any other source that names what it says."""

    source: str
    id: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class SharedObject:
    """An object with its extension. Times are STIX timestamps; `markings` are ids of marking definitions."""

    id: str
    created: str
    modified: str
    name: str
    description: str
    content: Content
    created_by: str = ""
    markings: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
