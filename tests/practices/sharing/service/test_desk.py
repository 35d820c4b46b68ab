"""What each reader sees: TLP 2.0 at the time of asking, full pages, and no trace of what isn't theirs."""

import base64
import hashlib
import itertools
import json
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from kept.errors import Denied, Invalid, NotFound
from kept.practices.sharing.methods import tlp
from kept.practices.sharing.methods.objects import definition_objects
from kept.practices.sharing.records import LEVELS, Collection, Filter, Peer, Reader, Tlp
from kept.practices.sharing.service.admitting import StrangerError
from kept.practices.sharing.service.desk import ENVELOPE
from kept.practices.sharing.service.shelves.queries import asked
from kept.practices.sharing.service.shelves.writing import VERSIONS
from kept.practices.sharing.service.tables.peers import PEERS
from simulators import indicators
from simulators.indicators import TIME
from simulators.sharing_room import Room, age, opened

NOW = datetime(2026, 11, 29, 7, 30, tzinfo=UTC)
LATER = "2026-11-23T07:30:00.000Z"

# name, organisation, whose client, and whether it may read
PEOPLE = {
    "anna": ("Alpha", "", True),
    "amos": ("Alpha", "", True),
    "bella": ("Beta", "", True),
    "carl": ("Client of Alpha", "Alpha", True),
    "otto": ("Outside", "", False),
}


def indicator(number: int, level: Tlp | None = None, **more: Any) -> dict[str, Any]:
    marking = {"object_marking_refs": [tlp.MARKINGS[level]]} if level else {}
    return indicators.indicator(number, **marking, **more)


@dataclass
class Shelf:
    """A collection, its readers, and a clock that a test moves."""

    room: Room
    id: str
    readers: dict[str, Reader]
    now: list[datetime] = field(default_factory=list)

    def bring(self, who: str, *documents: Any) -> Any:
        data = json.dumps({"objects": documents}).encode()
        return json.loads(self.room.service.desk.bring(self.readers[who], "c", self.id, data))

    def publish(self, *documents: Any, **more: Any) -> None:
        done = self.room.service.publish(documents, collection=self.id, by=self.room.actor, **more)
        assert {each.why for each in done} == {""}

    def page(self, who: str, **more: Any) -> Any:
        wanted = Filter(**{"limit": 1000, **more})
        return self.room.service.desk.page(self.readers[who], "c", self.id, wanted, bodies=True)

    def seen(self, who: str, **more: Any) -> list[str]:
        return [entry.object for entry in self.page(who, **more).entries]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def room(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Room, Any]]:
    """A room with its people, on each kind of database, and its clock."""
    moved = [NOW]
    with ExitStack() as stack:
        made = request.getfixturevalue("postgres").database() if request.param == "postgres" else nullcontext("")
        url = stack.enter_context(made)
        found = stack.enter_context(opened(tmp_path_factory.mktemp("desk"), clock=lambda: moved[0], url=url))
        for name, (organisation, client_of, _) in PEOPLE.items():
            found.service.peers_add(Peer(name, organisation, client_of), by=found.actor)
        yield found, moved


@pytest.fixture
def shelf(room: tuple[Room, Any]) -> Shelf:
    found, moved = room
    moved[0] = NOW
    made = Collection("shared", "c", default_tlp="amber+strict", released=True)
    collection = found.service.collections_add(made, by=found.actor)
    for name, (_, _, reads) in PEOPLE.items():
        if reads:
            found.service.collections_grant(collection.id, name, read=True, write=True, by=found.actor)
    readers = {name: entered(found, name) for name in PEOPLE}
    return Shelf(found, collection.id, readers, moved)


def entered(room: Room, name: str) -> Reader:
    key = room.service.peers_key(name, by=room.actor).text
    return room.service.desk.door.enter(f"Bearer {key}")


# Whom an object of Alpha's anna reaches, by its level.
REACHES: dict[Tlp, set[str]] = {
    "clear": {"anna", "amos", "bella", "carl", "otto"},
    "green": {"anna", "amos", "bella", "carl"},
    "amber": {"anna", "amos", "carl"},
    "amber+strict": {"anna", "amos"},
    "red": {"anna"},
}


