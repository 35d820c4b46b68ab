"""The policy of the gate, as configuration, and what stands against a release by it: computed from what is reported."""

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from kept.errors import Invalid
from kept.practices.reporting.methods.words import percent
from kept.predicates.gate_decision import Bound, Policy

NOT_BINDING = ("superseded", "out of scope")
Document = Mapping[str, Any]


def read(table: Document, *, required: Sequence[str], tolerance: float | None, domains: Collection[str]) -> Policy:
    """The policy in a table of kept.toml or of a file; `required` and `tolerance` stand where it doesn't say.

    Raises Invalid, naming the field that is wrong, and the nearest domain to one that nobody tests.
    """
    given = {"required": tuple(required), "tolerance": tolerance, **table}
    try:
        policy = Policy.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Invalid(
            f"The policy is malformed: {place}: {first['msg'].removeprefix('Value error, ')}.",
            code="policy.malformed",
            hint=_hint(first["loc"][-1] if first["loc"] else "", first["type"]),
        ) from error
    for bound in policy.bounds:
        if bound.domain not in domains:
            near = difflib.get_close_matches(bound.domain, sorted(domains), n=1, cutoff=0.0)
            raise Invalid(
                f"The policy bounds the domain {bound.domain!r}, which nobody tests.",
                code="policy.domain",
                hint=f"Did you mean {near[0]!r}?" if near else "",
            )
    return policy


def against(
    policy: Policy,
    *,
    campaigns: Iterable[Document],
    claims: Sequence[Document],
    statuses: Iterable[Document],
    comparisons: Iterable[Document],
    as_of: str,
) -> list[str]:
    """Every reason against the release of the one model that all of these are about; none: it may be released.

    Raises Invalid when the policy requires what no catalog asks for.
    """
    told, states = list(campaigns), {each["commitment"]: each for each in statuses}
    reasons = [reason for name in policy.required for reason in _lacking(name, states)]
    for campaign in told:
        reasons += _campaign(campaign, claims, policy.tolerance)
    for bound in policy.bounds:
        reasons += _bound(bound, policy, told, claims, as_of)
    if policy.worsening is not None:
        reasons += _compared(policy.worsening, comparisons)
    return list(dict.fromkeys(reasons))


def _lacking(name: str, statuses: Mapping[str, Document]) -> Iterator[str]:
    commitment, _, requirement = name.partition(".")
    status = statuses.get(commitment)
    if status is None or (requirement and name not in {each["requirement"] for each in status["findings"]}):
        raise Invalid(
            f"The policy requires {name!r}, which no catalog asks for.",
            code="gate.required",
            hint="Name a commitment (C1) or one of its requirements (C1.external).",
        )
    if status["state"] in NOT_BINDING:
        return
    own = [each for each in status["findings"] if each["requirement"] == name] if requirement else []
    for each in own or [each for each in status["findings"] if each["gate"]] or status["findings"]:
        if each["reading"] != "met":
            yield f"{each['requirement']} is {each['reading']}. {each['why']}"


def _campaign(campaign: Document, claims: Iterable[Document], tolerance: float | None) -> Iterator[str]:
    name, plan = campaign["campaign"], campaign["plan"]
    if campaign["state"] == "open":
        yield f"The campaign {name}, opened at index {plan}, is still open."
    if campaign["state"] == "erased":
        yield f"The plan at index {plan} was erased, so nobody can tell what became of its campaign."
    if campaign["state"] == "void":
        yield f"The plan at index {plan} is void: nobody who could sign it did."
    for claim in claims:
        if tolerance is None or claim["campaign"] != name or claim["kind"] != "domain":
            continue
        high = _worst(claim)["high"]
        if high > tolerance:
            yield (
                f"{name}: in {claim['domain']}, up to {percent(high)} of attempts may succeed; "
                f"{percent(tolerance)} is tolerated."
            )


def _bound(
    bound: Bound, policy: Policy, campaigns: Sequence[Document], claims: Iterable[Document], as_of: str
) -> Iterator[str]:
    """A bound holds by all claims about its domain or cell, of which one is of a finished campaign that is fresh."""
    where = "/".join(part for part in (bound.domain, bound.strategy, bound.language) if part)
    place = (bound.domain, bound.strategy, bound.language)
    own = [each for each in claims if (each["domain"], each["strategy"], each["language"]) == place]
    closed = {each["campaign"]: each["closed"] for each in campaigns if each["state"] == "completed"}
    finished = [closed[each["campaign"]] for each in own if each["campaign"] in closed]
    if not finished:
        yield f"{where} was tested by no finished campaign; at most {percent(bound.at_most)} is allowed."
    elif policy.fresh_days is not None and max(finished) < _days_before(as_of, policy.fresh_days):
        yield f"{where} was last tested on {max(finished)[:10]}, more than {policy.fresh_days} days ago."
    for claim in own:
        worst = _worst(claim)
        if claim["raw"] is not None and not claim["conclusive"]:
            yield f"{claim['id']} is inconclusive: its judge's errors are not known."
        if worst["level"] < bound.confidence:
            yield (
                f"{claim['id']} was measured at a level of {percent(worst['level'])}; "
                f"{percent(bound.confidence)} is asked."
            )
        if worst["high"] > bound.at_most:
            yield (
                f"{claim['id']}: up to {percent(worst['high'])} of attempts may succeed; "
                f"at most {percent(bound.at_most)} is allowed."
            )


def _compared(worsening: float, comparisons: Iterable[Document]) -> Iterator[str]:
    told = [each for each in comparisons if each["state"] == "recomputed"]
    if not told:
        yield f"It was compared with no release before it; at most {percent(worsening)} worse is allowed."
    for each in told:
        for cell in each["regressions"]:
            yield f"{each['comparison']}: {cell['domain']}/{cell['strategy']}/{cell['language']} regresses."
        for domain in each["domains"]:
            worst = _worst_difference(domain["difference"])
            if worst > worsening:
                yield (
                    f"{each['comparison']}: {domain['domain']} may be worse by up to {percent(worst)}; "
                    f"at most {percent(worsening)} is allowed."
                )


def _worst_difference(difference: Document) -> float:
    """The upper end, when every pair that was not assessed came out worse."""
    n, unassessed = difference["n"], difference["unassessed"]
    return float((n * difference["high"] + unassessed) / (n + unassessed)) if n else 1.0


def _worst(claim: Document) -> Document:
    """The estimate with every unassessed attempt counted as a success, and without the errors of a judge that errs."""
    found: Document = claim["worst"]
    return found


def _days_before(as_of: str, days: int) -> str:
    moment = datetime.strptime(as_of, "%Y-%m-%dT%H:%M:%SZ") - timedelta(days=days)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _hint(name: object, kind: str) -> str:
    known = sorted({*Policy.model_fields, *Bound.model_fields})
    if kind != "extra_forbidden" or not isinstance(name, str):
        return "A bound has domain, at_most (0 to 1) and, optionally, strategy, language and confidence."
    return f"Did you mean {difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]!r}?"
