"""Writes the vectors of statuses: `python tests/vectors/generate_commitments.py`. Read the diff before keeping it.

The cases are built from the catalog, so that a new promise or requirement gets its own. What is expected is what the
rule says today; whoever reads the difference decides that it is right.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kept.core.commitments import catalog
from kept.core.commitments.catalog import Commitment, Condition, Requirement
from kept.core.commitments.facts import PLAN, RESULT, SCOPE, SUPERSESSION, Fact
from kept.core.commitments.rule import status

FOLDER = Path(__file__).parent / "status"
NOW = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
MODEL, OTHER = "sha256:" + "ab" * 32, "sha256:" + "cd" * 32
DOMAINS = ["bio", "chemical", "radiological", "cyber", "tool-use", "physical", "self-replication", "societal"]
Document = dict[str, Any]
Case = tuple[str, Sequence[Document], Sequence[Document]]  # name, facts, decisions


def stated(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def fact(predicate: str, index: int, fields: Document, *, days: float = 1, **change: Any) -> Document:
    issued = stated(NOW - timedelta(days=days))
    held = {"predicate": predicate, "index": index, "model": MODEL, "issued": issued, "assurance": "self"}
    return {**held, "fields": fields, **change}


def unreadable(predicate: str, index: int, *, model: str = MODEL) -> Document:
    return fact(predicate, index, {}, issued="", model=model)


def plan(index: int, campaign: str, domains: Sequence[str] = DOMAINS, *, days: float = 1) -> Document:
    return fact(PLAN, index, {"campaign": campaign, "domains": list(domains)}, days=days)


def result(
    index: int,
    campaign: str,
    domains: Sequence[str] = DOMAINS,
    *,
    days: float = 1,
    state: str = "completed",
    assurance: str = "self",
    **row: float,
) -> Document:
    """By default with rows that just reach what is asked."""
    rows = {name: {"assessed": 59, "unassessed_share": 0.2, "width": 0.3} | row for name in domains}
    fields = {"campaign": campaign, "state": state, "domains": rows}
    return fact(RESULT, index, fields, days=days, assurance=assurance)


def scope(index: int, commitment: str, decision: str = "out", *, figures: tuple[int, int] = (1, 1)) -> Document:
    comparisons, behind = figures
    fields = {"commitments": [commitment], "decision": decision, "comparisons": comparisons, "behind": behind}
    return fact(SCOPE, index, fields)


def supersession(index: int, commitment: str, effective: str) -> Document:
    return fact(SUPERSESSION, index, {"commitment": commitment, "law": "Some Act", "effective": effective}, model="")


def value(condition: Condition) -> Any:
    return condition.value[0] if isinstance(condition.value, tuple) else condition.value


def beside(condition: Condition) -> Any:
    """A value of the same kind that just fails the condition."""
    wanted = value(condition)
    if isinstance(wanted, bool):
        return not wanted
    if isinstance(wanted, str):
        return "another"
    step = 0.01 if isinstance(wanted, float) else 1
    return wanted - step if condition.test == "at least" else wanted + step


def supporting_fields(requirement: Requirement) -> Document:
    return {each.field: beside(each) for each in requirement.denied} | {
        each.field: value(each) for each in requirement.where
    }


def subject(requirement: Requirement) -> str:
    return MODEL if requirement.per == "model" else ""


def support(requirement: Requirement, index: int, *, days: float) -> list[Document]:
    if requirement.predicate == RESULT:
        name, domains = f"c-{index}", (requirement.rows and requirement.rows.keys) or ("cyber",)
        done = result(index + 1, name, domains, days=days, assurance=requirement.assurance)
        return [plan(index, name, domains, days=days), done]
    held = supporting_fields(requirement)
    return [fact(requirement.predicate, index, held, days=days, model=subject(requirement))]


def everything(commitment: Commitment, *, days: float = 1, but: str = "") -> list[Document]:
    facts: list[Document] = []
    for requirement in commitment.requirements:
        if requirement.id == but:
            continue
        if requirement.id.startswith("C1.internal."):
            if not facts:
                facts += [plan(0, "c-0", days=days), result(1, "c-0", days=days)]
            continue
        facts += support(requirement, len(facts), days=days)
    return facts


def general(commitment: Commitment, whole: list[Document]) -> Iterator[Case]:
    shortest = min(requirement.validity_days for requirement in commitment.requirements)
    yield "all the evidence that is asked for", whole, ()
    yield "nothing recorded", (), ()
    yield "all of it stale", everything(commitment, days=400), ()
    yield "at the last second of the shortest validity", everything(commitment, days=shortest), ()
    yield "a second past the shortest validity", everything(commitment, days=shortest + 1 / 86400), ()
    yield "the last requirement without evidence", everything(commitment, but=commitment.requirements[-1].id), ()
    yield "evidence dated after the question", everything(commitment, days=-1), ()
    yield "every body erased", [each | {"fields": {}, "issued": ""} for each in whole], ()
    other = [each | {"fields": {name: [held] for name, held in each["fields"].items()}} for each in whole]
    yield "every field of another kind", other, ()
    yield "unknown assurance", [each | {"assurance": "sworn"} for each in whole], ()
    yield "times that are no times", [each | {"issued": "2026-11-31T00:00:00Z"} for each in whole], ()
    yield "about another model", [each | {"model": OTHER} for each in whole], ()
    yield "facts in reverse order", whole[::-1], ()


def particular(requirement: Requirement, whole: list[Document], end: int) -> Iterator[Case]:
    if requirement.predicate == RESULT:
        return
    for condition in requirement.where:
        failing = {condition.field: beside(condition)}
        facts = [
            each | {"fields": each["fields"] | failing} if each["predicate"] == requirement.predicate else each
            for each in whole
        ]
        yield f"{requirement.id}: {condition.field} does not reach what is asked", facts, ()
    if requirement.denied:
        good = supporting_fields(requirement)
        denial = good | {each.field: value(each) for each in requirement.denied}
        about = subject(requirement)
        denied = fact(requirement.predicate, end, denial, days=0, model=about)
        again = fact(requirement.predicate, end + 1, good, days=0, model=about)
        yield f"{requirement.id}: denied later", [*whole, denied], ()
        yield f"{requirement.id}: denied later, then confirmed again", [*whole, denied, again], ()
        hidden = unreadable(requirement.predicate, end, model=about)
        yield f"{requirement.id}: a later record that cannot be read", [*whole, hidden], ()


def campaigns(whole: list[Document], end: int) -> Iterator[Case]:
    for days in (2, 30, 31):
        yield f"a later campaign left open for {days} days", [*whole, plan(end, "c-open", ["bio"], days=days)], ()
    yield "a campaign on what nobody asked for left open", [*whole, plan(end, "c-open", ["weather"], days=99)], ()
    yield "a plan that cannot be read", [*whole, unreadable(PLAN, end)], ()
    given_up = [*whole, plan(end, "c-up", days=40), result(end + 1, "c-up", days=40, state="abandoned")]
    part = ["cyber"]
    yield "a campaign given up 40 days ago", given_up, ()
    again = [plan(end + 2, "c-again"), result(end + 3, "c-again")]
    yield "a campaign given up and run again whole", [*given_up, *again], ()
    again = [plan(end + 2, "c-again", part), result(end + 3, "c-again", part)]
    yield "a campaign given up and run again in part", [*given_up, *again], ()
    parallel = [plan(end, "c-up", days=40), plan(end + 1, "c-again"), result(end + 2, "c-up", state="abandoned")]
    parallel += [result(end + 3, "c-again")]
    yield "a campaign given up while another already ran", [*whole, *parallel], ()
    yield "58 attempts assessed", [plan(0, "c"), result(1, "c", assessed=58)], ()
    yield "more than a fifth unassessed", [plan(0, "c"), result(1, "c", unassessed_share=0.21)], ()
    yield "an interval wider than 0.3", [plan(0, "c"), result(1, "c", width=0.31)], ()
    first = [plan(0, "c", DOMAINS[:5]), result(1, "c", DOMAINS[:5])]
    yield "five of eight domains", first, ()
    rest = [plan(2, "d", DOMAINS[5:]), result(3, "d", DOMAINS[5:])]
    yield "domains over two campaigns", [*first, *rest], ()
    old = [plan(0, "c", days=200), result(1, "c", days=200)]
    fresh = [plan(2, "d", ["bio"]), result(3, "d", ["bio"])]
    yield "fresh in one domain, stale in the others", [*old, *fresh], ()
    yield "a result without its plan", [result(1, "c")], ()
    yield "a result recorded before its plan", [result(0, "c"), plan(1, "c")], ()
    yield "an abandoned campaign is no evidence", [plan(0, "c"), result(1, "c", state="abandoned")], ()


def decided(id: str, whole: list[Document], end: int) -> Iterator[Case]:
    other = "C2" if id == "C1" else "C1"
    yield "a law in force in its place", whole, [supersession(end, id, "2026-08-02")]
    yield "a law that is not in force yet", whole, [supersession(end, id, "2026-11-23")]
    yield "a law in force from this day on", (), [supersession(end, id, "2026-11-22")]
    yield "a law with a date that is none", whole, [supersession(end, id, "soon")]
    yield "a supersession of another promise", whole, [supersession(end, other, "2026-08-02")]
    yield "a supersession that cannot be read", whole, [unreadable(SUPERSESSION, end, model="")]
    yield "a scope decision takes the model out", whole, [scope(end, id)]
    yield "a scope decision without evidence otherwise", (), [scope(end, id)]
    yield "a scope decision without a comparison", whole, [scope(end, id, figures=(0, 0))]
    yield "a scope decision about a model that is ahead everywhere", whole, [scope(end, id, figures=(2, 0))]
    yield "a scope decision about another model", whole, [scope(end, id) | {"model": OTHER}]
    yield "a scope decision dated after the question", whole, [scope(end, id) | {"issued": "2026-11-23T00:00:00Z"}]
    yield "taken out and in again", whole, [scope(end, id), scope(end + 1, id, "in")]
    yield "taken out, and a later decision that cannot be read", whole, [scope(end, id), unreadable(SCOPE, end + 1)]
    yield "taken out, and a later decision about another promise", whole, [scope(end, id), scope(end + 1, "C9")]
    yield "out of scope, and a law in force", whole, [scope(end + 1, id), supersession(end, id, "2026-08-02")]


def cases(commitment: Commitment) -> Iterator[Case]:
    whole = everything(commitment)
    end = max(each["index"] for each in whole) + 1
    yield from general(commitment, whole)
    for requirement in commitment.requirements:
        yield from particular(requirement, whole, end)
    if any(requirement.opens for requirement in commitment.requirements):
        yield from campaigns(whole, end)
    yield from decided(commitment.id, whole, end)


def vector(commitment: Commitment, case: Case, *, model: str = MODEL) -> Document:
    name, facts, decisions = case
    found = status(
        commitment,
        [Fact(**each) for each in facts],
        model=model,
        as_of=NOW,
        decisions=[Fact(**each) for each in decisions],
    )
    expect = {"state": found.state, "missing": list(found.missing), "evidence": list(found.evidence)}
    held = {"name": name, "model": model, "as_of": stated(NOW), "facts": list(facts), "decisions": list(decisions)}
    return {**held, "expect": expect}


def main() -> None:
    for commitment in catalog.load():
        vectors = [vector(commitment, case) for case in cases(commitment)]
        alone = ("asked about the organisation alone", everything(commitment), ())
        vectors.append(vector(commitment, alone, model=""))
        lines = ",\n".join(json.dumps(each, sort_keys=True, ensure_ascii=False) for each in vectors)
        (FOLDER / f"{commitment.id}.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
