"""A channel is stated once it was tried from outside; what was shared is counted, and nobody named."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kept.core.actor import Actor
from kept.errors import Conflict, Denied, Invalid, Unavailable, Unverified
from kept.practices.sharing.records import Collection, Peer
from kept.practices.sharing.service import Service
from kept.predicates import sharing_channel, sharing_release
from kept.predicates.sharing_channel import SharingChannel
from kept.predicates.sharing_release import SharingRelease
from simulators.partners import Partners, partners, pattern
from simulators.served import served
from simulators.sharing_room import Room, opened
from simulators.taxii_server import application

STRANGER = Actor("pat", "person", frozenset({"triage"}))


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Partners]:
    with partners(tmp_path, monkeypatch, replay_attempts=3) as found:
        yield found


def days(room: Room) -> tuple[str, str]:
    today = f"{room.context.clock():%Y-%m-%d}"
    return today, today


def released(room: Room) -> SharingRelease:
    room.service.release_record(*days(room), by=room.actor)
    *_, last = room.context.ledger.statements(sharing_release.TYPE)
    return SharingRelease.parse(last.statement)


def test_what_a_partner_came_for_was_shared(two: Partners) -> None:
    two.publish(pattern(), tlp="green")
    assert released(two.hub).items == 0
    two.pull()
    said = released(two.hub)
    assert (said.items, said.recipients) == (1, 1)
    assert [(each.kind, each.tlp, each.count) for each in said.shared] == [("circumvention", "green", 1)]
    assert "lab" not in str(said).lower()


def test_what_a_partner_may_not_see_was_not_shared_with_them(two: Partners) -> None:
    two.hub.service.peers_add(Peer("other", "Other"), by=two.hub.actor)
    two.publish(pattern(), to=["other"], tlp="red")
    two.pull()
    assert released(two.hub).items == 0


def test_a_sighting_that_was_sent_was_shared_and_what_came_is_counted(two: Partners) -> None:
    two.publish(pattern())
    two.pull()
    (found,) = two.replay().ended
    assert [(each.reason, each.count) for each in released(two.lab).withheld or ()] == [("undecided", 1)]
    asyncio.run(two.lab.service.sightings_send(found.id, by=two.lab.actor))
    said = released(two.lab)
    assert (said.items, said.recipients, said.received) == (1, 1, 1)
    assert said.shared[0].kind == "sighting"
    assert said.withheld == ()


def test_what_a_partner_was_not_told_is_counted_by_why(two: Partners) -> None:
    two.publish(pattern())
    two.pull()
    (found,) = two.replay().ended
    two.lab.service.sightings_withhold(found.id, reason="It would name a customer.", by=two.lab.actor)
    assert [(each.reason, each.count) for each in released(two.lab).withheld or ()] == [("decided", 1)]
    two.lab.service._settings = replace(two.lab.service._settings, sightings=False)
    said = released(two.lab)
    assert [(each.reason, each.count) for each in said.withheld or ()] == [("policy", 1)]
    assert "customer" not in str(said)


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-02-30", "2026-03-01"),
        ("2026-03-02", "2026-03-01"),
        ("today", "2026-03-01"),
        ("2026-03-01", "2999-03-01"),
        ("2999-03-01", "2999-03-02"),
    ],
)
def test_a_span_that_cannot_be_is_refused(two: Partners, since: str, until: str) -> None:
    with pytest.raises(Invalid):
        two.hub.service.release_record(since, until, by=two.hub.actor)


def test_a_channel_is_open_when_it_answers_from_outside(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        room.service.collections_add(Collection("shared", "c"), by=room.actor)
        room.service.peers_add(Peer("lab", "Lab"), by=room.actor)
        with served(application(room.service)) as url:
            room.service._settings = type(room.service._settings)(public_url=url)
            receipt = asyncio.run(room.service.channel_check(by=room.actor))
        (recorded,) = room.context.ledger.statements(sharing_channel.TYPE)
        said = SharingChannel.parse(recorded.statement)
        assert (recorded.index, said.active, said.collections, said.partners) == (receipt.index, True, 1, 1)
        with pytest.raises(Unavailable):
            asyncio.run(room.service.channel_check(by=room.actor))


def test_what_answers_otherwise_is_no_channel(tmp_path: Path) -> None:
    from fastapi import FastAPI

    with served(FastAPI()) as url, opened(tmp_path, public_url=url) as room, pytest.raises(Unverified) as caught:
        asyncio.run(room.service.channel_check(by=room.actor))
    assert caught.value.code == "channel.answer"


def test_an_empty_channel_is_none(tmp_path: Path) -> None:
    with opened(tmp_path) as room, served(application(room.service)) as url:
        room.service._settings = type(room.service._settings)(public_url=url)
        with pytest.raises(Conflict):
            asyncio.run(room.service.channel_check(by=room.actor))


def test_without_an_address_there_is_nothing_to_try_and_the_assessor_says_so(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        with pytest.raises(Invalid):
            asyncio.run(room.service.channel_check(by=room.actor))
        found = asyncio.run(room.service.assess(None, {}, by=room.actor))
        assert found.evidence == ()
        assert "address" in found.summary["told"][0]
        with pytest.raises(Invalid):
            room.service.check({"attempts": 3})


def test_each_verb_needs_its_role(two: Partners) -> None:
    service: Service = two.hub.service
    with pytest.raises(Denied):
        asyncio.run(service.channel_check(by=STRANGER))
    with pytest.raises(Denied):
        service.release_record("2026-01-01", "2026-01-02", by=STRANGER)
