"""What was shared is summed over statements: nothing twice, nothing of a stranger, and what isn't known is said."""

from typing import Any

import pytest

from kept.errors import Invalid, Unverified
from kept.practices.reporting.methods.booklet.sharing import sharing as told
from kept.practices.reporting.methods.sharing import sharing
from kept.practices.reporting.records import Known
from kept.predicates import sharing_acknowledgement, sharing_channel, sharing_release, sharing_sighting
from kept.predicates.sharing_replay_plan import TYPE as PLAN
from simulators import sightings

OWN, STRANGER = frozenset({"provider"}), frozenset({"tester"})


def known(index: int, predicate: str, fields: Any, roles: frozenset[str] = OWN) -> Known:
    return Known(index, predicate, "" if fields is None else fields.get("model", ""), fields, roles=roles)


def release(index: int, since: str, until: str, **more: Any) -> Known:
    span = {"since": f"{since}T00:00:00Z", "until": f"{until}T23:59:59Z"}
    return known(index, sharing_release.TYPE, sightings.release(**span, **more))


def answered(index: int, minutes: int, **more: Any) -> Known:
    times = {"acknowledged": f"2026-11-21T0{7 + (30 + minutes) // 60}:{(30 + minutes) % 60:02}:00Z"}
    return known(index, sharing_acknowledgement.TYPE, sightings.acknowledgement(**times, **more))


def test_days_are_counted_once_and_the_last_word_counts() -> None:
    found = sharing(
        [
            release(1, "2026-09-01", "2026-09-30", recipients=5),
            release(2, "2026-10-01", "2026-10-15"),
            release(3, "2026-10-01", "2026-10-31", withheld=None),
        ]
    )["released"]
    assert (found["counted"], found["overlapping"], found["untold"]) == ([1, 3], [2], [3])
    assert (found["items"], found["received"], found["recipients"], found["sightings"]) == (8, 14, 5, 2)
    assert found["kinds"][0] == {"kind": "circumvention", "tlp": "green", "count": 6}
    assert found["withheld"] == [{"reason": "decided", "count": 1}, {"reason": "undecided", "count": 2}]


def test_what_a_stranger_signed_is_not_summed() -> None:
    stranger = known(1, sharing_release.TYPE, sightings.release(), STRANGER)
    found = sharing([stranger, known(2, sharing_acknowledgement.TYPE, sightings.acknowledgement(), STRANGER)])
    assert (found["released"], found["notices"]) == (None, [])


def test_answers_have_their_share_in_time_and_their_median_by_urgency() -> None:
    late = {"in_time": False}
    minutes = [answered(at, 10 * at) for at in range(1, 7)]
    (found,) = sharing([*minutes, answered(7, 75, **late)])["notices"]
    assert (found["urgency"], found["count"], found["in_time"]) == ("immediate", 7, 6)
    assert (found["share"]["n"], round(found["share"]["low"], 3), found["unanswered"]) == (7, 0.421, 0)
    assert found["took"]["value"] == pytest.approx(40 / 1440)
    assert found["took"]["low"] < found["took"]["value"]


def test_what_nobody_answered_counts_against_the_answers_until_somebody_does() -> None:
    waiting = [{"urgency": "immediate", "count": 3, "late": 2}]
    says = release(1, "2026-11-01", "2026-11-21", unanswered=waiting)
    (alone,) = sharing([says])["notices"]
    assert (alone["count"], alone["unanswered"], alone["late"], alone["share"]["n"]) == (0, 3, 2, 2)
    (found,) = sharing([known(0, sharing_acknowledgement.TYPE, sightings.acknowledgement()), says])["notices"]
    assert (found["unanswered"], found["share"]["n"], found["share"]["value"]) == (3, 3, 1 / 3)
    (later,) = sharing([says, answered(2, 75, in_time=False)])["notices"]
    assert (later["unanswered"], later["late"], later["share"]["n"]) == (2, 1, 2)
    assert "1 late" in str(list(told({"records": [], "sharing": sharing([says, answered(2, 75, in_time=False)])}, {})))


def test_a_rate_is_of_what_was_assessed_and_a_bound_needs_a_judge_that_is_known() -> None:
    plan, result = sightings.plan(), sightings.result()
    found = sharing([known(3, PLAN, plan), known(5, sharing_sighting.TYPE, result), known(6, PLAN, plan)])
    (one,) = found["sightings"]
    assert (one["worked"], one["counted"], one["unassessed"], one["value"]) == (12, 20, 1, 12 / 19)
    assert one["low"] < one["value"] < one["high"]
    assert found["open"] == [6]
    (other,) = sharing([known(5, sharing_sighting.TYPE, sightings.result(errors={}))])["sightings"]
    assert (one["bound"] > 0, other["bound"]) == (True, None)


def test_what_cannot_be_read_is_named() -> None:
    assert sharing([known(4, sharing_release.TYPE, None)])["unreadable"] == [4]


def test_a_time_that_is_none_and_a_malformed_channel_are_refused() -> None:
    with pytest.raises(Unverified, match="time"):
        sharing([release(1, "2026-02-30", "2026-11-21")])
    with pytest.raises(Invalid, match="malformed"):
        sharing([known(1, sharing_channel.TYPE, sightings.channel(partners=-1))])


def test_a_document_tells_it_all_and_what_is_not_known() -> None:
    channel = {"kind": "sharing-channel", "index": 1, "fields": sightings.channel()}
    entries = [release(2, "2026-10-01", "2026-10-31"), answered(3, 30), known(5, sharing_sighting.TYPE, told_of())]
    full = str(list(told({"records": [channel], "sharing": sharing(entries)}, {})))
    assert "1 replay, since people decided not to tell" in full
    assert "30 minutes [0, not reached]" in full
    quiet = sharing([release(2, "2026-10-01", "2026-10-31", unanswered=[])])
    assert "No urgent notice came from 2026-10-01" in str(list(told({"records": [], "sharing": quiet}, {})))
    bare = str(list(told({"records": [], "sharing": sharing([])}, {})))
    assert bare.count("known") == 2
    assert "No statement says that there is a channel" in bare


def told_of() -> dict[str, Any]:
    return sightings.result("u" * 5, state="abandoned")
