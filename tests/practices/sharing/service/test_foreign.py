"""A server that is not ours and does much otherwise is pulled from to the end, and refuses nothing that it has."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kept.errors import Denied
from kept.practices.sharing.backends import taxii_client
from kept.practices.sharing.records import Peer, Pulled, Pushed
from simulators.foreign_taxii import Foreign, served
from simulators.indicators import indicator
from simulators.sharing_room import Room, opened


@pytest.fixture
def foreign() -> Iterator[Foreign]:
    with served(Foreign()) as found:
        yield found


@pytest.fixture
def lab(tmp_path: Path, foreign: Foreign, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    monkeypatch.setenv("FOREIGN", foreign.credential)

    async def at_once(_: float) -> None:
        """What is pending is done the next time."""

    monkeypatch.setattr(taxii_client.asyncio, "sleep", at_once)
    with opened(tmp_path) as room:
        peer = Peer("them", "Them", url=f"{foreign.url}/taxii2/", credential="env:FOREIGN")
        room.service.peers_add(peer, by=room.actor)
        yield room


def pull(lab: Room) -> Pulled:
    (found,) = asyncio.run(lab.service.pull("them", by=lab.actor))
    return found


def push(lab: Room, foreign: Foreign, *documents: dict[str, Any]) -> Pushed:
    work = lab.service.push("them", documents, collection=foreign.id, tlp="green", by=lab.actor)
    return asyncio.run(work)


def test_a_server_whose_pages_have_one_name_is_read_to_the_end(lab: Room, foreign: Foreign) -> None:
    foreign.add(*(indicator(number) for number in range(40)))
    found = pull(lab)
    assert (found.new, found.again, found.why) == (40, 0, "")
    assert [each.id for each in lab.service.received(limit=100)] == [indicator(number)["id"] for number in range(40)]
    foreign.add(*(indicator(number) for number in range(40, 60)))
    found = pull(lab)
    assert (found.new, found.why) == (20, "")


def test_a_pull_gets_on_though_its_overlap_holds_more_than_it_takes(lab: Room, foreign: Foreign) -> None:
    foreign.add(*(indicator(number) for number in range(40)))
    lab.service._settings = replace(lab.service._settings, pull_mb=0.003)
    found = [pull(lab).new for _ in range(8)]
    assert max(found) < 40
    assert sum(found) == 40


def test_it_is_entered_by_a_name_and_a_password(lab: Room, foreign: Foreign, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pull(lab).why == ""
    for wrong in ("admin:another", "Password0"):
        monkeypatch.setenv("FOREIGN", wrong)
        with pytest.raises(Denied) as raised:
            pull(lab)
        assert "name:password" in str(raised.value.hint)


def test_what_is_pending_is_asked_for_until_it_is_not(lab: Room, foreign: Foreign) -> None:
    sent = push(lab, foreign, *(indicator(number) for number in range(3)))
    assert (sent.sent, sent.refused, sent.waiting) == (3, (), 0)
    assert [each for each in foreign.asked if "/status/" in each] != []


def test_what_stands_there_already_is_no_refusal_and_another_content_is(lab: Room, foreign: Foreign) -> None:
    push(lab, foreign, *(indicator(number) for number in range(20)))
    again = push(lab, foreign, *(indicator(number) for number in range(20)))
    assert (again.sent, again.refused) == (20, ())
    mixed = push(lab, foreign, indicator(1, name="another"), indicator(2), indicator(99))
    assert [each.id for each in mixed.refused] == [indicator(1)["id"]]
    assert mixed.sent == 2
    assert len(foreign.objects) == 21
    assert pull(lab).new == 0  # it is our own word that comes back


def test_where_nobody_may_look_a_refusal_stands(lab: Room, foreign: Foreign) -> None:
    foreign.can_read = False
    assert push(lab, foreign, indicator(1)).sent == 1
    assert [each.why for each in push(lab, foreign, indicator(1)).refused] == ["Unable to process object"]
