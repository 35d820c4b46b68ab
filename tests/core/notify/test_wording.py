"""How late something is, in the two largest units that say anything."""

from datetime import UTC, datetime, timedelta

import pytest

from kept.core.notify import wording
from kept.core.notify.records import Item, Message

NOW = datetime(2026, 12, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("late", "words"),
    [
        ({"days": 8, "hours": 1, "minutes": 5}, "8 days 1 hour late"),
        ({"days": 1, "minutes": 5}, "1 day 5 minutes late"),
        ({"minutes": 1}, "1 minute late"),
        ({"seconds": 0}, "less than a minute late"),
        ({"minutes": -45}, "due in 45 minutes"),
    ],
)
def test_how_late(late: dict[str, int], words: str) -> None:
    assert wording.standing(NOW - timedelta(**late), NOW) == words


def test_several_matters_are_counted_in_the_title_and_a_test_says_that_it_is_one() -> None:
    item = Item("disclosure", "r-1", "fix", NOW, "/r-1")
    message = Message("1", "Acme AI", "ada", NOW, (item, item))
    assert wording.title(message) == "Acme AI: 2 matters wait for you"
    assert wording.text(message).count("r-1 (disclosure), fix: due 2026-12-03T12:00:00Z") == 2
    test = Message("1", "Acme AI", "ada", NOW)
    assert "test" in wording.title(test)
    assert "reach ada" in wording.text(test)
    assert wording.document(test, to="x")["test"] is True
