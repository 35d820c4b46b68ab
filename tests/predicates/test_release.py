"""The release register's events: a release says to whom it is open, a withdrawal why."""

import pytest

from kept.core.statement import Statement
from kept.errors import Invalid
from kept.predicates.release import Release

MODEL = "sha256:" + "ab" * 32
GOOD = {
    "event": "released",
    "model": MODEL,
    "name": "assistant",
    "version": "2.0",
    "date": "2026-11-22",
    "major": True,
    "replaces": "sha256:" + "cd" * 32,
    "availability": "public",
    "scope": (3,),
    "issued": "2026-11-22T07:30:00Z",
    "by": "provider",
}
WITHDRAWN = {**GOOD, "event": "withdrawn", "availability": "none", "reason": "It leaked.", "replaces": None}
SPOOFED = ("\u202eevil", "line\nbreak", "nul\x00", "\u2066turned", "   ", "")


def test_both_events_read_back() -> None:
    for good in (GOOD, WITHDRAWN):
        made = Release.of(**good)
        statement = Statement.parse(made.to_statement().to_bytes())
        assert Release.parse(statement) == made
        assert statement.subjects[0].digest == {"sha256": "ab" * 32}


@pytest.mark.parametrize(
    "change",
    [
        {"event": "leaked"},
        {"availability": "none"},
        {"reason": "A release needs none."},
        {"replaces": MODEL},
        {"date": "2026-02-30"},
        {"date": "22 November"},
        {"major": "yes"},
        {"major": 1},
        {"scope": (-1,)},
        {"scope": tuple(range(65))},
        {"model": "assistant"},
        {"issued": "today"},
        {"surprise": 1},
        {"name": "x" * 100_000},
        *({"version": text} for text in SPOOFED),
    ],
    ids=repr,
)
def test_anything_else_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(Invalid) as caught:
        Release.of(**{**GOOD, **change})
    assert caught.value.code == "predicate.malformed"
    assert (
        next(iter(change)) in caught.value.message
        or "availability" in caught.value.message
        or ("reason" in caught.value.message or "replace itself" in caught.value.message)
    )


def test_a_withdrawal_gives_its_reason() -> None:
    with pytest.raises(Invalid, match="reason"):
        Release.of(**{**WITHDRAWN, "reason": ""})


def test_any_script_and_combining_marks_are_text() -> None:
    for text in ("مساعد ٢", "e\u0301\u0302\u0303", "<script>alert(1)</script>", "助手"):
        assert Release.of(**{**GOOD, "version": text}).version == text
