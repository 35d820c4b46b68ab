"""What waits for somebody is seen at once, with how each peer and each urgent matter stands."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kept.core.actor import Actor
from kept.errors import Denied, NotFound
from kept.practices.sharing.methods.objects import DEFINITIONS
from kept.practices.sharing.records import Collection, Peer
from kept.practices.sharing.records.urgency import Watch
from simulators.partners import Clock, Partners, incident, notice, pattern
from simulators.sharing_desk import brought
from simulators.sharing_room import opened

STRANGER = Actor("pat", "person", frozenset({"triage", "publish"}))
DAY = timedelta(days=1)
OTHER = "extension-definition--00000000-0000-4000-8000-000000000000"


def waiting(two: Partners) -> Any:
    return two.lab.service.waiting(by=two.lab.actor)


def test_what_waits_is_seen_until_it_is_done(two: Partners, clock: Clock) -> None:
    nothing = waiting(two)
    assert (nothing.arrived, nothing.notices, nothing.unended, nothing.answers, nothing.silent) == (0, (), (), (), ())
    two.publish(pattern(), incident(severity="critical"))
    told = {"members": ("Hub", "Lab"), "closes": clock.now + 7 * DAY, "collection": two.shared, "by": two.hub.actor}
    made = asyncio.run(two.hub.service.groups_draft("watch", "definition", "What it is", "A way round.", **told))
    two.pull()
    found = waiting(two)
    assert (found.arrived, [each.title for each in found.notices]) == (1, ["It was fooled"])
    assert [each.draft.id for each in found.votes] == [made.id]
    two.replay()
    asyncio.run(two.lab.service.groups_vote(made.id, "yes", by=two.lab.actor))
    found = waiting(two)
    assert (found.arrived, found.unended, found.votes) == (0, (), ())
    (answer,) = found.answers
    two.lab.service.sightings_withhold(answer.replay, reason="Not now.", by=two.lab.actor)
    asyncio.run(two.hub.service.groups_vote(made.id, "yes", by=two.hub.actor))
    two.pull()
    clock.now += 8 * DAY
    found = waiting(two)
    assert ([each.draft.id for each in found.assents], found.answers) == ([made.id], ())
    assert [(each.name, each.state) for each in found.silent] == [("hub", "silent")]


def test_an_indicator_that_no_replay_is_made_of_is_no_pattern_that_came(tmp_path: Path, url: str) -> None:
    mark = DEFINITIONS["circumvention-pattern"].id
    plain = {name: value for name, value in pattern(number=2).items() if name != "extensions"}
    naming = {**pattern(number=3), "extensions": {OTHER: {"extension_type": "property-extension", "names": mark}}}
    with opened(tmp_path, url=url) as room:
        room.service.peers_add(Peer("hub", "Hub"), by=room.actor)
        place = room.service.collections_add(Collection("shared", "c"), by=room.actor).id
        room.service.collections_grant(place, "hub", read=True, write=True, by=room.actor)
        brought(room.service, place, plain, naming)
        assert room.service.waiting(by=room.actor).arrived == 0
        brought(room.service, place, pattern())
        assert room.service.waiting(by=room.actor).arrived == 1


def test_a_peer_is_shown_with_all_that_lets_it_in_and_how_the_exchange_stands(two: Partners) -> None:
    two.publish(pattern())
    two.pull()
    hub = two.lab.service.peers_show("hub", by=two.lab.actor)
    (pulled,) = hub.pulls
    assert (pulled.remote, pulled.title, pulled.why, hub.keys, hub.outgoing) == (two.shared, "shared", "", (), None)
    lab = two.hub.service.peers_show("lab", by=two.hub.actor)
    assert [each.id for each in lab.reads] == [each.id for each in lab.writes] == [two.shared]
    (key,) = lab.keys
    assert two.hub.service.peers_revoke("lab", key=key.id, by=two.hub.actor) == 1
    assert two.hub.service.peers_show("lab", by=two.hub.actor).keys == ()
    two.lab.service.peers_add(Peer("far", "Far", url="https://127.0.0.1:1/taxii2/"), by=two.lab.actor)
    asyncio.run(two.lab.service.push("far", [incident()], collection="c", by=two.lab.actor))
    outgoing = two.lab.service.peers_show("far", by=two.lab.actor).outgoing
    assert (outgoing.objects, outgoing) == (1, waiting(two).outgoing[0])


def test_a_notice_is_shown_with_who_was_called_and_what_was_shared(two: Partners, clock: Clock) -> None:
    two.lab.service.roster_add(Watch("ada", 0, clock.now - DAY, clock.now + DAY), by=two.lab.actor)
    two.publish(notice())
    two.pull()
    (one,) = waiting(two).notices
    found = two.lab.service.notices_show(one.id, by=two.lab.actor)
    assert [each.person for each in found.calls] == ["ada"]
    assert (found.notice.title, found.document["name"], found.now) == (one.title, one.title, "2026-11-29T12:00:00Z")
    with pytest.raises(NotFound):
        two.lab.service.notices_show(7, by=two.lab.actor)


def test_nobody_without_the_role_sees_any_of_it(two: Partners) -> None:
    room = two.lab.service
    for verb, named in (("waiting", ()), ("peers_show", ("hub",)), ("notices_show", (1,)), ("object_find", ())):
        with pytest.raises(Denied):
            getattr(room, verb)(*named, by=STRANGER)
    with pytest.raises(Denied):
        room.object_trace("indicator--x", by=STRANGER)
    with pytest.raises(NotFound):
        room.peers_show("nobody", by=two.lab.actor)