def test_each_level_reaches_whom_it_may_and_nobody_else_by_any_resource(shelf: Shelf) -> None:
    numbers = {level: number for number, level in enumerate(LEVELS)}
    for level, number in numbers.items():
        assert shelf.bring("anna", indicator(number, level))["success_count"] == 1
    desk = shelf.room.service.desk
    for name, (level, number) in itertools.product(PEOPLE, numbers.items()):
        identifier = indicator(number)["id"]
        one = Filter(limit=10, ids=(identifier,))
        if name in REACHES[level]:
            assert desk.of_object(shelf.readers[name], "c", shelf.id, one, bodies=True).bodies
            continue
        assert identifier not in shelf.seen(name, versions=("all",))
        assert identifier not in shelf.seen(name, ids=(identifier,), versions=("first",))
        for bodies in (True, False):
            with pytest.raises(NotFound, match="There is no object"):
                desk.of_object(shelf.readers[name], "c", shelf.id, one, bodies=bodies)
        if PEOPLE[name][2]:
            with pytest.raises(NotFound, match="There is no object"):
                desk.delete(shelf.readers[name], "c", shelf.id, Filter(limit=1, ids=(identifier,), versions=("all",)))


def test_recipients_that_are_named_get_what_they_may(shelf: Shelf) -> None:
    shelf.publish(indicator(1, "red"), to=["bella"])
    shelf.publish(indicator(2, "amber"), to=["anna"])
    shelf.publish(indicator(3, "amber+strict"), to=["anna"])
    wanted = {"bella": [1], "anna": [2, 3], "amos": [2, 3], "carl": [2], "otto": []}
    for name, numbers in wanted.items():
        assert shelf.seen(name) == [indicator(number)["id"] for number in numbers]


def test_what_is_not_marked_goes_as_far_as_the_collection_says(shelf: Shelf) -> None:
    shelf.bring("anna", indicator(1))
    assert [bool(shelf.seen(name)) for name in PEOPLE] == [True, True, False, False, False]


def test_who_leaves_an_organisation_sees_no_more_of_it_from_the_next_question_on(shelf: Shelf) -> None:
    room = shelf.room
    room.service.peers_add(Peer("ada", "Alpha"), by=room.actor)
    room.service.collections_grant(shelf.id, "ada", read=True, write=False, by=room.actor)
    shelf.bring("anna", indicator(1, "amber"))
    shelf.readers["ada"] = entered(room, "ada")
    assert shelf.seen("ada")
    moved = PEERS.update().where(PEERS.c.name == "ada").values(organisation="Beta")
    room.store.write(lambda connection: connection.execute(moved))
    shelf.readers["ada"] = entered(room, "ada")
    assert shelf.seen("ada") == []


def test_the_same_object_brought_by_who_may_not_see_it_is_answered_as_if_it_were_not_there(shelf: Shelf) -> None:
    shelf.bring("anna", indicator(1, "red"))
    shelf.now[0] += timedelta(hours=1)
    status = shelf.bring("bella", indicator(1, "red"))
    fresh = shelf.bring("bella", indicator(2, "red"))
    for each in (status, fresh):
        assert (each["success_count"], each["failure_count"]) == (1, 0)
    added = {entry.object: entry.number for entry in shelf.page("bella").entries}
    assert added[indicator(2)["id"]] - added[indicator(1)["id"]] < 1000
    assert shelf.seen("anna") == [indicator(1)["id"]]


def test_the_same_version_with_other_content_is_a_failure_only_where_it_is_seen(shelf: Shelf) -> None:
    shelf.bring("anna", indicator(1, "amber"))
    changed = indicator(1, "amber", name="changed")
    assert "other content" in shelf.bring("anna", changed)["failures"][0]["message"]
    assert "somebody else's" in shelf.bring("amos", changed)["failures"][0]["message"]
    assert shelf.bring("bella", changed)["success_count"] == 1
    # Bella's words stand beside Anna's for nobody: each organisation sees its own.
    assert b'"changed"' in shelf.page("bella").bodies[0]
    assert b'"changed"' not in shelf.page("anna").bodies[0]


def test_nobody_overrules_an_object_of_somebody_else(shelf: Shelf) -> None:
    shelf.bring("anna", indicator(1, "green"))
    newer = indicator(1, "green", modified=LATER, revoked=True)
    assert "only they may change it" in shelf.bring("bella", newer)["failures"][0]["message"]
    shelf.bring("anna", indicator(2, "red"))
    shelf.bring("bella", indicator(2, "green", modified=LATER, revoked=True))
    assert b'"revoked"' not in shelf.page("anna", ids=(indicator(2)["id"],)).bodies[0]


