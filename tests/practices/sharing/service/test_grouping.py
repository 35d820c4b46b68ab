"""Members propose, comment and vote by signed notes, and all compute the same result from them."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from kept.core.actor import Actor
from kept.errors import Conflict, Denied, Invalid, NotFound
from kept.practices.sharing.methods.groups.notes import EXTENSION
from kept.practices.sharing.records import Collection
from kept.practices.sharing.service.tables.groups import GROUP_NOTES
from kept.predicates import sharing_adoption
from kept.predicates.sharing_adoption import SharingAdoption
from simulators.partners import Clock, Partners, pattern
from simulators.sharing_room import Room

STRANGER = Actor("pat", "person", frozenset({"triage"}))
DAY = timedelta(days=1)
TEXT = "A jailbreak is a way round a safeguard."


def done(room: Room, verb: str, *args: Any, **more: Any) -> Any:
    return asyncio.run(getattr(room.service, verb)(*args, by=room.actor, **more))


def proposed(two: Partners, clock: Clock, **more: Any) -> Any:
    """A draft that the hub proposes, and that the lab has heard of."""
    told = {"members": ("Hub", "Lab"), "closes": clock.now + 7 * DAY, "collection": two.shared, **more}
    made = done(two.hub, "groups_draft", "watch", "definition", "What a jailbreak is", TEXT, **told)
    two.pull()
    return made


def show(room: Room, draft: str) -> Any:
    return room.service.groups_show(draft, by=room.actor)


def test_a_draft_that_one_proposes_the_others_see_and_both_compute_the_same(two: Partners, clock: Clock) -> None:
    made = proposed(two, clock)
    done(two.lab, "groups_comment", made.id, "What of a human who is fooled?")
    done(two.lab, "groups_vote", made.id, "yes")
    done(two.hub, "groups_vote", made.id, "yes", note="As we said.")
    two.pull()
    clock.now += 8 * DAY
    hub, lab = show(two.hub, made.id), show(two.lab, made.id)
    assert hub == lab
    assert (hub.draft.text, hub.result.decision, hub.result.yes) == (TEXT, "adopted", ("Hub", "Lab"))
    assert [(each.member, each.text) for each in hub.comments] == [("Lab", "What of a human who is fooled?")]


def test_whoever_voted_for_it_signs_and_everybody_sees(two: Partners, clock: Clock) -> None:
    made = proposed(two, clock)
    for room in (two.lab, two.hub):
        done(room, "groups_vote", made.id, "yes")
    two.pull()
    with pytest.raises(Conflict):
        done(two.lab, "groups_sign", made.id)
    clock.now += 8 * DAY
    done(two.hub, "groups_sign", made.id)
    found = done(two.lab, "groups_sign", made.id)
    two.pull()
    assert show(two.hub, made.id).signed == show(two.lab, made.id).signed == ("Hub", "Lab")
    (recorded,) = two.lab.context.ledger.statements(sharing_adoption.TYPE)
    said = SharingAdoption.parse(recorded.statement)
    assert (said.draft, said.result, said.yes, said.members) == (made.digest, found.result.digest, 2, 2)
    with pytest.raises(Conflict) as caught:
        done(two.lab, "groups_sign", made.id)
    assert caught.value.code == "groups.signed"


def test_a_vote_that_the_others_do_not_take_does_not_count_here_either(two: Partners, clock: Clock) -> None:
    made = proposed(two, clock)
    two.hub.service.collections_grant(two.shared, "lab", read=True, write=False, by=two.hub.actor)
    with pytest.raises(Conflict, match="can't be written to"):
        done(two.lab, "groups_vote", made.id, "yes")
    clock.now += 8 * DAY
    assert show(two.lab, made.id) == show(two.hub, made.id)


def test_an_assent_that_was_recorded_and_not_told_is_told_the_next_time(
    two: Partners, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = proposed(two, clock)
    for room in (two.lab, two.hub):
        done(room, "groups_vote", made.id, "yes")
    two.pull()
    clock.now += 8 * DAY

    async def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(two.lab.service, "_say", cut)
        with pytest.raises(KeyboardInterrupt):
            done(two.lab, "groups_sign", made.id)
    assert show(two.lab, made.id).signed == ()
    assert done(two.lab, "groups_sign", made.id).signed == ("Lab",)
    assert show(two.hub, made.id).signed == ("Lab",)
    assert len(list(two.lab.context.ledger.statements(sharing_adoption.TYPE))) == 1


def test_the_last_vote_before_the_close_counts_and_none_after(two: Partners, clock: Clock) -> None:
    made = proposed(two, clock)
    done(two.lab, "groups_vote", made.id, "yes")
    clock.now += DAY
    done(two.lab, "groups_vote", made.id, "no")
    clock.now += 7 * DAY
    with pytest.raises(Conflict) as caught:
        done(two.lab, "groups_vote", made.id, "yes")
    assert caught.value.code == "groups.closed"
    found = show(two.hub, made.id).result
    assert (found.decision, found.no) == ("rejected", ("Lab",))


def test_who_voted_against_it_does_not_sign(two: Partners, clock: Clock) -> None:
    made = proposed(two, clock, members=("Hub", "Lab", "Elm"))
    done(two.hub, "groups_vote", made.id, "yes")
    done(two.lab, "groups_vote", made.id, "abstain")
    two.pull()
    clock.now += 8 * DAY
    assert show(two.lab, made.id).result.decision == "adopted"
    with pytest.raises(Conflict, match="not for it"):
        done(two.lab, "groups_sign", made.id)


def test_a_vote_in_the_name_of_another_is_shown_and_does_not_count(two: Partners, clock: Clock) -> None:
    made = proposed(two, clock)
    done(two.lab, "groups_vote", made.id, "no")
    with two.lab.store.read() as connection:
        row = connection.execute(GROUP_NOTES.select().where(GROUP_NOTES.c.what == "vote")).one()
    forged = json.loads(row.body)
    forged["id"] = forged["id"][:-1] + ("0" if forged["id"][-1] != "0" else "1")
    forged["extensions"][EXTENSION] |= {"member": "Hub", "choice": "no"}
    asyncio.run(two.lab.service.push("hub", [forged], collection=two.shared, by=two.lab.actor))
    found = show(two.hub, made.id).result
    assert found.no == ("Lab",)
    assert [(each.vote.member, each.why) for each in found.votes if each.why] == [("Hub", "unsigned")]


def test_what_cannot_be_read_stops_nothing(two: Partners, clock: Clock) -> None:
    made = proposed(two, clock)
    done(two.lab, "groups_vote", made.id, "yes")
    with two.lab.store.read() as connection:
        row = connection.execute(GROUP_NOTES.select().where(GROUP_NOTES.c.what == "vote")).one()
    broken = json.loads(row.body)
    broken["id"] = broken["id"][:-1] + ("0" if broken["id"][-1] != "0" else "1")
    broken["extensions"][EXTENSION]["choice"] = "perhaps"
    asyncio.run(two.lab.service.push("hub", [broken, pattern()], collection=two.shared, by=two.lab.actor))
    assert show(two.hub, made.id).result.yes == ("Lab",)


def test_drafts_that_cannot_be_are_refused(two: Partners, clock: Clock) -> None:
    for wrong in ({"members": ("Elm", "Oak")}, {"members": ("Hub",)}, {"closes": clock.now}):
        with pytest.raises(Invalid):
            proposed(two, clock, **wrong)
    assert two.hub.service.groups_list(by=two.hub.actor) == ()


@pytest.mark.parametrize("unseen", ["\t", "\r", "\u202e"])
def test_what_no_member_could_read_is_refused_and_not_kept(two: Partners, clock: Clock, unseen: str) -> None:
    made = proposed(two, clock)
    told = {"members": ("Hub", "Lab"), "closes": clock.now + 7 * DAY, "collection": two.shared}
    for verb, args, more in (
        ("groups_comment", (made.id, f"One line.\nAnother{unseen}."), {}),
        ("groups_vote", (made.id, "yes"), {"note": f"One line.\nBecause{unseen}."}),
        ("groups_draft", ("watch", "practice", "Title", f"One line.\nAnother{unseen}."), told),
        ("groups_draft", ("watch", "practice", f"Title{unseen}.", TEXT), told),
        ("groups_draft", (f"watch{unseen}.", "practice", "Title", TEXT), told),
    ):
        with pytest.raises(Invalid, match=f"line [12] of .* holds U\\+{ord(unseen):04X}"):
            done(two.hub, verb, *args, **more)
    (found,) = two.hub.service.groups_list(by=two.hub.actor)
    assert (found.draft, found.comments, found.result.votes) == (made, (), ())
    assert len(two.hub.service.object_find(whose="published", by=two.hub.actor)) == 1


def test_a_draft_that_no_other_member_would_see_is_refused(two: Partners, clock: Clock) -> None:
    for level in ("amber", "amber+strict", "red"):
        with pytest.raises(Invalid, match="no other member"):
            proposed(two, clock, tlp=level)
    place = two.hub.service.collections_add(Collection("g", "c", amber="members"), by=two.hub.actor)
    two.hub.service.collections_grant(place.id, "lab", read=True, write=True, by=two.hub.actor)
    made = proposed(two, clock, tlp="amber+strict", collection=place.id)
    done(two.lab, "groups_vote", made.id, "yes")
    assert show(two.hub, made.id).result.yes == ("Lab",)


def test_what_a_partner_does_not_take_is_not_kept_as_if_it_had_been_said(two: Partners, clock: Clock) -> None:
    made = proposed(two, clock)
    two.hub.service.collections_grant(two.shared, "lab", read=True, write=False, by=two.hub.actor)
    with pytest.raises(Conflict, match="hub doesn't take it"):
        done(two.lab, "groups_vote", made.id, "yes")
    assert show(two.lab, made.id).result == show(two.hub, made.id).result
    with pytest.raises(NotFound):
        done(
            two.hub,
            "groups_draft",
            "watch",
            "practice",
            "T",
            TEXT,
            members=("Hub", "Lab"),
            closes=clock.now + DAY,
            collection="nowhere",
        )
    assert [each.draft.id for each in two.hub.service.groups_list(by=two.hub.actor)] == [made.id]


def test_each_verb_needs_its_role_and_names_what_is_missing(two: Partners, clock: Clock) -> None:
    service = two.hub.service
    told = {"members": ("Hub", "Lab"), "closes": clock.now, "collection": two.shared}
    works = (
        service.groups_draft("g", "practice", "t", "x", **told, by=STRANGER),
        service.groups_comment("d", "x", by=STRANGER),
        service.groups_vote("d", "yes", by=STRANGER),
        service.groups_sign("d", by=STRANGER),
    )
    for work in works:
        with pytest.raises(Denied):
            asyncio.run(work)
    for verb in (lambda: service.groups_list(by=STRANGER), lambda: service.groups_show("d", by=STRANGER)):
        with pytest.raises(Denied):
            verb()
    for verb, args in (("groups_comment", ("d", "x")), ("groups_vote", ("d", "yes")), ("groups_sign", ("d",))):
        with pytest.raises(NotFound):
            done(two.hub, verb, *args)
    made = proposed(two, clock)
    with pytest.raises(Invalid):
        done(two.hub, "groups_comment", made.id, " ")
