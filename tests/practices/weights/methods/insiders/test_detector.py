"""The three tiers over simulated people and thieves; the seeds here were not used to choose anything."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import numpy as np
import pytest

from kept.practices.weights.methods.insiders.detector import Detector
from kept.practices.weights.methods.insiders.features import NAMES, NEW_FILES
from kept.practices.weights.records.insiders import AccessEvent, Alarm, Manner
from simulators.insider import MONDAY, Log, file_id, simulate

PLAIN = AccessEvent(MONDAY, "dana", "read", file=file_id(1), bytes=5, role="training", lease="l", host="h", purpose="p")


def watch(events: Iterable[AccessEvent], manner: Manner | None = None) -> tuple[Detector, list[Alarm]]:
    detector = Detector(manner or Manner(), np.random.default_rng(0).random)
    alarms = [alarm for event in events for alarm in detector.feed(event)]
    return detector, [*alarms, *detector.close()]


@cache
def watched(seed: int) -> tuple[Log, Detector, list[Alarm]]:
    log = simulate(seed, people=80, days=90, quiet=45, thieves=6)
    return log, *watch(log.events())


def day_of(alarm: Alarm) -> int:
    return (date.fromisoformat(alarm.day) - MONDAY.date()).days


@pytest.mark.parametrize("seed", [7001, 7002])
def test_thieves_are_shown_within_the_daily_budget(seed: int) -> None:
    log, _, alarms = watched(seed)
    guilty = log.guilty()
    shown = [alarm for alarm in alarms if alarm.tier == "queue"]
    days = [alarm.day for alarm in shown]
    assert len(days) == len(set(days))
    caught = {alarm.actor for alarm in shown if day_of(alarm) in guilty.get(alarm.actor, ())}
    found = [thief for thief in log.thieves if caught & {log.people[who].name for who in thief.who}]
    assert len(found) >= 5


@pytest.mark.parametrize("seed", [7001, 7002])
def test_whoever_opens_a_decoy_is_told_of_that_moment(seed: int) -> None:
    log, _, alarms = watched(seed)
    told = {alarm.actor for alarm in alarms if alarm.rule == "decoy"}
    assert told == {log.people[thief.who[0]].name for thief in log.thieves if thief.kind == "decoy"}


def test_an_alarm_says_what_was_done_beside_habit_and_peers() -> None:
    _, _, alarms = watched(7001)
    shown = [alarm for alarm in alarms if alarm.tier == "queue" and alarm.reasons]
    assert all(reason.feature in NAMES for alarm in shown for reason in alarm.reasons)
    assert any("would be usual for this person" in alarm.words for alarm in shown)
    assert any("times their own habit" in alarm.words for alarm in shown)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"decoy": True}, "decoy"),
        ({"decoy": True, "outcome": "request"}, "decoy"),
        ({"outcome": "refused", "code": "budget.over"}, "over budget"),
        ({"outcome": "refused", "code": "lease.none"}, "no lease"),
        ({"lease": ""}, "no lease"),
        ({"outcome": "refused", "code": "lease.tensor"}, ""),
        ({}, ""),
    ],
)
def test_a_rule_is_broken_by_one_event(change: dict[str, str], rule: str) -> None:
    _, alarms = watch([replace(PLAIN, **change), replace(PLAIN, **change)])  # type: ignore[arg-type]
    assert [alarm.rule for alarm in alarms] == ([rule] if rule else [])


def test_a_log_without_leases_is_watched_without_that_rule() -> None:
    _, alarms = watch([replace(PLAIN, lease="")], Manner(leases=False))
    assert alarms == []


def test_a_harmless_pattern_raises_one_persons_threshold_for_one_feature() -> None:
    detector, _ = watch([PLAIN, replace(PLAIN, actor="eli")])
    detector.forgive("dana", {NEW_FILES: 9.0})
    allowance = detector.queue.rows["allowance"]
    assert allowance[detector.people["dana"], NEW_FILES] == 4.0
    assert allowance.sum() == 4.0


def test_memory_grows_with_people_and_not_with_what_they_do() -> None:
    def after(days: int, people: int) -> int:
        events = (
            replace(PLAIN, moment=MONDAY + timedelta(days=day), actor=f"p{who}", file=file_id(day * 7 + who))
            for day in range(days)
            for who in range(people)
        )
        return watch(events)[0].bytes()

    assert after(20, 64) == after(60, 64)
    assert after(3, 640) < 12 * after(3, 64)
