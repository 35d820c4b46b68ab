"""Who is on call is said by level and by time, and so is when nobody is."""

from datetime import UTC, datetime, timedelta

import pytest

from kept.core.actor import Actor
from kept.errors import Denied, Invalid, NotFound
from kept.practices.sharing.records.urgency import Watch
from simulators.partners import Clock, Partners

STRANGER = Actor("pat", "person", frozenset({"triage"}))
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def test_the_roster_tells_who_is_on_call_and_where_nobody_is(two: Partners, clock: Clock) -> None:
    assert clock.now == NOW
    service, by = two.lab.service, two.lab.actor
    for level, person in enumerate(("ada", "ben", "cy")):
        service.roster_add(Watch(person, level, NOW - DAY, NOW + DAY), by=by)
    found = service.roster_show(by=by)
    assert found.now == ("ada", "ben", "cy")
    assert [each.begins for each in found.gaps] == [NOW + DAY]
    service.roster_add(Watch("dee", 0, NOW + DAY, NOW + 20 * DAY), by=by)
    assert service.roster_show(by=by).gaps == ()
    with pytest.raises(Invalid):
        service.roster_add(Watch("eve", 0, NOW, NOW + DAY), by=by)
    with pytest.raises(NotFound):
        service.roster_remove(Watch("eve", 0, NOW, NOW + DAY), by=by)
    service.roster_remove(Watch("ben", 1, NOW - DAY, NOW + DAY), by=by)
    assert service.roster_show(by=by).now == ("ada", "cy")


def test_each_verb_needs_its_role(two: Partners) -> None:
    service, watch = two.lab.service, Watch("eve", 5, NOW, NOW + DAY)
    with pytest.raises(Denied):
        service.roster_show(by=STRANGER)
    for verb in (service.roster_add, service.roster_remove):
        with pytest.raises(Denied):
            verb(watch, by=STRANGER)