def test_the_last_version_is_the_last_that_a_reader_may_see(shelf: Shelf) -> None:
    shelf.bring("anna", indicator(1, "green"), indicator(1, "red", modified=LATER))
    assert b'"modified":"%s"' % TIME.encode() in shelf.page("bella").bodies[0]
    assert b'"modified":"%s"' % LATER.encode() in shelf.page("anna").bodies[0]
    assert [len(shelf.seen(name, versions=("all",))) for name in ("bella", "anna")] == [1, 2]
    assert b'"modified":"%s"' % TIME.encode() in shelf.page("anna", versions=("first",)).bodies[0]
    assert len(shelf.seen("anna", versions=("first", "last"))) == 2
    assert shelf.seen("anna", versions=("2026-11-23T07:30:00",)) == [indicator(1)["id"]]
    assert shelf.seen("bella", versions=("2026-11-23T07:30:00",)) == []


def test_an_older_version_that_comes_later_is_not_the_last(shelf: Shelf) -> None:
    shelf.bring("anna", indicator(1, "green", modified=LATER))
    shelf.bring("anna", indicator(1, "green"))
    assert b'"modified":"%s"' % LATER.encode() in shelf.page("bella").bodies[0]
    assert b'"modified":"%s"' % TIME.encode() in shelf.page("bella", versions=("first",)).bodies[0]


@pytest.mark.parametrize("limit", [1, 7, 100])
def test_pages_are_full_whatever_others_have_between(shelf: Shelf, limit: int) -> None:
    shelf.bring("anna", *(indicator(number, "red" if number % 3 else "green") for number in range(60)))
    found, after = [], 0
    while True:
        page = shelf.page("bella", limit=limit, after=after)
        found += [entry.object for entry in page.entries]
        if not page.more:
            break
        assert len(page.entries) == limit
        after = page.entries[-1].number
    assert found == [indicator(number)["id"] for number in range(0, 60, 3)]


def test_what_comes_while_a_client_pages_is_found_once_at_the_end(shelf: Shelf) -> None:
    shelf.bring("anna", *(indicator(number, "green") for number in range(20)))
    # The clock stands still, or is set back: every object has a later time than those before it.
    found, after = [], 0
    for turn in itertools.count():
        page = shelf.page("bella", limit=7, after=after)
        found += [(entry.number, entry.object) for entry in page.entries]
        if not page.more:
            break
        after = page.entries[-1].number
        if turn < 3:
            shelf.now[0] -= timedelta(hours=1)
            shelf.bring("anna", *(indicator(100 + 10 * turn + at, "green") for at in range(3)))
    numbers = [number for number, _ in found]
    assert numbers == sorted(set(numbers))
    assert len({name for _, name in found}) == len(found) == 29


def test_what_was_deleted_is_gone_and_only_its_owner_deletes_it_or_brings_it_back(shelf: Shelf) -> None:
    desk, one = shelf.room.service.desk, indicator(1, "green")
    shelf.bring("anna", one, indicator(1, "green", modified=LATER))
    whole = Filter(limit=1, ids=(one["id"],), versions=("all",))
    with pytest.raises(Denied, match="somebody else's"):
        desk.delete(shelf.readers["bella"], "c", shelf.id, whole)
    desk.delete(shelf.readers["anna"], "c", shelf.id, Filter(limit=1, ids=(one["id"],), versions=("last",)))
    assert b'"modified":"%s"' % TIME.encode() in shelf.page("bella").bodies[0]
    desk.delete(shelf.readers["anna"], "c", shelf.id, whole)
    assert shelf.seen("bella", versions=("all",)) == []
    assert shelf.bring("anna", one)["success_count"] == 1


def test_a_status_is_read_by_whoever_asked_alone(shelf: Shelf) -> None:
    status = shelf.bring("anna", indicator(1), {"type": "indicator"})
    assert (status["total_count"], status["success_count"], status["failure_count"]) == (2, 1, 1)
    desk = shelf.room.service.desk
    assert json.loads(desk.status(shelf.readers["anna"], "c", status["id"])) == status
    with pytest.raises(NotFound):
        desk.status(shelf.readers["amos"], "c", status["id"])


