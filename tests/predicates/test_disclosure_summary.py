"""A summary's medians and share follow from the times and counts beside them."""

from typing import Any

import pytest

from kept.core.commitments import catalog, rule
from kept.core.commitments.facts import extract
from kept.core.commitments.fields import time
from kept.errors import Invalid, Unverified
from kept.predicates.disclosure_summary import TYPE, DisclosureSummary
from simulators.disclosures import summary, took


def test_it_reads_back() -> None:
    for fields in (summary(), summary([], [], decided=0, reproduced=0, open=0)):
        made = DisclosureSummary.of(**fields)
        made.check()
        assert DisclosureSummary.parse(made.to_statement(digest="ab" * 32)) == made


@pytest.mark.parametrize(
    ("name", "change", "what"),
    [
        ("time_to_acknowledge", {"value": 0.1}, "value 0.1 of the time to acknowledge"),
        ("time_to_fix", {"high": 9.0}, "high 9.0 of the time to fix"),
        ("time_to_fix", {"n": 700}, "n 700"),
        ("time_to_fix", {"method": "a guess"}, "method: Input should be"),
        ("reproduction", {"value": 0.99}, "value 0.99 for reproduction"),
    ],
)
def test_another_figure_than_its_own_times_give_fails(name: str, change: dict[str, Any], what: str) -> None:
    fields = summary()
    fields[name] = {**fields[name], **change}
    with pytest.raises((Unverified, Invalid), match=what):
        DisclosureSummary.of(**fields).check()


@pytest.mark.parametrize(
    "more",
    [
        {"overdue": 5, "open": 4},
        {"reproduced": 9},
        {"received": 9},
        {"until": "2026-01-01T00:00:00Z"},
        {"fix": took(*range(1, 12))},
    ],
)
def test_it_counts_no_more_than_there_were(more: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match=r"counts more|ends before"):
        DisclosureSummary.of(**{**summary(), **more}).check()


def test_times_are_sorted_so_that_their_order_tells_nothing() -> None:
    fields = summary()
    fields["fix"] = [*fields["fix"][1:], fields["fix"][0]]
    with pytest.raises(Invalid, match="not sorted"):
        DisclosureSummary.of(**fields).check()


@pytest.mark.parametrize(("overdue", "reading"), [(0, "met"), (1, "contradicted")])
def test_the_promise_is_read_from_what_is_overdue(overdue: int, reading: str) -> None:
    made = summary(overdue=overdue)
    DisclosureSummary.of(**made).check()
    as_of = time("2026-11-23T00:00:00Z")
    assert as_of is not None
    found = rule.status(catalog.load().get("C4"), [extract(TYPE, made, index=1)], model="", as_of=as_of)
    assert {each.requirement: each.reading for each in found.findings}["C4.handled"] == reading
