"""Clocks follow from events: limits, business days, waits, extensions, and what each of these can't do."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Invalid
from kept.practices.disclosure.methods.triage.clocks import (
    DEFAULT_TERMS,
    LIMITS,
    SEEN,
    Clock,
    Happened,
    clocks,
    overdue,
    terms_of,
)

MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def at(days: float) -> datetime:
    return MONDAY + days * DAY


def found(*events: Happened, now: datetime, **told: object) -> dict[str, Clock]:
    return {each.name: each for each in clocks((Happened("received", MONDAY), *events), now=now, **told)}


def test_by_default_ninety_days_after_the_report_it_is_published() -> None:
    clock = found(now=at(1))["publish"]
    assert (clock.began, clock.due, clock.standing) == (MONDAY, at(90), "running")


def test_a_clock_that_was_stopped_in_time_is_met_and_later_it_is_missed() -> None:
    assert found(Happened("acknowledged", at(1)), now=at(50))["acknowledge"].standing == "met"
    late = found(Happened("acknowledged", at(4)), now=at(50))["acknowledge"]
    assert (late.standing, late.stopped) == ("missed", at(4))


def test_one_second_decides() -> None:
    due = found(now=at(1))["fix"].due
    assert due is not None
    assert found(now=due)["fix"].standing == "running"
    assert found(now=due + timedelta(seconds=1))["fix"].standing == "overdue"


def test_business_days_pass_over_weekends_and_holidays() -> None:
    friday = datetime(2026, 11, 6, 12, tzinfo=UTC)
    events = (Happened("received", friday),)
    named = {each.name: each for each in clocks(events, now=friday)}
    assert named["acknowledge"].due == datetime(2026, 11, 11, 12, tzinfo=UTC)
    closed = terms_of({}, holidays=("2026-11-09",))
    named = {each.name: each for each in clocks(events, terms=closed, now=friday)}
    assert named["acknowledge"].due == datetime(2026, 11, 12, 12, tzinfo=UTC)


def test_what_comes_on_a_sunday_begins_to_count_on_monday() -> None:
    sunday = datetime(2026, 11, 8, 20, tzinfo=UTC)
    named = {each.name: each for each in clocks((Happened("received", sunday),), now=sunday)}
    assert named["acknowledge"].due == datetime(2026, 11, 12, tzinfo=UTC)
    assert named["fix"].due == sunday + 60 * DAY


def test_a_case_that_waits_for_its_reporter_stands_still_until_they_write() -> None:
    waited = (Happened("waiting", at(10)), Happened("message", at(15)))
    assert found(*waited, now=at(20))["publish"].due == at(95)
    assert found(waited[0], now=at(12))["publish"].standing == "waiting"
    assert found(waited[0], now=at(12))["publish"].due == at(92)


def test_waiting_does_not_excuse_that_nobody_acknowledged() -> None:
    assert found(Happened("waiting", at(1)), now=at(9))["acknowledge"].standing == "overdue"


def test_nobody_is_waited_for_longer_than_the_bound_over_all() -> None:
    waits = (Happened("waiting", at(1)), Happened("resumed", at(21)), Happened("waiting", at(22)))
    assert found(*waits, now=at(80))["publish"].due == at(120)
    assert found(*waits, now=at(80))["publish"].standing == "running"


def test_an_extension_adds_where_it_came_in_time_and_cures_nothing_after() -> None:
    early = found(Happened("extended", at(50), clock="fix", days=10), now=at(65))["fix"]
    assert (early.due, early.added_days, early.standing) == (at(70), 10, "running")
    late = found(Happened("extended", at(61), clock="fix", days=10), now=at(65))["fix"]
    assert (late.due, late.added_days, late.standing) == (at(60), 0, "overdue")


def test_an_extension_is_of_one_clock() -> None:
    assert found(Happened("extended", at(5), clock="fix", days=10), now=at(6))["publish"].due == at(90)


def test_a_case_that_ended_owes_nothing_more_and_what_was_late_stays_late() -> None:
    out = found(Happened("out of scope", at(2)), now=at(100))
    assert (out["assess"].standing, out["fix"].standing, out["publish"].standing) == ("met", "ended", "ended")
    late = found(Happened("acknowledged", at(1)), Happened("closed", at(70)), now=at(100))
    assert (late["fix"].standing, late["publish"].standing) == ("missed", "ended")


def test_to_publish_is_not_to_fix() -> None:
    named = found(Happened("reproduced", at(5)), Happened("published", at(59)), now=at(61))
    assert (named["publish"].standing, named["fix"].standing) == ("met", "overdue")
    assert overdue(named.values()) == ("fix",)


def test_what_comes_back_is_owed_again_from_then_on() -> None:
    again = (Happened("reproduced", at(1)), Happened("fixed", at(9)), Happened("regressed", at(30)))
    assert found(*again, now=at(40))["fix"].due == at(90)


def test_what_was_never_fixed_is_owed_from_the_report_whatever_is_said_of_it() -> None:
    said = (Happened("reproduced", at(1)), Happened("published", at(50)), Happened("regressed", at(70)))
    out = found(*said, now=at(80))
    assert (out["fix"].due, out["fix"].standing, out["publish"].began) == (at(60), "overdue", at(70))
    unpublished = (Happened("reproduced", at(1)), Happened("fixed", at(9)), Happened("regressed", at(89)))
    assert found(*unpublished, now=at(95))["publish"].standing == "overdue"


def test_other_terms_are_told_by_name() -> None:
    assert found(now=at(1), terms=terms_of({"fix": 7}))["fix"].due == at(7)
    with pytest.raises(Invalid, match="no clock 'fxi'"):
        terms_of({"fxi": 7})
    with pytest.raises(Invalid, match="1 to 3650 days"):
        terms_of({"fix": 0})
    with pytest.raises(Invalid, match="such as 2026-12-25"):
        terms_of({}, holidays=("Christmas",))


KINDS = st.sampled_from(["acknowledged", "waiting", "resumed", "message", "noted"])
MOMENTS = st.lists(st.tuples(st.floats(0, 200), KINDS), max_size=8)


@given(MOMENTS, st.floats(0, 300))
def test_waits_only_move_a_clock_back_and_never_beyond_the_bound(moments: list[tuple[float, str]], now: float) -> None:
    seen = False
    events = []
    for days, kind in sorted(moments):
        if kind != "acknowledged" or not seen:
            events.append(Happened(kind, at(days)))
        seen = seen or kind == "acknowledged"
    last = max([now, *(days for days, _ in moments)], default=now)
    due = found(*events, now=at(last))["publish"].due
    assert due is not None
    assert at(90) <= due <= at(90 + DEFAULT_TERMS.wait_days)


@given(st.integers(0, 13), st.integers(0, 23), st.integers(1, 30))
def test_business_time_that_passed_is_what_was_promised(day: int, hour: int, days: int) -> None:
    began = datetime(2026, 11, 2, hour, tzinfo=UTC) + day * DAY
    named = {e.name: e for e in clocks((Happened("received", began),), terms=terms_of({"assess": days}), now=began)}
    due = named["assess"].due
    assert due is not None
    hours = [began + timedelta(hours=n) for n in range(int((due - began).total_seconds() // 3600))]
    assert sum(each.weekday() < 5 for each in hours) == days * 24
    assert LIMITS["assess"].business


def test_what_clocks_are_said_to_look_at_is_all_that_they_look_at() -> None:
    named = {kind for limit in LIMITS.values() for kind in (*limit.since, *limit.until)}
    assert named <= SEEN
    events = (Happened("received", MONDAY), Happened("waiting", at(1)), Happened("message", at(3)))
    noise = [Happened(kind, at(2), "fix", 9) for kind in ("noted", "overdue", "opened", "assigned", "replied")]
    assert not {each.kind for each in noise} & SEEN
    assert clocks((*events[:2], *noise, events[2]), now=at(70)) == clocks(events, now=at(70))