def test_a_key_from_before_keys_were_salted_opens_still(url: str, tmp_path: Path) -> None:
    secret, number = bytes(range(32)), "ab" * 8
    key = f"kept-peer-{number}.{base64.urlsafe_b64encode(secret).decode().rstrip('=')}"
    row = {"id": number, "peer": "old", "digest": hashlib.sha256(secret).digest(), "made": 1, "used": 0}

    def as_before(connection: Connection) -> None:
        age(connection, version=3)
        columns = "(id, peer, digest, made, used) VALUES (:id, :peer, :digest, :made, :used)"
        connection.execute(text(f"INSERT INTO sharing_api_keys {columns}"), row)

    with opened(tmp_path, url=url) as room:
        room.service.peers_add(Peer("old", "Old"), by=room.actor)
        room.store.write(as_before)
    with opened(tmp_path, url=url) as room:
        assert room.service.desk.door.enter(f"Bearer {key}").name == "old"
        with pytest.raises(StrangerError):
            room.service.desk.door.enter(f"Bearer {key[:-3]}AAA")


def test_a_key_that_was_revoked_opens_nothing_from_then_on(shelf: Shelf) -> None:
    room = shelf.room
    room.service.peers_add(Peer("lost", "Lost"), by=room.actor)
    issued = [room.service.peers_key("lost", by=room.actor) for _ in range(2)]
    room.service.peers_revoke("lost", key=issued[0].id, by=room.actor)
    with pytest.raises(StrangerError):
        room.service.desk.door.enter(f"Bearer {issued[0].text}")
    assert room.service.desk.door.enter(f"Bearer {issued[1].text}").name == "lost"
    room.service.peers_revoke("lost", by=room.actor)
    with pytest.raises(StrangerError):
        room.service.desk.door.enter(f"Bearer {issued[1].text}")
    assert {row.name: row.state for row in room.service.peers_list()}["lost"] == "revoked"


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer x", "Basic !!", "Basic eA==", "Basic " + "A" * 2000, "Digest x", "Bearer é"]
)
def test_what_is_no_key_opens_nothing(shelf: Shelf, header: str) -> None:
    with pytest.raises(StrangerError):
        shelf.room.service.desk.door.enter(header)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"objects":{}}', b'{"objects":[]}', b"[" * 100 + b"]" * 100])
def test_what_is_no_envelope_is_refused_whole(shelf: Shelf, data: bytes) -> None:
    with pytest.raises(Invalid):
        shelf.room.service.desk.bring(shelf.readers["anna"], "c", shelf.id, data)


def test_a_marking_that_is_not_at_hand_fails_and_one_in_the_envelope_or_before_counts(shelf: Shelf) -> None:
    own = {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": f"marking-definition--{uuid.UUID(int=9, version=4)}",
        "created": TIME,
        "definition_type": "statement",
        "definition": {"statement": "Copyright Alpha"},
    }
    marked = indicator(1, object_marking_refs=[own["id"], tlp.MARKINGS["green"]])
    assert "isn't known here" in shelf.bring("anna", marked)["failures"][0]["message"]
    assert shelf.bring("anna", own, marked)["success_count"] == 2
    again = indicator(2, object_marking_refs=[own["id"], tlp.MARKINGS["green"]])
    assert shelf.bring("anna", again)["success_count"] == 1
    # Whoever may not see the marking isn't told that it is there.
    assert (
        "isn't known here"
        in shelf.bring("bella", indicator(3, object_marking_refs=[own["id"]]))["failures"][0]["message"]
    )


def test_an_object_has_a_thousand_versions_at_most_and_its_ends_are_the_oldest_and_the_newest(shelf: Shelf) -> None:
    moments = [f"2026-11-23T07:{number // 60:02}:{number % 60:02}Z" for number in range(VERSIONS + 2)]
    shuffled = moments[7::2] + moments[0:7] + moments[8::2]
    first = shelf.bring("anna", *(indicator(1, "green", modified=each) for each in shuffled[:500]))
    rest = shelf.bring("anna", *(indicator(1, "green", modified=each) for each in shuffled[500:]))
    assert (first["success_count"], rest["success_count"]) == (500, VERSIONS - 500)
    assert [each["message"] for each in rest["failures"]] == [
        f"There are {VERSIONS} versions of this object here already: take some of them out first."
    ] * 2
    taken = sorted(shuffled[:VERSIONS])
    for word, moment in (("first", taken[0]), ("last", taken[-1])):
        (body,) = shelf.page("bella", versions=(word,)).bodies
        assert json.loads(body)["modified"] == moment
    assert shelf.bring("anna", indicator(1, "green", modified=taken[3]))["failure_count"] == 0
    assert shelf.bring("bella", indicator(1, "green", modified=taken[3], name="x"))["success_count"] == 0


