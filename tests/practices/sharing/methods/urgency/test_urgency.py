"""Urgent matters are acknowledged in time, or reach the next on call; what a clock says can't undo what happened."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Invalid
from kept.practices.sharing.methods.urgency import LIMITS, alert, check_roster, due, gaps, on_call, step
from kept.practices.sharing.records.urgency import Gap, Watch

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = 24 * HOUR
WEEK = (
    Watch("ada", 0, NOON - DAY, NOON + DAY),
    Watch("ben", 1, NOON - DAY, NOON + DAY),
    Watch("cy", 2, NOON - DAY, NOON + DAY),
)


def stands(now, **more):
    told = {"received": NOON, "roster": WEEK, **more}
    return alert("incident", "immediate", now=now, **told)


@pytest.mark.parametrize("channel", LIMITS)
def test_what_is_more_urgent_has_less_time(channel):
    limits = [LIMITS[channel][urgency] for urgency in ("immediate", "prompt", "routine")]
    assert limits == sorted(limits)
    assert len(set(limits)) == 3


@pytest.mark.parametrize("urgency", ["immediate", "prompt", "routine"])
def test_an_incident_has_less_time_than_the_answer_to_it_and_that_less_than_news(urgency):
    limits = [LIMITS[channel][urgency] for channel in ("incident", "incident response", "information")]
    assert limits == sorted(limits)
    assert len(set(limits)) == 3


def test_whoever_sends_can_ask_for_less_time_and_never_for_more():
    told = {"received": NOON}
    assert due("incident", "prompt", asked=NOON + 6 * HOUR, **told) == NOON + 6 * HOUR
    assert due("incident", "prompt", asked=NOON + 90 * DAY, **told) == NOON + DAY


def test_a_notice_that_was_long_on_its_way_leaves_a_step_to_answer_it():
    assert due("incident", "prompt", received=NOON, asked=NOON - DAY) == NOON + 6 * HOUR


def test_one_after_the_other_is_called_until_somebody_answers():
    assert [call.person for call in stands(NOON).calls] == ["ada"]
    assert [call.person for call in stands(NOON + step("incident", "immediate")).calls] == ["ada", "ben"]
    assert [call.person for call in stands(NOON + HOUR).calls] == ["ada", "ben", "cy"]
    answered = stands(NOON + 5 * HOUR, acknowledged=NOON + timedelta(minutes=10))
    assert [call.person for call in answered.calls] == ["ada"]
    assert answered.state == "acknowledged"


def test_whoever_is_on_call_at_the_step_is_called_and_not_who_was_before():
    roster = (
        Watch("ada", 0, NOON - DAY, NOON + timedelta(minutes=10)),
        Watch("dee", 0, NOON + timedelta(minutes=10), NOON + DAY),
    )
    assert [call.person for call in stands(NOON + HOUR / 4, roster=roster).calls] == ["ada", "dee"]


def test_the_states():
    assert stands(NOON + HOUR).state == "waiting"
    assert stands(NOON + HOUR + timedelta(seconds=1)).state == "unanswered"
    assert stands(NOON + DAY, acknowledged=NOON + HOUR).state == "acknowledged"
    assert stands(NOON + DAY, acknowledged=NOON + 2 * HOUR).state == "late"


def test_without_a_roster_nobody_is_called_and_the_clock_runs_all_the_same():
    found = stands(NOON + DAY, roster=())
    assert (found.calls, found.state) == ((), "unanswered")


def test_a_clock_set_back_changes_nothing_that_was():
    assert stands(NOON - 365 * DAY).calls == stands(NOON).calls
    assert stands(NOON - DAY, acknowledged=NOON + HOUR).state == "acknowledged"


@given(st.timedeltas(timedelta(0), timedelta(days=40)), st.timedeltas(timedelta(0), timedelta(days=40)))
def test_time_only_adds_calls(first, more):
    before, after = stands(NOON + first).calls, stands(NOON + first + more).calls
    assert after[: len(before)] == before
    assert len({call.person for call in after}) == len(after)


def test_at_every_moment_somebody_is_first_on_call_or_the_gap_is_told():
    roster = (Watch("ada", 0, NOON, NOON + DAY), Watch("ben", 0, NOON + 2 * DAY, NOON + 3 * DAY))
    assert gaps(roster, since=NOON - DAY, until=NOON + 4 * DAY) == (
        Gap(NOON - DAY, NOON),
        Gap(NOON + DAY, NOON + 2 * DAY),
        Gap(NOON + 3 * DAY, NOON + 4 * DAY),
    )
    assert gaps(roster, since=NOON, until=NOON + DAY) == ()
    assert gaps((), since=NOON, until=NOON + DAY) == (Gap(NOON, NOON + DAY),)


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 20), st.integers(0, 2)), max_size=8),
    st.integers(-5, 60),
)
def test_a_gap_is_where_nobody_is_first_on_call(spans, hour):
    roster = [Watch("x", level, NOON + at * HOUR, NOON + (at + length) * HOUR) for at, length, level in spans]
    moment = NOON + hour * HOUR
    first = [each for each in roster if each.level == 0]
    inside = any(gap.begins <= moment < gap.ends for gap in gaps(roster, since=NOON - DAY, until=NOON + 4 * DAY))
    assert inside == (on_call(first, moment) == ())


def test_at_a_hand_over_the_new_one_is_called():
    roster = (Watch("ada", 0, NOON, NOON + DAY), Watch("ben", 0, NOON + DAY, NOON + 2 * DAY))
    assert on_call(roster, NOON + DAY) == ("ben",)
    assert check_roster(roster) == roster


@pytest.mark.parametrize(
    ("watches", "code"),
    [
        ([Watch("ada", 0, NOON, NOON)], "roster.watch"),
        ([Watch("ada", -1, NOON, NOON + DAY)], "roster.watch"),
        ([Watch("", 0, NOON, NOON + DAY)], "roster.watch"),
        ([Watch("ada", 0, NOON, NOON + DAY), Watch("ben", 0, NOON + HOUR, NOON + 2 * DAY)], "roster.overlap"),
        ([Watch("ada", 0, NOON, NOON + DAY)] * 5001, "roster.long"),
    ],
)
def test_a_roster_that_cannot_be_is_refused(watches, code):
    with pytest.raises(Invalid) as caught:
        check_roster(watches)
    assert caught.value.code == code


def test_two_at_one_time_are_fine_on_two_levels():
    assert check_roster(WEEK) == WEEK
