"""Reads what the makers of a programme write in TOML, and computes the digests that reports are bound to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from kept.core import canonical
from kept.errors import Invalid
from kept.practices.disclosure.methods.replay.offers import ATTEMPTS, LEVELS, TRIES, check_offers
from kept.practices.disclosure.methods.written import first_wrong, read_toml
from kept.practices.disclosure.records import SEVERITIES, Contest, Draft, Model, Prize, Severity, Terms
from kept.practices.disclosure.records.replays import Judging
from kept.predicates.predicate import Day, Line, Prose

LIMIT = 256 * 1024

_Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
_Tag = Annotated[str, Field(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")]
_Contact = Annotated[
    str, Field(pattern=r"^(mailto:[^\s@<>]+@[^\s@<>]+|https://[^\s<>]+|tel:\+?[0-9-]+)$", max_length=500)
]
_Amount = Annotated[int, Field(strict=True, ge=0, le=10**12)]
_Days = Annotated[int, Field(strict=True, ge=1, le=3650)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Scope(_Part):
    models: tuple[Line, ...] = Field(min_length=1, max_length=100)
    included: tuple[Line, ...] = Field(min_length=1, max_length=100, alias="in")
    excluded: tuple[Line, ...] = Field(default=(), max_length=100, alias="out")


def _whole_percent(value: float) -> float:
    if round(value * 100) / 100 != value:
        raise ValueError("is no whole percent")
    return value


def _offered(level: float) -> float:
    if level not in LEVELS:
        raise ValueError(f"is none of {', '.join(f'{each:g}' for each in LEVELS)}")
    return level


class _Reward(_Part):
    amount: _Amount
    replays: Annotated[int, Field(strict=True, ge=1, le=ATTEMPTS)]
    threshold: Annotated[float, Field(ge=0.05, le=0.95), AfterValidator(_whole_percent)]


class _Replay(_Part):
    judge: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")] = "exact-card"
    judge_model: Annotated[str, Field(max_length=256)] = ""
    system: Annotated[str, Field(max_length=20_000)] = ""
    temperature: Annotated[float, Field(ge=0, le=10)] | None = None
    max_tokens: Annotated[int, Field(strict=True, ge=1, le=100_000)] | None = None
    requests: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] = 2_000
    tokens: Annotated[int, Field(strict=True, ge=1, le=10**9)] = 2_000_000
    seconds: Annotated[int, Field(strict=True, ge=1, le=604_800)] = 7_200


class _Contest(_Part):
    id: _Name
    title: Line
    opens: Day
    closes: Day
    rules: Prose
    prizes: tuple[_Amount, ...] = Field(default=(), max_length=64)


class _Written(_Part):
    name: _Name
    title: Line
    contact: _Contact
    languages: tuple[_Tag, ...] = Field(min_length=1, max_length=64)
    scope: _Scope
    rules: Prose
    safe_harbour: Prose
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    rewards: Mapping[Severity, _Reward] = Field(min_length=1)
    level: Annotated[float, Field(ge=0.9, le=0.99), AfterValidator(_offered)] = 0.95
    submissions: Annotated[int, Field(strict=True, ge=1, le=TRIES)] = 3
    replay: _Replay = _Replay()
    budget: _Amount = 0
    two_people_above: _Amount = 0
    acknowledge_days: _Days = 3
    assess_days: _Days = 14
    fix_days: _Days = 60
    publish_days: _Days = 90
    contests: tuple[_Contest, ...] = Field(default=(), max_length=64)


def read_draft(data: bytes, *, where: str) -> Draft:
    """The programme written in TOML of at most 256 KiB. Raises Invalid, naming `where` and what is wrong in it."""
    if len(data) > LIMIT:
        raise Invalid(f"{where} has {len(data)} bytes; at most {LIMIT} are read.", code="programme.too-large")
    try:
        written = _Written.model_validate(read_toml(data))
    except (ValidationError, ValueError) as error:
        raise Invalid(
            f"{where} is no programme: {first_wrong(error)}.",
            code="programme.malformed",
            hint="Begin with the example: kept disclosure programme example",
        ) from error
    draft = _draft(written)
    _check(draft, where)
    _check_budget(draft, where)
    return draft


def draft_of(document: Mapping[str, Any]) -> Draft:
    """The draft that `Draft.document` gave, read back from the store."""
    values = dict(document)
    terms = tuple(Terms(**each) for each in values.pop("terms"))
    contests = tuple(
        Contest(**{**each, "prizes": tuple(Prize(**prize) for prize in each["prizes"])})
        for each in values.pop("contests")
    )
    lists: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    replay = Judging(**lists.pop("replay", {}))
    return Draft(**lists, terms=terms, contests=contests, replay=replay)


def digest_of(value: Any) -> str:
    """ "sha256:<hex>" of a text's UTF-8, or of the canonical JSON of anything else."""
    data = value.encode() if isinstance(value, str) else canonical.encode(value)
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def scope_document(draft: Draft, scope: tuple[Model, ...]) -> dict[str, Any]:
    """What is in scope, as plain JSON values: the models by their identities, and what is asked for and not."""
    return {"in": draft.in_scope, "models": [asdict(each) for each in scope], "out": draft.out_of_scope}


