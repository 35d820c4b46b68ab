"""The statement about what changed between two reports."""

from typing import Any

import pytest

from kept.core.statement import Statement
from kept.errors import Invalid
from kept.predicates.report_diff import ReportDiff

STATE = {"as_of": "2026-11-22T07:30:00Z", "size": 3, "root": "0" * 64, "report": "sha256:" + "1" * 64}
MADE: dict[str, Any] = {
    "organisation": "Acme AI",
    "origin": "acme.example/kept",
    "old": STATE,
    "new": {**STATE, "size": 5, "report": "sha256:" + "2" * 64},
    "changes": [{"kind": "claim", "how": "removed", "name": "m bio", "before": "1.0%", "evidence": [0, 1]}],
    "issued": "2026-11-23T07:30:00Z",
    "by": "provider",
}


def test_its_subjects_are_the_two_reports() -> None:
    statement = ReportDiff.of(**MADE).to_statement()
    assert [(subject.name, subject.digest["sha256"][0]) for subject in statement.subjects] == [
        ("old/report.json", "1"),
        ("new/report.json", "2"),
    ]
    assert "release" not in statement.predicate
    assert ReportDiff.parse(Statement.parse(statement.to_bytes())) == ReportDiff.of(**MADE)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"changes": [{"kind": "claim", "how": "improved", "name": "x"}]}, "changes.0.how"),
        ({"changes": [{"kind": "mood", "how": "added", "name": "x"}]}, "changes.0.kind"),
        ({"changes": [{"kind": "claim", "how": "added", "name": ""}]}, "changes.0.name"),
        ({"changes": [{"kind": "claim", "how": "added", "name": "x", "before": "y" * 513}]}, "changes.0.before"),
        ({"changes": [{"kind": "claim", "how": "added", "name": "x", "evidence": [-1]}]}, "changes.0.evidence.0"),
        ({"old": {**STATE, "root": "zz"}}, "old.root"),
        ({"old": {**STATE, "size": True}}, "old.size"),
        ({"release": {"old": "a", "new": "b"}}, "release.old"),
        ({"issued": "today"}, "issued"),
        ({"more": 1}, "more"),
    ],
)
def test_a_malformed_one_is_invalid(change: dict[str, object], place: str) -> None:
    with pytest.raises(Invalid, match=place.replace(".", r"\.")):
        ReportDiff.of(**{**MADE, **change})
