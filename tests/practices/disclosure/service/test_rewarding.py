"""Rewards go through the gate, by two people where it is much, and never beyond the budget, also at once."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest
from sqlalchemy import select

from kept.core.actor import Actor
from kept.errors import Conflict, Denied, Invalid, KeptError, NotFound
from kept.practices.disclosure.records.rewards import Reward
from kept.practices.disclosure.service.tables.rewards import REWARDS
from kept.practices.disclosure.service.triage.casebook import Casebook
from kept.predicates import disclosure_reward
from kept.predicates.disclosure_reward import DisclosureReward
from simulators import replay_room
from simulators.replay_room import OTHER, Room, programme, report, saying
from simulators.reporter import Reporter, sealed

BOB = Actor("bob", "person", frozenset({"reward"}))
STRANGER = Actor("pat", "person", frozenset({"triage"}))
ELSE = "Tell me about ships and harbours and the price of rope, and what the tide does to an anchor at night."


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with replay_room.opened(tmp_path) as opened:
        yield opened.ready()


def assessed(room: Room, found: str, severity: str = "high") -> str:
    book = Casebook(room.context)
    room.store.write(
        lambda connection: book.append(connection, found, "assessed", by="tess", details={"severity": severity})
    )
    return found


def shown(room: Room, severity: str = "high", **more: int) -> str:
    return assessed(room, room.replayed(report(**more)).report, severity)


def approved(room: Room, found: str) -> Reward:
    made = room.service.reward_propose(found, by=room.actor)
    _second(room, made.id)
    return room.service.reward_approve(made.id, by=room.actor)


def _second(room: Room, reward: str) -> None:
    room.service.reward_approve(reward, by=BOB)


def _copied(room: Room, reward: str, count: int, **changed: int) -> list[str]:
    """As many proposed rewards like this one, each of another weakness."""
    with room.store.read() as connection:
        row = connection.execute(select(REWARDS).where(REWARDS.c.id == reward)).one()._asdict()
    rows = [{**row, **changed, "id": f"w-{at:016x}", "weakness": f"k-{at:016x}"} for at in range(count)]
    room.store.write(lambda connection: connection.execute(REWARDS.insert(), rows))
    return [each["id"] for each in rows]


def statements(room: Room) -> list[DisclosureReward]:
    read = [each.statement for each in room.ledger.statements(disclosure_reward.TYPE)]
    return [DisclosureReward.parse(each) for each in read if each is not None]


def test_what_came_back_is_paid_once_two_people_approved(room: Room) -> None:
    found = shown(room)
    made = room.service.reward_propose(found, by=room.actor)
    assert (made.amount, made.currency, made.required, made.state) == (250_000, "USD", 2, "proposed")
    first = room.service.reward_approve(made.id, by=BOB)
    assert (first.state, first.entries) == ("proposed", ())
    with pytest.raises(Conflict, match="another person"):
        room.service.reward_approve(made.id, by=BOB)
    promised = room.service.reward_approve(made.id, by=room.actor)
    assert (promised.state, promised.approvals) == ("approved", ("bob", "provider"))
    paid = room.service.reward_pay(made.id, "SEPA 2027-004711", by=room.actor)
    assert (paid.state, paid.reference) == ("paid", "SEPA 2027-004711")
    said = statements(room)
    assert [(each.state, each.committed, each.approvals) for each in said] == [
        ("approved", 250_000, 2),
        ("paid", 250_000, 2),
    ]
    assert paid.entries == tuple(each.index for each in room.ledger.statements(disclosure_reward.TYPE))
    assert "SEPA" not in repr(said)
    assert found not in repr(said)
    assert room.service.reward_budget("assistant", by=room.actor).paid == 250_000
    with pytest.raises(Conflict, match="paid"):
        room.service.reward_pay(made.id, "again", by=room.actor)
    with pytest.raises(Conflict, match="bounty already"):
        room.service.reward_propose(found, by=room.actor)


def test_a_small_reward_takes_one_person(room: Room) -> None:
    made = room.service.reward_propose(shown(room, "medium"), by=room.actor)
    assert made.required == 1
    assert room.service.reward_approve(made.id, by=room.actor).state == "approved"


def test_what_the_replay_does_not_carry_earns_nothing(room: Room) -> None:
    nothing = assessed(room, room.replayed(saying(ELSE)).report)
    with pytest.raises(Conflict, match="has to show"):
        room.service.reward_propose(nothing, by=room.actor)
    never = assessed(room, room.reported(report(prompt=1)))
    with pytest.raises(Conflict, match="show nothing"):
        room.service.reward_propose(never, by=room.actor)
    with pytest.raises(NotFound):
        room.service.reward_propose("r-0000000000000000", by=room.actor)


def test_nobody_is_paid_by_what_they_claim(room: Room) -> None:
    found = room.replayed(report(severity="critical")).report
    with pytest.raises(Denied, match="Triage"):
        room.service.reward_propose(found, by=room.actor)


def test_a_duplicate_earns_nothing(room: Room) -> None:
    shown(room)
    again = assessed(room, room.replayed(report()).report)
    with pytest.raises(Conflict):
        room.service.reward_propose(again, by=room.actor)


def test_what_triage_merged_earns_once(room: Room) -> None:
    older, newer = shown(room), shown(room, prompt=OTHER)
    held = room.service.reward_propose(newer, by=room.actor)
    room.service.triage_merge(newer, older, reason="The same, in other words.", by=room.actor)
    with pytest.raises(Conflict, match=f"merged into {older}"):
        room.service.reward_approve(held.id, by=BOB)
    with pytest.raises(Conflict, match="bounty already"):
        room.service.reward_propose(older, by=room.actor)
    room.service.reward_withdraw(held.id, "It goes to the older one.", by=room.actor)
    assert approved(room, older).state == "approved"
    with pytest.raises(Conflict, match=f"merged into {older}"):
        room.service.reward_propose(newer, by=room.actor)


def test_what_was_merged_into_a_report_carries_its_reward(room: Room) -> None:
    older, newer = assessed(room, room.replayed(saying(ELSE)).report), shown(room)
    room.service.triage_merge(newer, older, reason="The same, told better.", by=room.actor)
    assert approved(room, older).replay == room.of(newer).results[0].entry


def test_who_reported_first_earns_it_though_others_were_read_before(room: Room) -> None:
    mine = pyrage.x25519.Identity.generate()
    room.service.keys_add("tina", str(mine.to_public()), by=room.actor)
    keys = [each.recipient for each in room.service.keys_list() if each.kind == "triage"]
    first = room.service.submit(Reporter().submission(), sealed(*keys, report=report())).report
    held = room.service.reward_propose(shown(room), by=room.actor)
    room.service.release(first, identities=[str(mine)], by=room.actor)
    room.through()
    assert (room.of(first).state, room.of(first).first, room.of(held.report).first) == ("recorded", first, first)
    with pytest.raises(Conflict, match=f"first reported, and shown, by {first}"):
        room.service.reward_approve(held.id, by=BOB)
    room.service.reward_withdraw(held.id, "Somebody else was first.", by=room.actor)
    assert approved(room, assessed(room, first)).state == "approved"


def test_what_triage_says_later_counts_until_it_is_promised(room: Room) -> None:
    found = shown(room)
    held = room.service.reward_propose(found, by=room.actor)
    assessed(room, found, "medium")
    with pytest.raises(Conflict, match="is high, and triage says now that it is medium"):
        room.service.reward_approve(held.id, by=BOB)
    assessed(room, found)
    room.service.triage_move(found, "out of scope", reason="Not for us.", by=room.actor)
    room.service.triage_close(found, reason="That is all.", by=room.actor)
    for again in (lambda: room.service.reward_approve(held.id, by=BOB), lambda: _proposed_again(room, held)):
        with pytest.raises(Conflict, match="the programme isn't for"):
            again()
    room.service.triage_move(found, "reopened", reason="It is for us.", by=room.actor)
    assert _proposed_again(room, held).state == "proposed"


def _proposed_again(room: Room, held: Reward) -> Reward:
    if room.service.reward_list(by=room.actor)[0].state != "withdrawn":
        room.service.reward_withdraw(held.id, "Propose it again.", by=room.actor)
    return room.service.reward_propose(held.report, by=room.actor)


def test_the_budget_holds_and_what_is_withdrawn_is_free_again(tmp_path: Path) -> None:
    with replay_room.opened(tmp_path) as opened:
        room = opened.ready(programme(**{"budget = 100000": "budget = 4000", "amount = 10000": "amount = 2500"}))
        held = room.service.reward_propose(shown(room), by=room.actor)
        (other,) = _copied(room, held.id, 1)
        for each in (held.id, other):
            _second(room, each)
        room.service.reward_approve(held.id, by=room.actor)
        with pytest.raises(Conflict, match=r"2,500.00 USD of 4,000.00 USD"):
            room.service.reward_approve(other, by=room.actor)
        gone = room.service.reward_withdraw(held.id, "It was withdrawn.", by=room.actor)
        assert gone.state == "withdrawn"
        assert room.service.reward_approve(other, by=room.actor).state == "approved"
        assert [each.committed for each in statements(room)] == [250_000, 0, 250_000]


def test_a_budget_that_is_cut_while_a_reward_is_approved_counts(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    made = room.service.reward_propose(shown(room), by=room.actor)
    _second(room, made.id)
    record = room.ledger.record

    def late(*drafts: object, **more: object) -> object:
        monkeypatch.undo()
        lower = {
            "budget = 100000": "budget = 2000",
            "amount = 10000": "amount = 2000",
            "amount = 2500": "amount = 2000",
        }
        room.service.programme_new(programme(**lower), by=room.actor)
        asyncio.run(room.service.programme_publish("assistant", by=room.actor))
        return record(*drafts, **more)

    monkeypatch.setattr(room.ledger, "record", late)
    with pytest.raises(Conflict, match="would be too much"):
        room.service.reward_approve(made.id, by=room.actor)
    assert statements(room) == []
    assert room.service.reward_budget("assistant", by=room.actor).committed == 0


def test_rewards_that_are_approved_at_once_stay_within_the_budget(tmp_path: Path, url: str) -> None:
    with replay_room.opened(tmp_path, url=url) as opened:
        room = opened.ready(programme(**{"budget = 100000": "budget = 6000", "amount = 10000": "amount = 2500"}))
        found = shown(room)
        made = room.service.reward_propose(found, by=room.actor)
        others = _copied(room, made.id, 6, required=1)
        refused: list[KeptError] = []

        def approve(reward: str) -> None:
            try:
                room.service.reward_approve(reward, by=room.actor)
            except Conflict as error:
                refused.append(error)

        threads = [threading.Thread(target=approve, args=(each,)) for each in others]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        budget = room.service.reward_budget("assistant", by=room.actor)
        assert budget.committed <= budget.budget
        assert (budget.committed, len(refused)) == (500_000, 4)
        assert [each.committed for each in statements(room)] == [250_000, 500_000]


def test_those_who_approve_at_once_are_all_counted_and_the_last_one_promises(room: Room) -> None:
    made = room.service.reward_propose(shown(room), by=room.actor)
    (reward,) = _copied(room, made.id, 1, required=4)
    people = [Actor(name, "person", frozenset({"reward"})) for name in ("ann", "bob", "cay")]
    threads = [threading.Thread(target=room.service.reward_approve, args=(reward,), kwargs={"by": by}) for by in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = room.service.reward_approve(reward, by=room.actor)
    assert (found.state, sorted(found.approvals)) == ("approved", ["ann", "bob", "cay", "provider"])
    assert statements(room)[0].approvals == 4


def test_bad_input_and_roles(room: Room) -> None:
    found = approved(room, shown(room))
    for reference in ("", "  ", "x" * 201):
        with pytest.raises(Invalid):
            room.service.reward_pay(found.id, reference, by=room.actor)
    with pytest.raises(Invalid):
        room.service.reward_withdraw(found.id, " ", by=room.actor)
    with pytest.raises(NotFound):
        room.service.reward_approve("w-0000000000000000", by=room.actor)
    for call in (
        lambda: room.service.reward_propose("r-1", by=STRANGER),
        lambda: room.service.reward_approve(found.id, by=STRANGER),
        lambda: room.service.reward_pay(found.id, "x", by=STRANGER),
        lambda: room.service.reward_withdraw(found.id, "x", by=STRANGER),
        lambda: room.service.reward_list(by=STRANGER),
        lambda: room.service.reward_budget("assistant", by=STRANGER),
    ):
        with pytest.raises(Denied):
            call()
