"""The catalog for people: docs/commitments.md is what `markdown()` gives, and a test holds it there."""

from collections.abc import Iterator

from kept.core.commitments import catalog, crosswalk
from kept.core.commitments.catalog import Catalog, Commitment, Requirement

_OPENING = """# The promises, what each asks for, and how a status is reached

Made from `src/kept/core/commitments/data` by `kept.core.commitments.describe`. Summaries are in our words; the sources
hold the promises themselves.

## From evidence to a status

A requirement is **met** (evidence that reaches what is asked, within its validity), **stale** (it did, and is too
old), **missing**, or **contradicted** (a later statement denies it, or a campaign on it was left open or given up for
more than 30 days). A statement that cannot be read never counts in a promise's favour. The first line that holds gives
the status:
"""

_CLOSING = """
From best to worst: kept, partly, stale, not tested, not kept. Two states stand outside this order and are never shown
as kept: **superseded** (a recorded statement names a law that is in force in the promise's place) and **out of scope**
(a recorded decision compares the model with the frontier of mid-2023 and finds it behind; only promises that name
models can be out of scope). "disputed" and "unwitnessed" are states of a report, not of a promise. Why it is so:
[ADR 5](adr/0005-statuses-from-published-rules.md).
"""

_RELATIONS = """"subset": the item is a part of the promise; "intersects": they overlap; "equivalent": they ask for the
same.
"""


def markdown() -> str:
    """The catalog, its rule and its crosswalks as a page."""
    held = catalog.load()
    lines = [_OPENING, *_table(held), _CLOSING]
    for commitment in held:
        lines += _commitment(held, commitment)
    return "\n".join([*lines, *_crosswalks()]) + "\n"


def _table(held: Catalog) -> Iterator[str]:
    yield "| Requirements | Status |"
    yield "|---|---|"
    for case in held.table:
        yield f"| {case.quantifier} {', '.join(case.of)} | {case.state} |"


def _commitment(held: Catalog, commitment: Commitment) -> Iterator[str]:
    source = held.source(commitment)
    yield f"## {commitment.id} {commitment.title}\n"
    yield commitment.summary + "\n"
    scope = "; binds models beyond the frontier of mid-2023" if commitment.frontier else ""
    yield f"Source: [{source.title}]({source.url}), {source.date}{scope}. Room: `{commitment.room}`.\n"
    yield "| Requirement | Evidence | Statement | Of | Whose word | Holds a release |"
    yield "|---|---|---|---|---|---|"
    for requirement in commitment.requirements:
        yield _requirement(requirement)
    yield ""


def _requirement(requirement: Requirement) -> str:
    statement = requirement.predicate.removeprefix("https://kept.example/predicates/")
    cells = (requirement.id, requirement.text, f"`{statement}`", requirement.per, requirement.assurance)
    return f"| {' | '.join(cells)} | {'yes' if requirement.gate else 'no'} |"


def _crosswalks() -> Iterator[str]:
    yield "## Other frameworks\n"
    yield _RELATIONS
    for framework in crosswalk.frameworks():
        whose = "" if framework.names == "theirs" else "; the labels are ours"
        yield f"### [{framework.title}]({framework.url})\n"
        yield f"{framework.publisher}, {framework.date}. {framework.licence}{whose}.\n"
        yield "| Promise | Item | Relation | Why |"
        yield "|---|---|---|---|"
        for row in crosswalk.rows(framework.id):
            yield f"| {row.commitment} | {row.id} {row.name} | {row.relation} | {row.note} |"
        yield ""
