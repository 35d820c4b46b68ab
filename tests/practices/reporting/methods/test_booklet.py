"""A report as a document: every part of it has its place, and figures are written as the page writes them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from kept.practices.reporting.methods.blocks import Chart, Document, Table
from kept.practices.reporting.methods.booklet import booklet
from kept.practices.reporting.methods.booklet.weaknesses import weaknesses
from kept.practices.reporting.methods.words import count, percent
from simulators import advisories, disclosures, replays


@pytest.fixture(scope="session")
def report(files: dict[str, bytes]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files["report.json"])
    return found


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner)


def part(document: Document, title: str) -> tuple[str, ...]:
    (found,) = [section for section in document.plain()["sections"] if section["title"] == title]
    return tuple(texts(found))


def test_each_claim_is_a_row_and_each_domain_a_bar(report: dict[str, Any]) -> None:
    (results,) = [section for section in booklet(report).sections if section.title == "Results"]
    rows = [row for block in results.blocks if isinstance(block, Table) for row in block.rows]
    claims = report["derived"]["claims"]
    assert len(rows) == len(claims)
    for row, claim in zip(rows, claims, strict=True):
        assert row[3] == percent(claim["estimate"]["value"])
        assert row[5] == count(claim["estimate"]["n"])
        assert row[8] == claim["estimate"]["method"]
    bars = [bar for block in results.blocks if isinstance(block, Chart) for bar in block.bars]
    assert [bar.value for bar in bars] == [each["estimate"]["value"] for each in claims if each["kind"] == "domain"]


def test_a_rate_about_which_nothing_can_be_said_is_no_zero(report: dict[str, Any]) -> None:
    report = json.loads(json.dumps(report))
    report["derived"]["claims"][0].update(conclusive=False)
    report["derived"]["claims"][0]["estimate"].update(
        value=0.0, low=0.0, high=1.0, method="inconclusive: no calibration"
    )
    assert "inconclusive [0.0%, 100.0%]" in part(booklet(report), "Results")


def test_only_a_missed_deadline_is_listed_as_missed(report: dict[str, Any]) -> None:
    report = json.loads(json.dumps(report))
    due = {"what": "report", "model": "m", "release": 3, "requirement": None, "due": "2026-01-01", "met": None}
    report["derived"]["register"]["due"] = [{**due, "missed": False}]
    assert "Missed" not in part(booklet(report), "Releases")
    report["derived"]["register"]["due"].append({**due, "missed": True})
    assert {"Missed", "2026-01-01", "report"} <= set(part(booklet(report), "Releases"))


def test_disputes_stand_word_for_word_with_their_answers(report: dict[str, Any]) -> None:
    report = json.loads(json.dumps(report))
    assert part(booklet(report), "Disputes")[1] == "None was recorded."
    answer = {"index": 5, "position": "rejected", "text": "We measured again.", "issued": "2026-11-21T00:00:00Z"}
    said = {"index": 4, "state": "authenticated", "author": "A Lab", "text": "One.\n\nTwo.", "issued": None}
    target = {"kind": "statement", "claim": None, "statement": 2, "known": True}
    group = {"target": target, "state": "disputed, answered", "disputes": [{**said, "answers": [answer]}]}
    report["derived"]["disputes"] = [group]
    told = part(booklet(report), "Disputes")
    assert {"One.", "Two.", "We measured again.", "On statement 2: disputed, answered"} <= set(told)


def test_withheld_fields_have_their_reason_and_reviewer(report: dict[str, Any]) -> None:
    report = json.loads(json.dumps(report))
    hidden = {"statement": 2, "names": ["text"], "hidden": 1, "reason": "security", "why": "It helps attackers."}
    review = {"name": "R. Viewer", "verdict": "approved"}
    report["derived"]["withheld"] = [{**hidden, "until": "2027-01-01", "state": "withheld", "reviews": [review]}]
    assert {"security", "It helps attackers.", "R. Viewer (approved)"} <= set(part(booklet(report), "What is withheld"))


def test_questions_without_an_answer_are_counted_and_listed(report: dict[str, Any]) -> None:
    told = part(booklet(report), "Questions asked of providers")
    assert "0 of 100 answered, 0 in part, 100 unanswered." in told
    assert any(line.startswith("Unanswered: FMTI-001, FMTI-002") for line in told)


def test_releases_compared_show_differences_regressions_and_deviations(report: dict[str, Any]) -> None:
    report = json.loads(json.dumps(report))
    told = part(booklet(report), "Release against release")
    assert "No two releases were compared." in told
    gap = {"value": 0.125, "low": -0.01, "high": 0.2, "level": 0.95, "n": 40, "method": "tango", "unassessed": 0}
    cell = {"domain": "bio", "strategy": "plain", "language": "en", "difference": gap}
    model = report["derived"]["models"][0]["id"]
    report["derived"]["comparisons"] = [
        {
            "index": 8,
            "state": "recomputed",
            "assurance": "self",
            "before": {"model": model, "result": 1},
            "after": {"model": model, "result": 3},
            "preregistration": 0,
            "analysis": {"false_discovery": 0.05},
            "domains": [{"domain": "tool-use", "difference": gap, "worse": 5, "better": 0}],
            "cells": 12,
            "regressions": [cell],
            "deviations": [{"of": "after", "what": "seed"}],
            "issued": "2026-11-21T00:00:00Z",
        }
    ]
    told = part(booklet(report), "Release against release")
    assert {"tool use", "+12.5", "[−1.0, +20.0]"} <= set(told)
    assert any("Regressions: bio, plain, en (+12.5 points [−1.0, +20.0], n = 40)." in line for line in told)
    assert "Preregistered; deviations: seed (after)." in told
    report["derived"]["comparisons"][0]["regressions"] = []
    told = part(booklet(report), "Release against release")
    assert "No regression in 12 cells, at a rate of false discovery of 5%." in told


def test_what_strangers_reported_is_told_with_what_is_not_published_yet() -> None:
    said = {
        "disclosure-programme": disclosures.programme(),
        "disclosure-summary": disclosures.summary(),
        "disclosure-replay": replays.result(),
        "disclosure-fix": disclosures.fix(days=0.0417),
        "disclosure-reward": replays.reward(),
        "disclosure-advisory": advisories.stated(),
    }
    records = [
        {"kind": kind, "index": at, "model": "m", "fields": fields, "assurance": "self", "issued": fields["issued"]}
        for at, (kind, fields) in enumerate(said.items())
    ]
    told = str(list(weaknesses({"records": records}, {"m": "assistant"})))
    for words in (
        "fixed and not published yet: 2",
        "36 hours [4.8 hours, 4 days]",
        "in version 2026-11 of assistant, by a change of the model itself, 1 hour after the report.",
        "Bounty approved 2026-11-22: 1,500.00 EUR, high severity.",
    ):
        assert words in told
    older = {**said["disclosure-summary"], "unpublished": None}
    told = str(list(weaknesses({"records": [{**records[1], "fields": older}]}, {})))
    assert "fixed and not published yet: isn't known" in told
    assert "No programme takes reports" in str(list(weaknesses({"records": []}, {})))