def test_halves_of_pairs_and_more_than_can_be_meant_are_refused_before_they_cost_anything(shelf: Shelf) -> None:
    half = json.dumps({"objects": [indicator(1, object_marking_refs=["marking-definition--\ud800"]), indicator(2)]})
    status = json.loads(shelf.room.service.desk.bring(shelf.readers["anna"], "c", shelf.id, half.encode()))
    assert (status["success_count"], status["failure_count"]) == (1, 1)
    for data in (b'{"objects":[' + b"{}," * 600_000 + b"{}]}", b'{"objects":[' + b'"x",' * ENVELOPE + b"{}]}"):
        with pytest.raises(Invalid, match=r"more than|at most"):
            shelf.room.service.desk.bring(shelf.readers["anna"], "c", shelf.id, data)


def test_a_marking_that_is_defined_anew_lowers_nothing(shelf: Shelf) -> None:
    own = {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": f"marking-definition--{uuid.UUID(int=19, version=4)}",
        "created": TIME,
        "definition_type": "tlp",
        "definition": {"tlp": "red"},
        "object_marking_refs": [tlp.MARKINGS["green"]],
    }
    lowered = {**own, "definition": {"tlp": "white"}}
    assert shelf.bring("anna", own, indicator(1, object_marking_refs=[own["id"]]))["success_count"] == 2
    status = shelf.bring("anna", lowered, indicator(2, object_marking_refs=[own["id"]]))
    assert [each["message"] for each in status["failures"]] == [
        "This version of the object is here already, with other content."
    ]
    shelf.bring("bella", lowered, indicator(3, object_marking_refs=[own["id"]]))
    assert shelf.seen("amos") == [own["id"]]
    assert shelf.seen("bella") == [own["id"], indicator(3)["id"]]


def test_what_bears_the_id_of_a_published_definition_says_the_same(shelf: Shelf) -> None:
    forged = [
        {**tlp.definition("clear"), "id": tlp.MARKINGS["red"]},
        {**definition_objects()[1], "schema": "https://mallory.example/schema.json"},
        {**definition_objects()[1], "extension_types": ["toplevel-property-extension"]},
        {**definition_objects()[0], "name": "Mallory"},
    ]
    status = shelf.bring("bella", *forged, indicator(1, object_marking_refs=tlp.MARKINGS["red"]))
    assert (status["success_count"], status["failure_count"]) == (0, 5)
    assert all("says otherwise" in each["message"] for each in status["failures"][:4])
    assert shelf.bring("bella", *definition_objects(), *map(tlp.definition, LEVELS))["failure_count"] == 0


def test_an_observable_without_a_version_is_taken_once_from_each(shelf: Shelf) -> None:
    address = {
        "type": "ipv4-addr",
        "id": "ipv4-addr--ff26c055-6336-5bc5-b98d-13d6226742dd",
        "value": "198.51.100.3",
        "object_marking_refs": [tlp.MARKINGS["green"]],
    }
    for who in ("anna", "anna", "bella"):
        assert shelf.bring(who, address)["failure_count"] == 0
    assert shelf.seen("bella", versions=("all",)) == [address["id"]]


def test_filters_agree_with_each_other(shelf: Shelf) -> None:
    note = {
        "type": "note",
        "spec_version": "2.1",
        "id": f"note--{uuid.UUID(int=1, version=4)}",
        "created": TIME,
        "modified": TIME,
        "content": "seen again",
        "object_refs": [indicator(1)["id"]],
        "object_marking_refs": [tlp.MARKINGS["green"]],
    }
    shelf.bring("anna", indicator(1, "green"), note, indicator(2, "green"))
    assert shelf.seen("bella", kinds=("note",)) == [note["id"]]
    assert len(shelf.seen("bella", kinds=("note", "indicator"))) == 3
    assert shelf.seen("bella", kinds=("note",), ids=(indicator(1)["id"],)) == []
    assert len(shelf.seen("bella", kinds=("note", *(f"t-{number}" for number in range(90))))) == 1
    assert shelf.seen("bella", specifications=("2.0",)) == []
    assert len(shelf.seen("bella", specifications=("2.0", "2.1"))) == 3


