"""The broker's stream is followed day by day, and alarms become cases that two people open."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import func, select

from kept.core.actor import Actor
from kept.errors import Conflict, Denied, Invalid, NotFound
from kept.practices.weights.records.insiders import AccessEvent
from kept.practices.weights.service.moments import milliseconds
from kept.practices.weights.service.people import People
from kept.practices.weights.service.tables.access import READS
from kept.practices.weights.service.tables.insiders import ALARMS
from kept.practices.weights.service.watching.watcher import Watcher
from kept.predicates import insider_alarm
from simulators.insider import MONDAY, Log, simulate
from simulators.weights_room import Room, opened

DAYS = 34
WATCHERS = tuple(Actor(name, "person", frozenset({"watcher"})) for name in ("wanda", "walt", "wim"))
WANDA, WALT, WIM = WATCHERS


class Hands:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(days=DAYS + 1)

    def __call__(self) -> datetime:
        return self.time


@cache
def log() -> Log:
    return simulate(7100, people=30, days=DAYS, quiet=16, thieves=2, kinds=("decoy", "bulk"))


def write(room: Room, events: Iterable[AccessEvent]) -> None:
    rows = [
        {
            "made": milliseconds(event.moment),
            "person": event.actor,
            "reservation": 0,
            **{
                name: getattr(event, name)
                for name in (
                    "outcome",
                    "file",
                    "tensors",
                    "bytes",
                    "team",
                    "role",
                    "host",
                    "purpose",
                    "lease",
                    "other",
                    "code",
                    "decoy",
                )
            },
        }
        for event in events
        if event.outcome not in ("request", "approval")
    ]
    if rows:
        room.store.write(lambda connection: connection.execute(READS.insert(), rows))


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with opened(tmp_path, clock=Hands()) as room:
        yield room


@pytest.fixture
def watched(room: Room) -> Room:
    write(room, log().events())
    room.service.watch(by=WANDA)
    return room


def one(room: Room, tier: str) -> str:
    return next(case.id for case in room.service.cases_list(by=WANDA) if case.tier == tier)


def test_thieves_are_found_in_the_broker_s_stream_by_pseudonym(watched: Room) -> None:
    people = People(watched.context)
    guilty = {people.pseudonym(name) for name in log().guilty()}
    cases = watched.service.cases_list(by=WANDA)
    assert guilty <= {case.person for case in cases}
    assert {case.person for case in cases if case.rule == "decoy"} <= guilty
    said = repr(cases)
    assert not any(person.name in said for person in log().people)


def test_the_ledger_is_told_of_each_alarm_and_of_no_name(watched: Room) -> None:
    recorded = list(watched.ledger.statements(insider_alarm.TYPE))
    assert len(recorded) == len(watched.service.cases_list(by=WANDA))
    said = "".join(str(each.predicate) for each in recorded)
    assert not any(case.person in said for case in watched.service.cases_list(by=WANDA))
    assert not any(person.name in said for person in log().people)


def test_looking_again_raises_nothing_again(watched: Room) -> None:
    before = watched.service.cases_list(by=WANDA)
    assert watched.service.watch(by=WANDA).alarms == ()
    fresh = Watcher(watched.context, watched.context.settings)
    assert fresh.follow(by=WANDA).events == 0
    assert watched.service.cases_list(by=WANDA) == before


def test_a_watcher_that_is_started_anew_each_day_raises_the_same(tmp_path: Path) -> None:
    found = []
    for name, again in (("once", False), ("daily", True)):
        with opened(tmp_path / name, clock=Hands()) as room:
            context = room.context
            for day in range(24):
                # Half of a day first, so that the running day is read again by the next watcher.
                events = log().day(day)
                for part in (events[: len(events) // 2], events[len(events) // 2 :]):
                    write(room, part)
                    room.context.clock.time = MONDAY + timedelta(days=day, hours=23)  # type: ignore[attr-defined]
                    if again:
                        Watcher(context, context.settings).follow(by=WANDA)
            Watcher(context, context.settings).follow(by=WANDA)
            query = select(ALARMS.c.day, ALARMS.c.tier, ALARMS.c.rule, ALARMS.c.words).where(
                ALARMS.c.tier != "guarantee"
            )
            with room.store.read() as connection:
                found.append(sorted(map(tuple, connection.execute(query))))
    assert found[0] == found[1]
    assert found[0]


def test_a_broken_rule_is_told_before_the_day_is_over(room: Room) -> None:
    room.context.clock.time = MONDAY + timedelta(hours=12)  # type: ignore[attr-defined]
    write(room, [AccessEvent(MONDAY + timedelta(hours=11), "dana", "refused", code="decoy.opened", decoy=True)])
    (alarm,) = room.service.watch(by=WANDA).alarms
    assert (alarm.tier, alarm.rule, alarm.name) == ("rule", "decoy", "")


def test_a_name_shows_when_two_people_opened_the_case(watched: Room) -> None:
    alarm = one(watched, "rule")
    assert watched.service.cases_open(alarm, by=WANDA).name == ""
    assert watched.service.cases_show(alarm, by=WALT).name == ""
    with pytest.raises(Denied, match="two people"):
        watched.service.cases_open(alarm, by=WANDA)
    case = watched.service.cases_open(alarm, by=WALT)
    assert case.name in log().guilty()
    assert case.opened_by == ("wanda", "walt")
    states = [each.predicate["state"] for each in watched.ledger.statements(insider_alarm.TYPE) if each.predicate]
    assert states.count("opened") == 1
    with pytest.raises(Conflict):
        watched.service.cases_open(alarm, by=WIM)


def test_nobody_judges_themselves_and_nobody_else_looks(watched: Room) -> None:
    alarm = one(watched, "rule")
    person = next(case.person for case in watched.service.cases_list(by=WANDA) if case.id == alarm)
    suspect = Actor(People(watched.context).name(person), "person", frozenset({"watcher"}))
    with pytest.raises(Denied, match="themselves"):
        watched.service.cases_open(alarm, by=suspect)
    stranger = Actor("sam", "person", frozenset({"custodian"}))
    for verb in (watched.service.watch, watched.service.cases_list):
        with pytest.raises(Denied):
            verb(by=stranger)
    with pytest.raises(Denied):
        watched.service.cases_show(alarm, by=stranger)
    with pytest.raises(NotFound):
        watched.service.cases_show("a-0000000000000000", by=WANDA)


def test_a_dismissed_case_raises_this_person_s_thresholds_alone(watched: Room) -> None:
    alarm = next(case.id for case in watched.service.cases_list(by=WANDA) if case.tier == "queue" and case.reasons)
    with pytest.raises(Conflict):
        watched.service.cases_close(alarm, outcome="dismissed", note="A migration.", by=WANDA)
    watched.service.cases_open(alarm, by=WANDA)
    case = watched.service.cases_open(alarm, by=WALT)
    with pytest.raises(Invalid):
        watched.service.cases_close(alarm, outcome="dismissed", note=" ", by=WANDA)
    assert watched.service.cases_close(alarm, outcome="dismissed", note="A migration.", by=WANDA).state == "dismissed"
    detector = Watcher(watched.context, watched.context.settings).detector
    allowance = detector.queue.rows["allowance"]
    assert (allowance[detector.people[case.person]] > 0).sum() == len(case.reasons)
    assert (allowance > 0).any(axis=1).sum() == 1


def test_another_log_is_watched_in_a_state_of_its_own(room: Room, tmp_path: Path) -> None:
    place = tmp_path / "log.csv"
    lines = ["when,who,what,size"]
    lines += [f"{event.moment.isoformat()},{event.actor},{event.file},{event.bytes}" for event in log().events()]
    place.write_text("\n".join(lines))
    mapping = ("moment=when", "actor=who", "file=what", "bytes=size")
    found = room.service.import_log(str(place), form="csv", mapping=mapping, by=WANDA)
    assert found.people == 30
    assert found.alarms
    assert not list(room.ledger.statements(insider_alarm.TYPE))
    assert not any(person.name in repr(found) for person in log().people)
    with pytest.raises(Conflict):
        room.service.import_log(str(place), form="csv", mapping=mapping, by=WANDA)
    with room.store.read() as connection:
        assert connection.execute(select(func.count()).select_from(ALARMS)).scalar() == len(found.alarms)


def test_of_a_log_that_breaks_off_nothing_is_kept(room: Room, tmp_path: Path) -> None:
    place = tmp_path / "log.csv"
    lines = ["moment,actor,decoy", *(f"2026-01-{day:02},dana,true" for day in range(1, 5))]
    place.write_text("\n".join([*lines, "never,dana,true"]))
    with pytest.raises(Invalid, match="Line 6"):
        room.service.import_log(str(place), form="csv", by=WANDA)
    assert room.service.cases_list(by=WANDA) == ()
    place.write_text("\n".join(lines))
    assert len(room.service.import_log(str(place), form="csv", by=WANDA).alarms) == 4
