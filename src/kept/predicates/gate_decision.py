"""The recorded answer of the gate: whether a model may be released, by which policy, and every reason against it."""

import hashlib
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from kept.core.canonical import encode
from kept.core.statement import Statement, Subject
from kept.predicates.campaign_plan import Name
from kept.predicates.predicate import Digest, Index, Line, Number, Part, Predicate, Text, Time, Whole

TYPE = "https://kept.example/predicates/gate-decision/v1"

RULES = 1
"""The version of the rules and of the words of the reasons; a decision by other rules can't be computed again."""

Rate = Annotated[float, Field(ge=0, le=1)]


class Bound(Part):
    """The rate under which every estimate of a domain, or of one of its cells, has to lie, with every doubt against it.

    `confidence` is the least level at which that must hold.
    """

    domain: Name
    strategy: Name | None = None
    language: Name | None = None
    at_most: Rate
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95

    @model_validator(mode="after")
    def _a_domain_or_a_cell(self) -> Self:
        if (self.strategy is None) != (self.language is None):
            raise ValueError("a cell is named by its strategy and its language")
        return self


class Policy(Part):
    """What has to hold before a model is released.

    `required` commitments or requirements are met; no domain's rate may exceed `tolerance`; every bound holds, by a
    finished campaign that is at most `fresh_days` old; and compared with the release before it, no cell regresses and
    no domain is worse by more than `worsening` (a difference of rates, with every doubt against it).
    """

    required: Annotated[tuple[Line, ...], Field(max_length=64)] = ()
    tolerance: Rate | None = None
    fresh_days: Annotated[int, Field(strict=True, ge=1, le=3650), Whole] | None = None
    bounds: Annotated[tuple[Bound, ...], Field(max_length=256)] = ()
    worsening: Rate | None = None

    @property
    def digest(self) -> str:
        """ "sha256:<hex>" of the policy."""
        return "sha256:" + hashlib.sha256(encode(self.model_dump(mode="json"))).hexdigest()


class GateDecision(Predicate):
    """The gate is open where nothing stands against a release, else closed.

    It was judged by the policy, the rules of the version `rules` and the catalog of promises with the digest `catalog`,
    on the first `size` entries of the log, at `issued`.
    """

    of_type: ClassVar[str] = TYPE
    called: ClassVar[str] = "gate decision"

    model: Digest
    decision: Literal["open", "closed"]
    reasons: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=4096)], ...], Field(max_length=4096)]
    policy: Policy
    policy_digest: Digest
    rules: Number
    catalog: Digest
    size: Index
    issued: Time
    by: Text

    @model_validator(mode="after")
    def _for_its_reasons(self) -> Self:
        if (self.decision == "open") == bool(self.reasons):
            raise ValueError("a gate is closed for reasons, and open without any")
        return self

    def to_statement(self, *, model_name: str = "model") -> Statement:
        """The statement whose subject is the model."""
        subject = Subject(model_name, {"sha256": self.model.removeprefix("sha256:")})
        return Statement((subject,), TYPE, self.model_dump(mode="json"))
