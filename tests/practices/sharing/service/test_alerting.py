"""Urgent matters reach whoever is on call, are answered and told back; no clock and no roster undoes a call."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kept.core.actor import Actor
from kept.errors import Conflict, Denied, Invalid, NotFound
from kept.practices.sharing.records.urgency import Watch
from kept.predicates import sharing_acknowledgement, sharing_release
from kept.predicates.sharing_acknowledgement import SharingAcknowledgement
from kept.predicates.sharing_release import SharingRelease
from simulators.partners import Clock, Partners, incident, notice, pattern

STRANGER = Actor("pat", "person", frozenset({"triage"}))
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def two(two: Partners) -> Partners:
    """With a roster of three."""
    for level, person in enumerate(("ada", "ben", "cy")):
        two.lab.service.roster_add(Watch(person, level, NOW - DAY, NOW + DAY), by=two.lab.actor)
    return two


def heard(two: Partners, *documents, **more):
    two.publish(*(documents or [notice()]), **more)
    two.pull()
    return waiting(two)


def waiting(two: Partners, **more):
    return two.lab.service.notices_list(by=two.lab.actor, **more)


def acknowledge(two: Partners, number: int, **more):
    return asyncio.run(two.lab.service.notices_acknowledge(number, by=two.lab.actor, **more))


def test_the_first_on_call_is_called_and_then_the_next_until_somebody_answers(two: Partners, clock: Clock) -> None:
    (found,) = heard(two)
    assert (found.channel, found.urgency, found.state, found.called) == ("incident", "immediate", "waiting", ("ada",))
    clock.now += 16 * MINUTE
    assert waiting(two)[0].called == ("ada", "ben")
    made = acknowledge(two, found.id)
    assert (made.by, made.called) == (two.lab.actor.id, ("ada", "ben"))
    clock.now += DAY
    assert waiting(two) == ()
    assert waiting(two, all=True)[0].called == ("ada", "ben")


def test_an_answer_is_recorded_and_told_to_the_sender_signed(two: Partners, clock: Clock) -> None:
    (found,) = heard(two, notice(by="2026-12-24T00:00:00Z"), tlp="amber", to=["lab"])
    clock.now += 10 * MINUTE
    made = acknowledge(two, found.id, note="We look into it.")
    (recorded,) = two.lab.context.ledger.statements(sharing_acknowledgement.TYPE)
    said = SharingAcknowledgement.parse(recorded.statement)
    assert (recorded.index, said.in_time, said.calls) == (made.recorded, True, 1)
    (received,) = two.hub.service.received()
    told = json.loads(received.body)
    assert (told["type"], told["object_refs"], told["content"]) == ("note", [notice()["id"]], "We look into it.")
    assert (received.signer, received.tlp) == ("lab", "amber")
    with pytest.raises(Conflict):
        acknowledge(two, found.id)


def test_what_nobody_has_answered_is_stated_with_what_was_shared(two: Partners, clock: Clock) -> None:
    def unanswered():
        two.lab.service.release_record(f"{NOW:%Y-%m-%d}", f"{NOW:%Y-%m-%d}", by=two.lab.actor)
        *_, last = two.lab.context.ledger.statements(sharing_release.TYPE)
        return [(each.urgency, each.count, each.late) for each in SharingRelease.parse(last.statement).unanswered or ()]

    (found,) = heard(two)
    assert unanswered() == [("immediate", 1, 0)]
    clock.now += DAY
    assert unanswered() == [("immediate", 1, 1)]
    acknowledge(two, found.id)
    assert unanswered() == []


def test_an_answer_that_comes_late_says_so(two: Partners, clock: Clock) -> None:
    (found,) = heard(two)
    clock.now += 2 * 60 * MINUTE
    assert waiting(two)[0].state == "unanswered"
    assert acknowledge(two, found.id).state == "late"
    (recorded,) = two.lab.context.ledger.statements(sharing_acknowledgement.TYPE)
    assert not SharingAcknowledgement.parse(recorded.statement).in_time


def test_incidents_what_is_done_about_them_and_news_stay_apart(two: Partners) -> None:
    found = heard(
        two, incident(), incident(status="resolved", number=2), incident(severity="critical", number=3), pattern()
    )
    assert sorted((each.channel, each.urgency) for each in found) == [
        ("incident", "immediate"),
        ("incident", "prompt"),
        ("incident response", "prompt"),
    ]


def test_a_clock_set_back_and_a_changed_roster_undo_no_call(two: Partners, clock: Clock) -> None:
    (found,) = heard(two)
    clock.now += 31 * MINUTE
    called = waiting(two)[0].called
    assert called == ("ada", "ben", "cy")
    clock.now -= 30 * DAY
    two.lab.service.roster_remove(Watch("ben", 1, NOW - DAY, NOW + DAY), by=two.lab.actor)
    assert waiting(two)[0].called == called
    assert acknowledge(two, found.id).state == "acknowledged"


def test_looking_twice_calls_nobody_twice(two: Partners) -> None:
    two.publish(notice())
    two.pull()
    assert two.lab.service.notices_look() == 1
    assert two.lab.service.notices_look() == 0


def test_a_matter_that_is_answered_while_others_are_called_calls_nobody_again(two: Partners, clock: Clock) -> None:
    (found,) = heard(two)
    clock.now += 16 * MINUTE
    service = two.lab.service
    whole, answered = service._context, []

    def late() -> datetime:
        if not answered:
            answered.append(True)
            acknowledge(two, found.id)
        return clock.now

    service._context = replace(whole, clock=late)
    assert service.notices_look() == 0
    (answer,) = waiting(two, all=True)
    assert (answer.acknowledged, answer.called) == ("2026-11-29T12:16:00Z", ("ada", "ben"))


def test_what_cannot_be_read_stops_nothing(two: Partners) -> None:
    broken = notice(number=2)
    broken["urgency"] = "someday"
    two.poison(broken)
    assert len(heard(two, notice())) == 1


def test_each_verb_needs_its_role_and_names_what_is_missing(two: Partners) -> None:
    service = two.lab.service
    with pytest.raises(Denied):
        service.notices_list(by=STRANGER)
    with pytest.raises(Denied):
        asyncio.run(service.notices_acknowledge(1, by=STRANGER))
    with pytest.raises(NotFound):
        acknowledge(two, 1)
    with pytest.raises(Invalid):
        acknowledge(two, 1, note="x" * 2001)


def test_whoever_is_called_is_to_be_told_and_the_next_when_nobody_answered(two: Partners, clock: Clock) -> None:
    two.publish(notice(by="2026-12-24T00:00:00Z"))
    two.pull()
    (due,) = two.lab.service.dues()
    number = waiting(two)[0].id
    assert (due.subject, due.clock, due.people, due.page) == (
        f"notice {number}",
        "acknowledge",
        ("ada",),
        f"/sharing/notices/{number}",
    )
    clock.now += 16 * MINUTE
    assert [each.people for each in two.lab.service.dues()] == [("ada",), ("ben",)]
    clock.now += DAY
    unanswered = two.lab.service.dues()[-1]
    assert (unanswered.people, unanswered.level, unanswered.role) == ((), 1, "share")
    acknowledge(two, number)
    assert two.lab.service.dues() == ()


def test_where_nobody_is_on_call_whoever_shares_is_to_be_told(two: Partners, clock: Clock) -> None:
    clock.now += 2 * DAY
    two.publish(notice())
    two.pull()
    (due,) = two.lab.service.dues()
    assert (due.people, due.role, due.level) == ((), "share", 0)
