"""A signed statement on releases and decisions that is malformed, or contradicts itself, fails in both verifiers."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from kept.errors import KeptError
from kept.practices.reporting.methods.governance.reading import every
from kept.practices.reporting.methods.policy import against
from kept.practices.reporting.records import Known
from kept.predicates.approval import Approval
from kept.predicates.dispute import Dispute
from kept.predicates.dispute_answer import DisputeAnswer
from kept.predicates.gate_decision import GateDecision, Policy
from kept.predicates.gate_override import GateOverride
from kept.predicates.gate_veto import GateVeto
from kept.predicates.mapping_confirmation import MappingConfirmation
from kept.predicates.predicate import Predicate
from kept.predicates.release import Release
from kept.predicates.release_report import ReleaseReport
from kept.predicates.withholding import Withholding
from kept.predicates.written_part import WrittenPart
from simulators.campaigns import Design
from simulators.provider import Provider

MODEL, ENTRY = "sha256:" + "ab" * 32, "sha256:" + "cd" * 32
SIGNED = {"issued": "2026-11-22T07:30:00Z", "by": "provider"}
NAMED = {"name": "R. Rivera", "role": "editor"}
DIGEST = "A" * 43
FLAGS = ("capabilities", "limits", "appropriate_use", "inappropriate_use", "societal_risk")
GOOD: dict[type[Predicate], dict[str, Any]] = {
    Release: {
        "event": "released", "model": MODEL, "name": "assistant", "version": "2.0", "date": "2026-11-22", "major": True,
        "replaces": ENTRY, "availability": "public", "scope": [1],
    },
    WrittenPart: {
        "section": "safety-procedures", "model": "", "text": "A.\n\nمرحبا <b>.", "author": "S", "role": "editor",
        "date": "2026-11-22",
    },
    ReleaseReport: {
        "model": MODEL, "parts": [{"section": "limitations", "index": 1}], **dict.fromkeys(FLAGS, False),
        "limits": True, "withdrawn": False,
    },
    Approval: {"request": 1, "entry": ENTRY, "verdict": "refused", "model": "", **NAMED, "note": "No."},
    Withholding: {
        "statement": 1, "entry": ENTRY, "model": MODEL, "names": ["text"], "digests": [DIGEST], "reason": "law",
        "why": "A court order.", "until": "2026-12-31",
    },
    Dispute: {"log": "acme.example/kept", "claim": "c-1/bio", "text": "It is wrong.", "author": "Olga"},
    DisputeAnswer: {"dispute": 1, "entry": ENTRY, "model": "", "position": "rejects", "text": "It is right."},
    MappingConfirmation: {
        "framework": "commitments", "item": "C6", "model": "", "extent": "fully", "statements": [1], **NAMED,
    },
    GateDecision: {
        "model": MODEL, "decision": "closed", "reasons": ["It rains."],
        "policy": {"required": ["C1"], "tolerance": 0.5, "bounds": [{"domain": "bio", "at_most": 0.5}]},
        "policy_digest": ENTRY, "rules": 1, "catalog": ENTRY, "size": 1,
    },
    GateOverride: {"model": MODEL, "decision": 1, "entry": ENTRY, "reason": "It is needed.", **NAMED},
    GateVeto: {"event": "vetoed", "model": MODEL, "reason": "A report came in.", **NAMED},
}  # fmt: skip
CELL = {"domain": "bio", "strategy": "plain", "at_most": 0.5}
CONTRADICTING: list[tuple[type[Predicate], dict[str, Any]]] = [
    (Release, {"event": "withdrawn"}),
    (Release, {"availability": "none"}),
    (Release, {"reason": "It leaked."}),
    (Release, {"replaces": MODEL}),
    (Release, {"date": "2026-02-30"}),
    (WrittenPart, {"section": "limitations"}),
    (WrittenPart, {"date": "2026-13-01"}),
    (ReleaseReport, {"limits": False}),
    (ReleaseReport, {"capabilities": True}),
    (ReleaseReport, {"withdrawn": True, "reason": "It was wrong."}),
    (ReleaseReport, {"reason": "It was wrong."}),
    (ReleaseReport, {"parts": [{"section": "limitations", "index": 1}] * 2}),
    (Approval, {"note": ""}),
    (Withholding, {"names": ["text", "author"]}),
    (Withholding, {"digests": [DIGEST, "B" * 43]}),
    (Withholding, {"names": ["text"] * 2, "digests": [DIGEST, "B" * 43]}),
    (Withholding, {"until": "2026-02-30"}),
    (Dispute, {"statement": 1}),
    (Dispute, {"claim": None}),
    (MappingConfirmation, {"statements": []}),
    (MappingConfirmation, {"extent": "not"}),
    (MappingConfirmation, {"statements": [1, 1]}),
    (GateDecision, {"decision": "open"}),
    (GateDecision, {"reasons": []}),
    (GateDecision, {"policy": {"bounds": [CELL]}}),
]
BAD: list[Any] = [None, -1, 0.5, 10**17, "", " ", "x" * 30_000, "\u202ea", "a\x00b", "a\nb", True, [], {}, ["", ""]]
Case = tuple[type[Predicate], str, dict[str, Any]]


def cases() -> Iterator[Case]:
    for kind, good in GOOD.items():
        whole = {**good, **SIGNED}
        yield kind, "good", whole
        yield kind, "unknown field", {**whole, "surprise": 1}
        yield kind, "concealed", {**whole, "_sd": []}
        for name in whole:
            yield kind, f"without {name}", {other: value for other, value in whole.items() if other != name}
            for value in BAD:
                yield kind, f"{name} {str(value)[:9]!r}", {**whole, name: value}
    for kind, change in CONTRADICTING:
        yield kind, f"contradicting {change}", {**GOOD[kind], **SIGNED, **change}


def refused(kind: type[Predicate], fields: dict[str, Any]) -> bool:
    """Whether Python refuses it, as the statement at index 9 of a model."""
    try:
        list(every([Known(9, kind.of_type, model_of(fields), fields)], kind))
    except KeptError:
        return True
    return False


def model_of(fields: dict[str, Any]) -> str:
    model = fields.get("model", MODEL)
    return model if isinstance(model, str) else ""


SAID = """(cases) => cases.map(({ predicate, model, fields }) => {
  try {
    window.kept.everySaid([{ index: 9, predicate, model, fields, void: false }], predicate);
    return false;
  } catch { return true; }
})"""


def test_the_browser_refuses_what_python_refuses_and_nothing_else(page: Page) -> None:
    listed = list(cases())
    asked = [{"predicate": kind.of_type, "model": model_of(fields), "fields": fields} for kind, _, fields in listed]
    ours = [refused(kind, fields) for kind, _, fields in listed]
    theirs = page.evaluate(SAID, asked)
    wrong = [
        f"{kind.called}: {name}" for (kind, name, _), one, two in zip(listed, ours, theirs, strict=True) if one != two
    ]
    assert not wrong
    assert not [kind for (kind, name, _), one in zip(listed, ours, strict=True) if name == "good" and one]
    assert all(one for (_, name, _), one in zip(listed, ours, strict=True) if name.startswith("contradicting"))
    assert sum(ours) > 900


def test_a_statement_about_another_model_than_its_entry_names_fails_in_both(page: Page) -> None:
    for kind, good in GOOD.items():
        if "model" not in good:
            continue
        fields = {**good, **SIGNED}
        with pytest.raises(KeptError):
            list(every([Known(9, kind.of_type, ENTRY, fields)], kind))
        assert page.evaluate(SAID, [{"predicate": kind.of_type, "model": ENTRY, "fields": fields}]) == [True]


REASONS = """([policies, campaigns, claims, statuses, comparisons, asOf]) => policies.map((policy) =>
  window.kept.reasonsAgainst(policy, { campaigns, claims, statuses, comparisons, asOf }))"""
POLICIES: list[dict[str, Any]] = [
    {},
    {"required": ["C1", "C6", "C1.external", "C6.contents", "G3"]},
    {"tolerance": 0.0},
    {"worsening": 0.1},
    {"worsening": 0.0, "tolerance": 0.0},
    {"tolerance": 0.2, "required": ["C1.internal.bio"]},
    {"bounds": [{"domain": each, "at_most": 0.25} for each in ("bio", "cyber", "chemical")]},
    {"bounds": [{"domain": "bio", "strategy": "plain", "language": "en", "at_most": 0.1, "confidence": 0.99}]},
    {"bounds": [{"domain": "cyber", "at_most": 1.0}], "fresh_days": 3},
    {"bounds": [{"domain": "cyber", "at_most": 0.0}], "fresh_days": 30, "tolerance": 0.01, "required": ["C6"]},
]


COMPARED: list[dict[str, Any]] = [
    {
        "state": "recomputed",
        "comparison": f"x-{number:016x}",
        "regressions": [{"domain": "bio", "strategy": "plain", "language": "en"}],
        "domains": [{"domain": "cyber", "difference": {"n": n, "unassessed": unassessed, "high": high}}],
    }
    for number, (n, unassessed, high) in enumerate(
        [(10, 0, 0.05), (10, 0, 0.2), (100, 50, 0.01), (0, 3, 0.0), (0, 0, 0)]
    )
] + [{"state": "unreadable", "comparison": "x-00000000000000ff", "regressions": [], "domains": []}]


def test_the_reasons_against_a_release_are_the_same_word_for_word(page: Page, provider: Provider) -> None:
    campaigns = provider.campaigns
    campaigns.run(Design(domains=("bio", "cyber"), prompts=9, succeeding=0.3, unassessed=0.2))
    campaigns.run(Design(domains=("cyber",), prompts=9, seed=2), state="abandoned")
    campaigns.open(Design(domains=("bio",), seed=3))
    provider.clock.advance(days=10)
    as_of = "2026-12-02T07:30:00Z"
    told = provider.service._derived().document
    for compared in ([], COMPARED):
        parts = {**{name: told[name] for name in ("campaigns", "claims", "statuses")}, "comparisons": compared}
        ours = [against(Policy.model_validate(each), **parts, as_of=as_of) for each in POLICIES]
        assert page.evaluate(REASONS, [POLICIES, *parts.values(), as_of]) == ours
    assert len({reason for reasons in ours for reason in reasons}) > 20