def test_what_came_is_received_in_its_order_and_an_old_version_is_not_the_latest(shelf: Shelf) -> None:
    service = shelf.room.service
    before = max((each.cursor for each in service.received(limit=10_000)), default=0)
    shelf.publish(indicator(3, "green"))
    shelf.bring("anna", indicator(1, "green", modified=LATER), indicator(2, "red"))
    shelf.bring("anna", indicator(1, "green"))
    found = service.received(since=before)
    assert [(each.id, each.tlp, each.latest) for each in found] == [
        (indicator(1)["id"], "green", True),
        (indicator(2)["id"], "red", True),
        (indicator(1)["id"], "green", False),
    ]
    assert {(each.peer, each.signature, each.signer, each.collection) for each in found} == {
        ("anna", "none", "", shelf.id)
    }
    assert service.received(since=found[0].cursor, limit=1) == found[1:2]


def test_versions_that_are_named_are_found_among_all_objects_in_the_order_in_which_they_came(shelf: Shelf) -> None:
    shelf.bring("anna", *(indicator(number, "green", modified=LATER) for number in range(1, 6)))
    shelf.bring("bella", *(indicator(number, "green") for number in range(6, 9)))
    shelf.bring("anna", indicator(9, "amber+strict"), indicator(1, "green", modified="2026-11-24T07:30:00.000Z"))
    early, late, latest = "2026-11-22T07:30:00", "2026-11-23T07:30:00", "2026-11-24T07:30:00"

    def seen(who: str, **more: Any) -> list[int]:
        return [uuid.UUID(each.partition("--")[2]).int & 0xFF for each in shelf.seen(who, **more)]

    assert seen("bella", versions=(early,)) == [6, 7, 8]
    assert seen("anna", versions=(early,)) == [6, 7, 8, 9]
    assert seen("anna", versions=(late, early)) == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert seen("anna", versions=(latest, "first")) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 1]
    assert seen("anna", versions=(early, "last")) == [2, 3, 4, 5, 6, 7, 8, 9, 1]
    assert seen("anna", versions=("2026-11-21T00:00:00",)) == []
    assert seen("anna", versions=(early,), kinds=("indicator",)) == [6, 7, 8, 9]
    assert seen("anna", versions=(early, "last"), kinds=("malware", "indicator")) == [2, 3, 4, 5, 6, 7, 8, 9, 1]
    assert seen("anna", versions=(early,), kinds=("malware",)) == []
    many = tuple(f"2026-10-{day:02}T{hour:02}:00:00" for day in range(1, 29) for hour in range(24))
    assert seen("anna", versions=(*many, early)) == [6, 7, 8, 9]
    first = shelf.page("anna", versions=(late, early), limit=4)
    rest = shelf.page("anna", versions=(late, early), after=first.entries[-1].number)
    assert (first.more, len(first.entries), len(rest.entries)) == (True, 4, 5)


@pytest.mark.parametrize("kinds", [(), ("indicator",)])
def test_a_version_that_is_named_is_found_by_its_index_alone(shelf: Shelf, kinds: tuple[str, ...]) -> None:
    """However many other objects a collection holds: its cost is that of what is found."""
    if shelf.room.store.is_local:
        told: list[str] = []
        wanted = Filter(limit=10, versions=("2026-11-22T07:30:00",), kinds=kinds)
        with shelf.room.store.read() as connection:
            explained = Explained(connection, told)
            asked(explained, 1, ("g", "c"), wanted)
        walks = [each for each in told if each.startswith("SEARCH e ")]
        found = "sharing_shown_by_version (collection=? AND audience=? AND version=? AND number>?)"
        assert walks == [f"SEARCH e USING INDEX {found}"] * 2


class Explained:
    """A connection that tells how a statement would be answered."""

    def __init__(self, connection: Any, told: list[str]) -> None:
        self._connection, self._told = connection, told
        self.dialect = connection.dialect

    def exec_driver_sql(self, statement: str, values: Any) -> Any:
        plan = self._connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        self._told.extend(row[3] for row in plan)
        return self._connection.exec_driver_sql(statement, values)