def published_document(draft: Draft, scope: tuple[Model, ...], *, version: int, active: bool) -> dict[str, Any]:
    """All that a version publishes, as plain JSON values; its digest stands in the statements."""
    written = {name: value for name, value in draft.document().items() if name not in _IN_SCOPE}
    return {**written, "active": active, "scope": scope_document(draft, scope), "version": version}


def broken_contest(before: Sequence[Contest], after: Sequence[Contest], *, today: str) -> Contest | None:
    """The contest that has begun by a day, of which a new version changes what it promised, or that it leaves out
    before its last day is over.
    """
    known = {each.id: each for each in after}
    for each in before:
        now = known.get(each.id)
        kept = now is not None and (now.opens, now.closes, now.prizes) == (each.opens, each.closes, each.prizes)
        if each.opens <= today and not kept and (now is not None or today <= each.closes):
            return each
    return None


_IN_SCOPE = frozenset({"models", "in_scope", "out_of_scope"})


def _draft(written: _Written) -> Draft:
    plain = {
        name: getattr(written, name)
        for name in _Written.model_fields
        if name not in ("scope", "rewards", "contests", "replay")
    }
    return Draft(
        **plain,
        models=written.scope.models,
        replay=Judging(**written.replay.model_dump()),
        in_scope=written.scope.included,
        out_of_scope=written.scope.excluded,
        terms=tuple(
            Terms(name, **written.rewards[name].model_dump()) for name in SEVERITIES if name in written.rewards
        ),
        contests=tuple(
            Contest(
                **each.model_dump(exclude={"prizes"}),
                prizes=tuple(Prize(place, amount) for place, amount in enumerate(each.prizes, start=1)),
            )
            for each in written.contests
        ),
    )


def _check(draft: Draft, where: str) -> None:
    wrong = ""
    if len(set(draft.models)) != len(draft.models):
        wrong = "scope.models names one twice"
    elif len({each.id for each in draft.contests}) != len(draft.contests):
        wrong = "two contests have one id"
    elif late := next((each for each in draft.contests if each.closes < each.opens), None):
        wrong = f"the contest {late.id!r} closes before it opens"
    elif draft.replay.judge == "exact-card" and "{{card}}" not in draft.replay.system:
        wrong = "the judge exact-card looks for a sealed card, and replay.system doesn't tell the model {{card}}"
    elif falling := _falling(draft):
        wrong = f"a weakness that is {falling} earns less than a lesser one"
    if wrong:
        raise Invalid(f"{where} is no programme: {wrong}.", code="programme.malformed")
    check_offers(draft)


def _check_budget(draft: Draft, where: str) -> None:
    """Raises Invalid where the budget holds less than the greatest reward, or than all prizes together.

    Such a reward could be paid to nobody, and of such prizes not all: whoever reads the offer is promised them.
    """
    greatest = max(draft.terms, key=lambda each: each.amount)
    prizes = sum(prize.amount for contest in draft.contests for prize in contest.prizes)
    for offered, what in ((greatest.amount, f"rewards.{greatest.severity}.amount is"), (prizes, "all prizes make")):
        if offered > draft.budget:
            raise Invalid(
                f"{where} promises more than it can pay: budget is {draft.budget} {draft.currency}, and {what} "
                f"{offered} {draft.currency}.",
                code="programme.budget",
                hint=f"Write budget = {offered} or more, or promise less.",
            )


def _falling(draft: Draft) -> Literal["low", "medium", "high", "critical", ""]:
    most = 0
    for each in draft.terms:
        if each.amount < most:
            return each.severity
        most = each.amount
    return ""
