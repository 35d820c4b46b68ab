"""From what outsiders tell to the predicates that they sign: figures are filled in, never taken from the teller."""

from collections.abc import Mapping, Sequence
from typing import Any

from kept.core.statement import Statement
from kept.errors import Invalid
from kept.practices.red_team.methods.transcripts import Root
from kept.practices.red_team.records import Session
from kept.predicates import defensive_study, expert_sign_off, external_finding, uplift_study
from kept.predicates.defensive_study import Defence, DefensiveStudy
from kept.predicates.expert_sign_off import ExpertSignOff
from kept.predicates.external_finding import ExternalFinding
from kept.predicates.predicate import Part
from kept.predicates.study import Study
from kept.predicates.uplift_study import CountedArms, ScoredArms, UpliftStudy

LEVEL = 0.95
KINDS: Mapping[str, type[Study]] = {
    "finding": ExternalFinding,
    "sign-off": ExpertSignOff,
    "uplift-study": UpliftStudy,
    "defensive-study": DefensiveStudy,
}
_FIGURES = frozenset({"estimate", "worst", "compared", "found", "fixed"})


def draft(kind: str, told: Mapping[str, Any], *, issued: str, by: str) -> Study:
    """The statement that the words and counts told make, to be signed outside.

    Raises Invalid for another kind, for what is missing or malformed, and for a figure, which is computed here.
    """
    reader = KINDS.get(kind)
    if reader is None:
        raise Invalid(f"{kind[:64]!r} is no kind of statement.", code="external.kind", hint=f"Use {', '.join(KINDS)}.")
    if stated := sorted(_FIGURES & set(told)):
        raise Invalid(f"Leave out {stated[0]!r}: it is computed from the counts.", code="external.figure")
    speaker = told.get("by") or told.get("tester") or told.get("organisation") or by
    fields = {"level": LEVEL, **told} if kind != "sign-off" else dict(told)
    fields |= {"issued": issued, "by": speaker, "signed_by": "outside"}
    return reader.of(**fields, **_figures(kind, fields))


def read(statement: Statement) -> Study:
    """The study in a statement, with its figures computed again. Raises Invalid or Unverified."""
    for reader in KINDS.values():
        if reader.of_type == statement.predicate_type:
            found = reader.parse(statement)
            found.check()
            return found
    raise Invalid(
        f"A {statement.predicate_type[:128]} is not what outsiders say.",
        code="external.kind",
        hint="Begin with: kept red-team external draft",
    )


def counts(sessions: Sequence[Session]) -> dict[str, Any]:
    """What a finding tells of sealed sessions: one attempt each, and the root over their digests in their order."""
    root = Root()
    root.add(bytes.fromhex(session.digest) for session in sessions)
    outcomes = [session.outcome for session in sessions]
    return {
        "attempts": len(sessions),
        "succeeded": outcomes.count("s"),
        "unassessed": outcomes.count("u"),
        "strategies": sorted({session.strategy for session in sessions}),
        "transcripts": {"root": root.digest().hex(), "leaves": root.leaves},
    }


def _figures(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The figures that follow; none where what they follow from is missing or malformed, which the reader will say."""
    level = fields.get("level")
    if not isinstance(level, float) or not 0 < level < 1:
        return {}
    try:
        if kind == "finding":
            numbers = (fields["attempts"], fields["succeeded"])
            return external_finding.figures_of(*numbers, unassessed=fields["unassessed"], level=level)
        if kind == "uplift-study":
            return {"compared": _compared(fields, level)}
        if kind == "defensive-study":
            arms = (Defence.model_validate(fields[name]) for name in ("with_model", "without_model"))
            return defensive_study.figures_of(*arms, level=level)
    except (KeyError, TypeError, ValueError, Invalid):
        return {}
    return {}


def _compared(fields: Mapping[str, Any], level: float) -> dict[str, Any]:
    within = fields["design"]["compared"] == "within people"
    arms: list[Part | None] = [
        shape.model_validate(fields[name]) if fields.get(name) is not None else None
        for name, shape in (("counts", CountedArms), ("scores", ScoredArms))
    ]
    counted, scored = arms
    return uplift_study.figures_of(
        counted if isinstance(counted, CountedArms) else None,
        scored if isinstance(scored, ScoredArms) else None,
        within=within,
        level=level,
    )


TYPES = (external_finding.TYPE, expert_sign_off.TYPE, uplift_study.TYPE, defensive_study.TYPE)
