"""An embargo holds until its time, unless it is lifted or broken first; none is for long."""

from datetime import UTC, datetime, timedelta

import pytest

from kept.errors import Invalid
from kept.practices.disclosure.methods.triage.embargo import Change, check_until, embargo, knowing

NOW = datetime(2026, 11, 29, tzinfo=UTC)
DAY = timedelta(days=1)
SET = Change("embargoed", NOW, NOW + 90 * DAY)


def test_without_one_anybody_may_speak() -> None:
    found = embargo([], now=NOW)
    assert (found.standing, found.holds) == ("none", False)


def test_it_holds_until_its_time_and_then_ends_by_itself() -> None:
    found = embargo([SET], now=NOW + 89 * DAY)
    assert (found.standing, found.until, found.since) == ("holds", NOW + 90 * DAY, NOW)
    assert found.holds
    ended = embargo([SET], now=NOW + 90 * DAY)
    assert (ended.standing, ended.over, ended.holds) == ("ended", NOW + 90 * DAY, False)


@pytest.mark.parametrize(("kind", "standing"), [("embargo lifted", "lifted"), ("embargo broken", "broken")])
def test_lifted_or_broken_it_holds_no_longer(kind: str, standing: str) -> None:
    found = embargo([SET, Change(kind, NOW + DAY)], now=NOW + 2 * DAY)
    assert (found.standing, found.over) == (standing, NOW + DAY)
    assert not found.holds


def test_a_second_date_moves_the_end_and_not_the_beginning() -> None:
    found = embargo([SET, Change("embargoed", NOW + 5 * DAY, NOW + 30 * DAY)], now=NOW + 6 * DAY)
    assert (found.until, found.since) == (NOW + 30 * DAY, NOW)


def test_what_was_broken_may_be_set_anew() -> None:
    again = [SET, Change("embargo broken", NOW + DAY), Change("embargoed", NOW + 2 * DAY, NOW + 9 * DAY)]
    assert embargo(again, now=NOW + 3 * DAY).since == NOW + 2 * DAY


def test_its_date_is_ahead_and_within_a_year_of_the_report() -> None:
    check_until(NOW + 90 * DAY, received=NOW, now=NOW)
    with pytest.raises(Invalid, match="in the future"):
        check_until(NOW, received=NOW, now=NOW)
    with pytest.raises(Invalid, match="at most 365 days"):
        check_until(NOW + 366 * DAY, received=NOW, now=NOW)


def test_who_knows_is_who_did_something_or_was_told() -> None:
    events = [
        ("received", "reporter", {}),
        ("assigned", "ada", {"to": "ben"}),
        ("vendor invited", "ada", {"vendor": "v-1"}),
        ("shared", "ben", {"vendors": ["v-1", "v-2"]}),
        ("embargo accepted", "v-3", {"vendor": "v-3"}),
        ("vendor revoked", "ada", {"vendor": "v-1"}),
    ]
    assert knowing(events) == (("ada", "ben"), ("v-1", "v-2", "v-3"))
    assert knowing([]) == ((), ())
