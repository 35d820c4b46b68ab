"""From committed records to everything that a report says: pure, and the only source of its figures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Protocol

from kept.core.commitments import catalog, facts, rule
from kept.core.commitments.facts import Fact
from kept.practices.reporting.methods import audit
from kept.practices.reporting.methods import campaigns as campaign_rules
from kept.practices.reporting.methods.campaigns import Campaign
from kept.practices.reporting.methods.comparisons import comparisons
from kept.practices.reporting.methods.coverage import coverage
from kept.practices.reporting.methods.governance import govern, reports
from kept.practices.reporting.methods.sharing import sharing
from kept.practices.reporting.methods.studies import studies
from kept.practices.reporting.records import Known
from kept.predicates import campaign_result
from kept.predicates.outcomes import Derived, is_control

SELF, THIRD_PARTY, REPRODUCED = "self", "third party", "reproduced"


@dataclass(frozen=True, slots=True)
class Derivation:
    """What follows from the statements: the campaigns, each promise's status for each model, and the report's part."""

    campaigns: tuple[Campaign, ...]
    statuses: tuple[rule.Status, ...]
    document: Mapping[str, Any]


class Derive(Protocol):
    """Makes everything that a report says beyond its evidence, as `derive` does."""

    def __call__(self, known: Sequence[Known], outcomes: Mapping[str, bytes], *, as_of: str) -> Derivation:
        """From what is known and the outcome files."""
        ...


def derive(known: Sequence[Known], outcomes: Mapping[str, bytes], *, as_of: str) -> Derivation:
    """Everything that the report says beyond its evidence.

    Raises Unverified where statements, outcomes and stated figures contradict one another, and Invalid for
    malformed ones.
    """
    found = campaign_rules.gather(known)
    campaign_rules.check_readable(found, outcomes)
    calibrations = campaign_rules.calibrations(known)
    found = tuple(audit.recompute(each, outcomes[each.id], calibrations) if each.result else each for each in found)
    assurances = _assurances(found)
    models = _models(known, found)
    ids = [model["id"] for model in models]
    reported = reports(known)
    stating = {each.known.index: each.stated for each in reported}
    statuses = _statuses(known, ids, assurances, stating, as_of=as_of)
    stated = [status.document() for status in statuses]
    shown = [_campaign(each) for each in found]
    claims = [claim for each in found for claim in _claims(each, assurances, as_of=as_of)]
    matrices = [coverage(model["id"], [each for each in found if each.model == model["id"]]) for model in models]

    def statuses_at(model: str, size: int, moment: str) -> list[dict[str, Any]]:
        held = _assurances([_until(each, size) for each in found if each.index < size])
        return [each.document() for each in _statuses(known[:size], [model], held, stating, as_of=moment)]

    compared = comparisons(known, found, outcomes)
    governed = govern(
        known,
        found,
        statuses,
        reported,
        models=ids,
        shown=shown,
        claims=claims,
        comparisons=compared["comparisons"],
        statuses_at=statuses_at,
        as_of=as_of,
    )
    document = {
        "models": models,
        "void": [each.index for each in known if each.void],
        "statuses": stated,
        "campaigns": shown,
        "coverage": matrices,
        "claims": claims,
        "studies": studies(known),
        "sharing": sharing(known),
        **governed,
        **compared,
    }
    return Derivation(found, statuses, document)


def _until(campaign: Campaign, size: int) -> Campaign:
    """The campaign as the first entries of the log tell of it."""
    later = campaign.result_index is not None and campaign.result_index >= size
    return replace(campaign, result=None, result_index=None, domains=(), cells=()) if later else campaign


def _models(known: Sequence[Known], campaigns: Sequence[Campaign]) -> list[dict[str, Any]]:
    identities = {each.model: each.plan.model for each in campaigns if each.plan is not None}
    named: dict[str, str] = {}
    for each in known:
        if each.model and not named.get(each.model):
            named[each.model] = next(iter(each.names), "")
    return [_model(model, name, identities.get(model, {})) for model, name in named.items()]


def _model(id: str, name: str, identity: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": id,
        "name": identity.get("name") or name or id,
        "established": identity.get("established", "unknown"),
        "evidence": identity.get("evidence", ""),
        "identity": dict(identity),
    }


def _statuses(
    known: Sequence[Known],
    models: Sequence[str],
    assurances: Mapping[str, str],
    stated: Mapping[int, Mapping[str, bool]],
    *,
    as_of: str,
) -> tuple[rule.Status, ...]:
    held = [_fact(each, assurances, stated.get(each.index, {})) for each in known]
    moment = datetime.strptime(as_of, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return tuple(
        rule.status(commitment, held, model=model, as_of=moment, decisions=held)
        for model in models or [""]
        for commitment in catalog.load()
    )


def _fact(each: Known, assurances: Mapping[str, str], stated: Mapping[str, bool]) -> Fact:
    """The fact of a statement; `stated` is what a release report still states, whatever it said when it was signed."""
    assurance = THIRD_PARTY if each.roles and "provider" not in each.roles else SELF
    if each.predicate == campaign_result.TYPE and each.fields is not None:
        assurance = assurances.get(str(each.fields.get("campaign")), SELF)
    fields = None if each.fields is None else {**each.fields, **stated}
    return facts.extract(each.predicate, fields, index=each.index, model=each.model, assurance=assurance)


def _assurances(campaigns: Sequence[Campaign]) -> dict[str, str]:
    """By campaign: who stands behind it, and whether somebody else found the same."""
    closed = [each for each in campaigns if each.result is not None]
    groups: dict[tuple[str, bytes], list[Campaign]] = {}
    for each in closed:
        if each.state == "completed":
            groups.setdefault(each.sameness, []).append(each)
    found = {each.id: THIRD_PARTY if each.third_party else SELF for each in closed}
    for group in groups.values():
        for each in group:
            if any(_reproduces(each, other) for other in group):
                found[each.id] = REPRODUCED
    return found


def _reproduces(one: Campaign, other: Campaign) -> bool:
    """Two campaigns by different actors, at least one a third party, whose intervals overlap in every domain."""
    if one.actors & other.actors or not (one.third_party or other.third_party):
        return False
    theirs = {each.domain: each.estimate for each in other.domains}
    return set(theirs) == {each.domain for each in one.domains} and all(
        each.estimate.low <= theirs[each.domain].high and theirs[each.domain].low <= each.estimate.high
        for each in one.domains
    )


def _campaign(each: Campaign) -> dict[str, Any]:
    plan, result = each.plan, each.result
    return {
        "campaign": each.id,
        "model": each.model,
        "plan": each.index,
        "result": each.result_index,
        "state": each.state,
        "reason": result.reason if result else "",
        "opened": plan.opened if plan else None,
        "closed": result.issued if result else None,
        "repeat": each.repeat,
        "by": plan.by if plan else "",
        "outcomes": f"sha256:{result.outcomes.sha256}" if result else None,
        "attempts": {
            "planned": plan.attempts if plan else 0,
            "assessed": sum(cell.estimate.n for cell in each.cells),
            "unassessed": sum(cell.estimate.unassessed for cell in each.cells),
        },
        "findings": [_id(each, cell) for cell in each.cells if each.is_finding(cell)],
        "false_alarms": [_id(each, cell) for cell in each.cells if each.is_false_alarm(cell)],
        "truth": result.truth_comparison if result else None,
    }


def _claims(each: Campaign, assurances: Mapping[str, str], *, as_of: str) -> list[dict[str, Any]]:
    if each.result is None:
        return []
    assurance = assurances[each.id]
    claims = []
    # A domain in which only controls were tried has no figure of its own.
    for name in dict.fromkeys(cell.domain for cell in each.cells):
        parts = [part for part in (*each.domains, *each.cells) if part.domain == name]
        claims += [_claim(each, part, assurance=assurance, as_of=as_of) for part in parts]
    return claims


def _claim(each: Campaign, found: Derived, *, assurance: str, as_of: str) -> dict[str, Any]:
    held = each.probes or {}
    probes = held[found.domain, found.strategy, found.language] if found.strategy else _of_domain(held, found.domain)
    return {
        "id": _id(each, found),
        "kind": "cell" if found.strategy else "domain",
        "campaign": each.id,
        "model": each.model,
        "domain": found.domain,
        "strategy": found.strategy or None,
        "language": found.language or None,
        "probes": sorted(set(probes)),
        "succeeded": found.succeeded,
        "attempts": found.estimate.n + found.estimate.unassessed,
        "estimate": (found.corrected or found.estimate).document(),
        "worst": (found.corrected_worst or found.worst).document(),
        "conclusive": found.conclusive,
        "raw": _raw(found),
        "decision": found.decision,
        "hit": found.hit.document() if found.hit else None,
        "finding": bool(found.strategy) and each.is_finding(found),
        "control": is_control(found.strategy),
        "assurance": assurance,
        "reproduce": _reproduce(each),
        "verified": as_of,
        "evidence": [each.index, each.result_index],
    }


def _of_domain(probes: Mapping[tuple[str, str, str], tuple[str, ...]], domain: str) -> Iterator[str]:
    """The probes of what a domain's figure counts: all but controls."""
    own = (names for (each, strategy, _), names in probes.items() if each == domain and not is_control(strategy))
    return chain.from_iterable(own)


def _raw(found: Derived) -> dict[str, Any] | None:
    """What an erring judge said before it was corrected, and by what it was; None of a judge that states a bound."""
    if found.corrected is None:
        return None
    return {
        "estimate": found.estimate.document(),
        "worst": found.worst.document(),
        "calibrations": list(found.calibrations),
    }


def _reproduce(each: Campaign) -> dict[str, str]:
    text = each.result.reproduce if each.result else ""
    return {"command": text} if text.startswith("kept ") else {"reason": text}


def _id(each: Campaign, found: Derived) -> str:
    return "/".join(part for part in (each.id, found.domain, found.strategy, found.language) if part)
