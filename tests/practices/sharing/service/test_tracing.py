"""Objects are found whoever made them, and what became of each is told in one place."""

import asyncio
from collections.abc import Iterator

import pytest

from kept.errors import Invalid, NotFound
from kept.practices.sharing.records.library import Told
from kept.practices.sharing.service import Service, tracing
from simulators.partners import Partners, incident, partners, pattern


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Partners]:
    with (
        pytest.MonkeyPatch.context() as patched,
        partners(tmp_path_factory.mktemp("partners"), patched, replay_attempts=2) as found,
    ):
        found.publish(pattern(), incident())
        found.pull()
        found.replay()
        (held,) = found.lab.service.sightings_list(by=found.lab.actor)
        asyncio.run(found.lab.service.sightings_send(held.replay, by=found.lab.actor))
        yield found


def test_a_pattern_is_traced_from_both_ends(two: Partners) -> None:
    named = pattern()["id"]
    there = two.lab.service.object_trace(named, by=two.lab.actor)
    (version,) = there.versions
    assert (version.owner, version.source, version.signature, version.title) == ("hub", "hub", "valid", "shared")
    assert (there.held, there.cursor, there.document["name"]) == (None, version.cursor, "A way round")
    (replay,) = there.replays
    assert (replay.state, [each.state for each in there.told]) == ("replayed", ["sent"])
    here = two.hub.service.object_trace(named, by=two.hub.actor)
    assert ([each.owner for each in here.versions], here.replays) == ([""], ())
    (heard,) = here.heard
    assert (heard.peer, heard.signer, heard.trials, heard.successes) == ("lab", "lab", replay.counted, replay.worked)
    seen = two.hub.service.object_trace(heard.id, cursor=heard.cursor, by=two.hub.actor)
    assert seen.document["sighting_of_ref"] == named


def test_objects_are_found_by_whose_they_are_and_by_each_filter(two: Partners) -> None:
    def found(room: Service, **more: str) -> list[str]:
        return [each.name for each in room.object_find(**more, by=two.lab.actor)]

    lab, hub = two.lab.service, two.hub.service
    (mirror,) = [each.id for each in lab.collections_list() if each.peer]
    both = ["It was fooled", "A way round"]
    assert found(lab, whose="received") == found(lab, whose="received", tlp="amber+strict", collection=mirror) == both
    assert found(lab, whose="received", kind="incident") == both[:1]
    assert found(lab, whose="received", tlp="red") == found(lab, whose="published") == []
    assert found(hub, whose="published", collection=two.shared) == both
    last = str(lab.object_find(whose="received", by=two.lab.actor)[0].cursor)
    assert found(lab, whose="received", after=last) == both[1:]
    for wrong in ({"whose": "mine"}, {"tlp": "white"}, {"whose": "received", "after": "x"}, {"after": "indicator--x"}):
        with pytest.raises(Invalid):
            found(lab, **wrong)


def test_ones_own_are_found_page_by_page(two: Partners, monkeypatch: pytest.MonkeyPatch) -> None:
    room, by = two.lab.service, two.lab.actor
    names = [f"Way {number}" for number in range(3)]
    for at, name in enumerate(names):
        about = Told(name, tlp="red" if at else "clear")
        room.object_new_jailbreak(
            about, "role-play", [f"Play a part, {name}"], {}, log=None, unlogged="None is kept.", by=by
        )
    monkeypatch.setattr(tracing, "PAGE", 2)
    first = room.object_find(kind="indicator", by=by)
    rest = room.object_find(kind="indicator", after=first[-1].id, by=by)
    assert sorted(each.name for each in (*first, *rest)) == names
    assert {each.tlp for each in room.object_find(tlp="red", by=by)} == {"red"}
    assert room.object_find(kind="incident", by=by) == room.object_find(collection="x", by=by) == ()
    traced = room.object_trace(first[0].id, by=by)
    assert (traced.cursor, traced.versions, traced.document["name"]) == (0, (), first[0].name)
    with pytest.raises(NotFound):
        room.object_trace(first[0].id, cursor=5, by=by)
    with pytest.raises(NotFound):
        room.object_trace("indicator--none", by=by)
