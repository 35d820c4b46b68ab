"""Two organisations exchange: signed, judged on arrival, and neither lost nor repeated when the link is."""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kept.core.keys import public_key
from kept.errors import Conflict, Denied, Invalid, Unavailable
from kept.practices.sharing.backends.taxii_client import MEDIA_TYPE
from kept.practices.sharing.methods import signed, stix, tlp
from kept.practices.sharing.records import Collection, Filter, Peer
from kept.practices.sharing.service.tables.peers import PEERS
from simulators.indicators import TIME, indicator
from simulators.served import served
from simulators.sharing_room import Room, opened
from simulators.taxii_server import application

if TYPE_CHECKING:
    from simulators.postgres_server import PostgresServer

UNLIMITED = {"peer_rate": 1e6, "peer_burst": 1e6}


@dataclass
class Two:
    """A server, who pulls from it and pushes to it, and the ids of what is served."""

    hub: Room
    lab: Room
    url: str
    shared: str
    inbox: str

    def pull(self) -> Any:
        return asyncio.run(self.lab.service.pull("hub", by=self.lab.actor))

    def push(self, *documents: dict[str, Any], **more: Any) -> Any:
        work = self.lab.service.push("hub", documents, collection=self.inbox, by=self.lab.actor, **more)
        return asyncio.run(work)

    def publish(self, *documents: dict[str, Any], **more: Any) -> None:
        done = self.hub.service.publish(documents, collection=self.shared, by=self.hub.actor, **more)
        assert [each.why for each in done] == [""] * len(documents)


def keys_of(room: Room, keyring: Any) -> str:
    return "".join(public_key(signer).to_pem() for signer in keyring.signers(room.actor))


