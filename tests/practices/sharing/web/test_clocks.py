"""What is left is told in the largest unit that says enough, and never as more than there is."""

import pytest

from kept.practices.sharing.web.clocks import Left, left

NOW = "2026-11-29T12:00:00Z"


@pytest.mark.parametrize(
    ("due", "word", "number"),
    [
        ("2026-11-29T12:00:00Z", "left_minutes", 0),
        ("2026-11-29T12:59:59Z", "left_minutes", 59),
        ("2026-11-29T13:59:59Z", "left_minutes", 119),
        ("2026-11-29T16:20:00Z", "left_hours", 4),
        ("2026-12-01T11:59:00Z", "left_hours", 47),
        ("2026-12-01T12:00:00Z", "left_days", 2),
        ("2026-11-29T11:59:00Z", "late_minutes", 1),
        ("2026-11-28T12:00:00.000Z", "late_hours", 24),
        ("2025-11-29T12:00:00Z", "late_days", 365),
    ],
)
def test_what_is_left(due: str, word: str, number: int) -> None:
    found = left(due, NOW)
    assert found == Left(word, number)
    assert found.is_late == word.startswith("late")