@pytest.fixture
def urls(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """Where each of the two keeps its store: in its workspace, or on the one server that all tests share."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield "", ""
        return
    server = request.getfixturevalue("postgres")
    with server.database() as hub, server.database() as lab:
        yield hub, lab


# What is sent and received stands in the store, so that it is tried on both kinds.
on_both = pytest.mark.parametrize("urls", ["sqlite", "postgres"], indirect=True)


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, urls: tuple[str, str]) -> Iterator[Two]:
    with ExitStack() as stack:
        hub = stack.enter_context(opened(tmp_path / "hub", url=urls[0], **UNLIMITED))
        hub_keys = keys_of(hub, hub.keyring)
        lab = stack.enter_context(opened(tmp_path / "lab", url=urls[1], overlap_minutes=0))
        lab_keys = keys_of(lab, lab.keyring)
        hub.service.peers_add(Peer("lab", "Lab", keys=lab_keys), by=hub.actor)
        monkeypatch.setenv("HUB_KEY", hub.service.peers_key("lab", by=hub.actor).text)
        shared = hub.service.collections_add(Collection("shared", "c", default_tlp="green"), by=hub.actor)
        inbox = hub.service.collections_add(Collection("inbox", "c", default_tlp="green"), by=hub.actor)
        hub.service.collections_grant(shared.id, "lab", read=True, write=False, by=hub.actor)
        hub.service.collections_grant(inbox.id, "lab", read=False, write=True, by=hub.actor)
        url = stack.enter_context(served(application(hub.service)))
        peer = Peer("hub", "Hub", url=f"{url}/taxii2/", keys=hub_keys, credential="env:HUB_KEY")
        lab.service.peers_add(peer, by=lab.actor)
        yield Two(hub, lab, url, shared.id, inbox.id)


@on_both
def test_what_one_publishes_the_other_receives_once_with_whose_word_it_is(two: Two) -> None:
    two.publish(*(indicator(number) for number in range(120)))
    (pulled,) = two.pull()
    assert (pulled.new, pulled.again, pulled.refused, pulled.why) == (120, 0, (), "")
    (again,) = two.pull()
    assert again.new == 0
    received = two.lab.service.received(limit=1000)
    assert [each.id for each in received] == [indicator(number)["id"] for number in range(120)]
    assert {(each.peer, each.signature, each.signer, each.tlp) for each in received} == {
        ("hub", "valid", "hub", "amber+strict")
    }
    assert two.lab.service.received(since=received[-1].cursor) == ()
    two.publish(indicator(500), tlp="clear")
    assert two.pull()[0].new == 1
    (newer,) = two.lab.service.received(since=received[-1].cursor)
    assert newer.tlp == "clear"


@on_both
def test_what_is_pushed_arrives_signed_and_again_counts_once(two: Two) -> None:
    done = two.push(indicator(1), indicator(2), tlp="green")
    assert (done.sent, done.refused, done.waiting) == (2, (), 0)
    assert two.push(indicator(1), tlp="green").refused == ()
    received = two.hub.service.received()
    assert [(each.peer, each.signature, each.signer) for each in received] == [("lab", "valid", "lab")] * 2


@on_both
def test_what_cannot_be_sent_now_waits_and_follows_later(two: Two) -> None:
    row = PEERS.update().where(PEERS.c.name == "hub")
    two.lab.store.write(lambda connection: connection.execute(row.values(url="http://127.0.0.1:9/taxii2/")))
    away = two.push(indicator(1), indicator(2))
    assert (away.sent, away.waiting) == (0, 2)
    assert "can't be reached" in away.why
    with pytest.raises(Unavailable):
        two.pull()
    two.publish(indicator(3))
    two.lab.store.write(lambda connection: connection.execute(row.values(url=f"{two.url}/taxii2/")))
    told: list[Any] = []
    work = two.lab.service.follow(("hub",), every=0, rounds=2, told=told.append, by=two.lab.actor)
    assert asyncio.run(work) == 2
    assert sum(getattr(each, "sent", 0) for each in told) == 2
    assert sum(getattr(each, "new", 0) for each in told) == 1
    assert len(two.hub.service.received()) == 2


@on_both
def test_a_link_that_breaks_between_pages_loses_and_repeats_nothing(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    from kept.practices.sharing.backends import taxii_client
    from kept.practices.sharing.service.exchanging import pulling

    two.publish(*(indicator(number) for number in range(50)))
    monkeypatch.setattr(pulling, "PAGE", 7)
    whole, asked = taxii_client.TaxiiClient.page, iter(range(1000))

    async def broken(self: Any, *arguments: Any, **more: Any) -> Any:
        if next(asked) % 3 == 2:
            raise Unavailable("the link is gone", code="taxii.unreachable")
        return await whole(self, *arguments, **more)

    monkeypatch.setattr(taxii_client.TaxiiClient, "page", broken)
    pulls = [two.pull()[0] for _ in range(6)]
    assert pulls[0].why == "the link is gone"
    assert sum(each.new for each in pulls) == 50
    ids = [each.id for each in two.lab.service.received(limit=1000)]
    assert ids == [indicator(number)["id"] for number in range(50)]


def test_a_pull_ends_at_its_bound_and_the_next_goes_on(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    from kept.practices.sharing.service.exchanging import pulling

    two.publish(*(indicator(number) for number in range(40)))
    monkeypatch.setattr(pulling, "PAGE", 7)
    small = replace(two.lab.service._settings, pull_mb=0.02)
    monkeypatch.setattr(two.lab.service, "_settings", small)
    first = two.pull()[0]
    assert 7 <= first.new < 40
    assert first.why == "It brought 0.02 MB; what is left follows at the next pull."
    assert first.new + sum(two.pull()[0].new for _ in range(6)) == 40
    ids = [each.id for each in two.lab.service.received(limit=1000)]
    assert ids == [indicator(number)["id"] for number in range(40)]


def test_a_server_that_leads_in_circles_is_left(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    from kept.practices.sharing.backends import taxii_client

    two.publish(indicator(1))
    whole = taxii_client.TaxiiClient.page

    async def circling(self: Any, *arguments: Any, **more: Any) -> Any:
        return replace(await whole(self, *arguments, **{**more, "next": ""}), more=True, next="again")

    monkeypatch.setattr(taxii_client.TaxiiClient, "page", circling)
    (pulled,) = two.pull()
    assert (pulled.new, pulled.again) == (1, 1)
    assert pulled.why.endswith("gives the same page again and again.")


@pytest.mark.parametrize("when", ["0001-01-01T00:00:00Z", "2016-12-31T23:59:60.5Z", "9999-12-31T23:59:59Z", "٢٠٢٦"])
def test_a_server_that_adds_objects_at_no_time_of_ours_is_asked_again(
    two: Two, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    from kept.practices.sharing.backends import taxii_client

    two.publish(indicator(1))
    whole = taxii_client.TaxiiClient.page
    asked: list[str] = []

    async def dated(self: Any, *arguments: Any, **more: Any) -> Any:
        asked.append(more["added_after"])
        return replace(await whole(self, *arguments, **{**more, "added_after": ""}), last=when)

    monkeypatch.setattr(taxii_client.TaxiiClient, "page", dated)
    assert [each.why for each in (*two.pull(), *two.pull())] == ["", ""]
    begun = {"0": "1970-01-01T00:00:00.000000Z", "2": "2016-12-31T23:59:59.500000Z", "9": "9999-12-31T23:59:59.000000Z"}
    assert asked == ["", begun.get(when[0], "")]


def test_a_partner_who_refuses_what_waits_keeps_nobody_else_waiting(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_KEY", "kept-peer-0000000000000000." + "A" * 43)
    # It is kept, and so it is said to wait rather than refused.
    assert two.push(indicator(1)).waiting == 1
    told: list[Any] = []
    work = two.lab.service.follow(("hub",), every=0, rounds=1, told=told.append, by=two.lab.actor)
    assert asyncio.run(work) == 1
    sent, pulled = told
    assert (sent.sent, sent.waiting) == (0, 1)
    assert all("was refused (401)" in each.why for each in (sent, pulled))
    elsewhere = Peer("near", "Near", url=f"{two.url}/taxii2/", credential="env:NEAR_KEY")
    two.lab.service.peers_add(elsewhere, by=two.lab.actor)
    monkeypatch.setenv("NEAR_KEY", two.hub.service.peers_key("lab", by=two.hub.actor).text)
    two.publish(indicator(2))
    asyncio.run(two.lab.service.follow(rounds=1, told=told.append, by=two.lab.actor))
    assert [each.new for each in told if each.peer == "near"] == [1]


@pytest.mark.parametrize("urls", ["postgres"], indirect=True)
def test_a_database_that_ends_its_sessions_between_pages_costs_nothing(
    two: Two, monkeypatch: pytest.MonkeyPatch, postgres: "PostgresServer"
) -> None:
    from kept.practices.sharing.backends import taxii_client
    from kept.practices.sharing.service.exchanging import pulling

    two.publish(*(indicator(number) for number in range(20)))
    monkeypatch.setattr(pulling, "PAGE", 7)
    whole = taxii_client.TaxiiClient.page

    async def ended(self: Any, *arguments: Any, **more: Any) -> Any:
        page = await whole(self, *arguments, **more)
        postgres.end_sessions()
        return page

    monkeypatch.setattr(taxii_client.TaxiiClient, "page", ended)
    (pulled,) = two.pull()
    assert (pulled.new, pulled.again, pulled.refused, pulled.why) == (20, 0, (), "")
    ids = [each.id for each in two.lab.service.received(limit=1000)]
    assert ids == [indicator(number)["id"] for number in range(20)]


def test_what_was_changed_on_the_way_is_refused(two: Two) -> None:
    two.push(indicator(1))
    (received,) = two.hub.service.received()
    changed = json.loads(received.body) | {"pattern": "[file:name = '.*']"}
    reader = two.hub.service.desk.door.enter(f"Bearer {os_key()}")
    status = bring(two, reader, changed)
    assert status["failures"][0]["message"].endswith("was changed after it was signed.")
    assert len(two.hub.service.received()) == 1


def os_key() -> str:
    import os

    return os.environ["HUB_KEY"]


def bring(two: Two, reader: Any, *documents: Any, place: str = "") -> Any:
    data = json.dumps({"objects": documents}).encode()
    return json.loads(two.hub.service.desk.bring(reader, "c", place or two.inbox, data))


def test_a_signed_object_is_taken_nowhere_else_than_where_it_was_meant_for(two: Two) -> None:
    two.push(indicator(1))
    (received,) = two.hub.service.received()
    other = two.hub.service.collections_add(Collection("other", "c", default_tlp="green"), by=two.hub.actor)
    two.hub.service.collections_grant(other.id, "lab", read=True, write=True, by=two.hub.actor)
    reader = two.hub.service.desk.door.enter(f"Bearer {os_key()}")
    status = bring(two, reader, json.loads(received.body), place=other.id)
    assert "another collection" in status["failures"][0]["message"]


@on_both
def test_an_old_version_that_is_played_again_is_not_the_latest(two: Two) -> None:
    newer = indicator(1, modified="2026-11-23T00:00:00.000Z")
    two.push(newer)
    two.push(indicator(1))
    received = two.hub.service.received()
    assert [(each.version, each.latest) for each in received] == [
        ("2026-11-23T00:00:00", True),
        ("2026-11-22T07:30:00", False),
    ]


def test_a_stranger_who_passes_on_what_was_not_meant_for_it_is_refused(two: Two) -> None:
    two.push(indicator(1), tlp="red")
    (received,) = two.hub.service.received()
    two.hub.service.peers_add(Peer("thief", "Thieves"), by=two.hub.actor)
    two.hub.service.collections_grant(two.inbox, "thief", read=True, write=True, by=two.hub.actor)
    key = two.hub.service.peers_key("thief", by=two.hub.actor).text
    reader = two.hub.service.desk.door.enter(f"Bearer {key}")
    status = bring(two, reader, json.loads(received.body))
    assert "was not meant for thief" in status["failures"][0]["message"]


def test_a_signature_by_a_key_that_nobody_pinned_is_said_to_be_one(two: Two) -> None:
    row = PEERS.update().where(PEERS.c.name == "hub").values(keys="")
    two.lab.store.write(lambda connection: connection.execute(row))
    two.publish(indicator(1))
    two.pull()
    (received,) = two.lab.service.received()
    assert (received.signature, received.signer) == ("unknown", "")


def test_an_object_keeps_its_signature_through_a_server_that_spells_json_otherwise(two: Two) -> None:
    two.push(indicator(1, confidence=85, x_rate=0.5))
    (received,) = two.hub.service.received()
    respelt = json.loads(json.dumps(json.loads(received.body), indent=3, ensure_ascii=True))
    parsed = stix.parse(dict(reversed(respelt.items())))
    claim = signed.claim_of(parsed.document, version=parsed.version)
    assert claim is not None
    assert claim.collection == two.inbox


def test_a_key_that_is_revoked_while_a_body_comes_brings_nothing(two: Two) -> None:
    data = json.dumps({"objects": [indicator(1)]}).encode()
    connection = HTTPConnection(two.url.removeprefix("http://"), timeout=20)
    connection.putrequest("POST", f"/taxii2/c/collections/{two.inbox}/objects/")
    for name, value in {"Authorization": f"Bearer {os_key()}", "Content-Type": MEDIA_TYPE}.items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", str(len(data)))
    connection.endheaders(data[:50])
    while two.hub.service.peers_list()[0].state == "new":  # until the head was read, and its key let in
        time.sleep(0.01)
    two.hub.service.peers_revoke("lab", by=two.hub.actor)
    connection.send(data[50:])
    assert connection.getresponse().status == 401
    connection.close()
    assert two.hub.service.received() == ()


def test_who_was_revoked_is_not_spoken_to(two: Two) -> None:
    two.lab.service.peers_revoke("hub", by=two.lab.actor)
    with pytest.raises(Conflict, match="revoked"):
        two.pull()


def test_each_version_of_one_object_is_told_of_by_itself(two: Two) -> None:
    two.push(indicator(1))
    later = [indicator(1, modified=f"2026-11-23T00:00:0{number}.000Z") for number in range(2)]
    done = two.push(indicator(1, pattern="[file:name = 'another']"), *later)
    assert (done.sent, done.waiting) == (2, 0)
    assert [(each.id, "with other content" in each.why) for each in done.refused] == [(indicator(1)["id"], True)]


def test_a_server_that_takes_little_at_once_is_sent_little(two: Two) -> None:
    less = replace(two.hub.service._settings, largest_post_mb=0.004)
    two.hub.service.desk.settings = less
    done = two.push(*(indicator(number) for number in range(20)), indicator(50, x_much="x" * 5000))
    assert (done.sent, done.waiting) == (20, 0)
    assert [each.id for each in done.refused] == [indicator(50)["id"]]


def test_what_was_refused_is_told_though_the_server_stops_answering(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    from kept.practices.sharing.backends import taxii_client
    from kept.practices.sharing.service.exchanging import pushing

    monkeypatch.setattr(pushing, "TOGETHER", 1)
    whole, asked = taxii_client.TaxiiClient.bring, iter(range(1000))

    async def broken(self: Any, *arguments: Any) -> Any:
        if next(asked) == 3:
            raise Unavailable("the link is gone", code="taxii.unreachable")
        return await whole(self, *arguments)

    monkeypatch.setattr(taxii_client.TaxiiClient, "bring", broken)
    two.push(indicator(1))
    done = two.push(indicator(1, pattern="[file:name = 'another']"), indicator(2), indicator(3), indicator(4))
    assert (done.sent, len(done.refused), done.waiting, done.why) == (1, 1, 2, "the link is gone")


@on_both
def test_what_we_sent_ourselves_does_not_come_back_as_somebody_else_s(two: Two) -> None:
    two.hub.service.collections_grant(two.inbox, "lab", read=True, write=True, by=two.hub.actor)
    two.push(indicator(1), indicator(2), tlp="green")
    two.hub.service.publish([indicator(3)], collection=two.inbox, by=two.hub.actor)
    inbox = next(each for each in two.pull() if each.title == "inbox")
    assert (inbox.new, inbox.again, inbox.refused) == (1, 2, ())
    assert [each.id for each in two.lab.service.received()] == [indicator(3)["id"]]


def test_what_is_there_to_the_last_byte_is_taken_whoever_signed_it(two: Two) -> None:
    two.publish(indicator(1))
    reader = two.hub.service.desk.door.enter(f"Bearer {os_key()}")
    page = two.hub.service.desk.page(reader, "c", two.shared, Filter(limit=10), bodies=True)
    two.hub.service.collections_grant(two.shared, "lab", read=True, write=True, by=two.hub.actor)
    status = bring(two, reader, json.loads(page.bodies[0]), place=two.shared)
    assert (status["success_count"], status["failure_count"]) == (1, 0)
    assert two.hub.service.received() == ()


def test_a_marking_that_was_published_before_needs_not_be_sent_again(two: Two) -> None:
    name = f"marking-definition--{uuid.UUID(int=9, version=4)}"
    stated = {"definition_type": "statement", "definition": {"statement": "Copyright Hub"}}
    two.publish({"type": "marking-definition", "spec_version": "2.1", "id": name, "created": TIME, **stated})
    two.publish(indicator(1, object_marking_refs=[name]))
    assert two.pull()[0].new == 2


def test_markings_that_cannot_be_read_are_not_overruled_by_an_option(two: Two) -> None:
    with pytest.raises(Invalid, match="can't be read"):
        two.publish(indicator(1, object_marking_refs=tlp.MARKINGS["red"]), tlp="clear")


def test_a_marking_is_not_overruled_by_an_option(two: Two) -> None:
    red = indicator(1, object_marking_refs=[tlp.MARKINGS["red"]])
    with pytest.raises(Conflict, match="marked otherwise"):
        two.push(red, tlp="clear")


async def lines(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while (line := await reader.readline()).strip():
        yield line


@pytest.mark.parametrize("where", ["http://127.0.0.1:9/taxii2/", "https://elsewhere.example/taxii2/"])
def test_a_redirect_to_another_origin_is_not_followed_and_no_key_is_shown_there(where: str) -> None:
    from kept.practices.sharing.backends.taxii_client import TaxiiClient

    async def scenario() -> None:
        async def lead_away(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            [_ async for _ in lines(reader)]
            writer.write(f"HTTP/1.1 302 Found\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(lead_away, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        client = TaxiiClient(f"http://127.0.0.1:{port}/taxii2/", secret="ours")
        try:
            with pytest.raises(Denied, match="another origin"):
                await client.collections()
        finally:
            await client.close()
            server.close()

    asyncio.run(scenario())


def test_a_server_elsewhere_is_not_spoken_to_in_the_clear() -> None:
    from kept.practices.sharing.backends.taxii_client import TaxiiClient

    with pytest.raises(Denied, match="in the clear"):
        TaxiiClient("http://share.example/taxii2/")
