"""What lies in quarantine is out of reach, opened by two, and gone for good when its time is over."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from kept.errors import Conflict, Denied, Invalid, NotFound, Unavailable, Unverified
from kept.practices.disclosure.service.tables.intake import RELEASED, SEALED
from kept.practices.disclosure.service.tables.quarantine import ITEMS
from kept.practices.disclosure.service.tables.replays import SIGNATURES
from simulators import disclosure_room, replay_room, reporter
from simulators.cases import ADA, BEN, VISITOR, Turning
from simulators.disclosure_room import Room
from simulators.remains import files_with

WORDS = b"It tells the card"


@pytest.fixture
def clock() -> Turning:
    return Turning()


@pytest.fixture
def room(tmp_path: Path, clock: Turning) -> Iterator[Room]:
    with disclosure_room.opened(tmp_path, clock=clock, quarantine_days=30) as found:
        yield found.ready()


def reported(room: Room) -> str:
    """The id of a report that came in and was released."""
    content = reporter.sealed(*room.recipients)
    case = room.service.receive(content, programme="assistant", by=ADA).report
    room.service.release(case, identities=[str(room.triager)], by=ADA)
    return case


def released(room: Room) -> bytes | None:
    """What lies there in the clear."""
    with room.store.read() as connection:
        found = connection.execute(select(RELEASED.c.content)).scalar()
    return None if found is None else bytes(found)


def content_of(room: Room, item: str) -> bytes:
    with room.store.read() as connection:
        return bytes(connection.execute(select(ITEMS.c.sealed).where(ITEMS.c.id == item)).scalar_one())


def test_what_is_moved_lies_in_no_other_place(room: Room, tmp_path: Path) -> None:
    case = reported(room)
    assert files_with(tmp_path, WORDS)
    item = room.service.quarantine_move(case, reason="How to make a pathogen.", by=ADA)
    assert (item.case, item.what, item.until) == (case, "report", "2026-12-02T09:00:00Z")
    with pytest.raises(NotFound):
        room.service.fetch(case, by=ADA)
    assert (released(room), files_with(tmp_path, WORDS)) == (None, [])
    assert case not in [each.id for each in room.service.triage_list(by=ADA)]
    assert room.service.triage_show(case, by=ADA).quarantined
    assert "pathogen" not in repr(room.service.triage_progress(case))
    assert WORDS not in content_of(room, item.id)
    with pytest.raises(NotFound, match="Nothing of the report"):
        room.service.quarantine_move(case, reason="Again.", by=ADA)
    with pytest.raises(Conflict, match=f"quarantine erase {item.id}"):
        room.service.discard(case, by=ADA)
    assert room.service.show(case, by=ADA).discarded == ""
    room.service.triage_audit(by=ADA)


def test_what_was_moved_opens_even_if_nobody_was_told_that_it_was(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(work: Any) -> Any:
        written(work)
        raise Unavailable("The connection was lost in the commit.")

    case, written = reported(room), room.store.erase
    with monkeypatch.context() as patch:
        patch.setattr(room.store, "erase", write)
        with pytest.raises(Unavailable):
            room.service.quarantine_move(case, reason="x", by=ADA)
    (item,) = room.service.quarantine_list(by=ADA)
    opening = room.service.quarantine_ask(item.id, reason="x", by=ADA)
    room.service.quarantine_agree(opening.id, by=BEN)
    assert WORDS in room.service.quarantine_open(opening.id, by=ADA)["released"]


def test_two_people_open_it_for_an_hour(room: Room, clock: Turning) -> None:
    item = room.service.quarantine_move(reported(room), reason="x", by=ADA)
    opening = room.service.quarantine_ask(item.id, reason="To tell the authority what it is.", by=ADA)
    for by in (ADA, BEN):
        with pytest.raises(Denied, match=r"agreed yet|others'"):
            room.service.quarantine_open(opening.id, by=by)
    with pytest.raises(Denied, match="by two people"):
        room.service.quarantine_agree(opening.id, by=ADA)
    with pytest.raises(Denied, match="may not"):
        room.service.quarantine_agree(opening.id, by=VISITOR)
    assert room.service.quarantine_agree(opening.id, by=BEN).agreed_by == "ben"
    with pytest.raises(Conflict, match="agreed already"):
        room.service.quarantine_agree(opening.id, by=BEN)
    for by in (ADA, BEN):
        parts = room.service.quarantine_open(opening.id, by=by)
        assert set(parts) == {"sealed", "released", "about"}
        assert WORDS in parts["released"]
    with pytest.raises(Denied, match="others'"):
        room.service.quarantine_open(opening.id, by=room.actor)
    clock.turn(1 / 24)
    with pytest.raises(Denied, match="time of this opening is over"):
        room.service.quarantine_open(opening.id, by=ADA)
    kinds = [each.kind for each in room.service.triage_show(item.case, by=ADA).events]
    assert kinds[-4:] == ["opening asked for", "opening agreed to", "quarantine read", "quarantine read"]


def test_whoever_asked_is_forgotten_after_a_day(room: Room, clock: Turning) -> None:
    item = room.service.quarantine_move(reported(room), reason="x", by=ADA)
    opening = room.service.quarantine_ask(item.id, reason="x", by=ADA)
    clock.turn(1)
    with pytest.raises(Denied, match="time of this opening is over"):
        room.service.quarantine_agree(opening.id, by=BEN)


def test_erased_is_gone_also_where_the_database_is_brought_back(room: Room, clock: Turning) -> None:
    item = room.service.quarantine_move(reported(room), reason="x", by=ADA)
    opening = room.service.quarantine_ask(item.id, reason="x", by=ADA)
    room.service.quarantine_agree(opening.id, by=BEN)
    with room.store.read() as connection:
        backup = connection.execute(select(ITEMS)).mappings().one()
    workspace = room.context.workspace.folder
    shutil.copytree(workspace, workspace.with_name("backup"))
    assert room.service.quarantine_erase(item.id, reason="Reported and done.", by=ADA).ended
    with pytest.raises(NotFound, match="no longer"):
        room.service.quarantine_open(opening.id, by=ADA)
    assert content_of(room, item.id) == b""

    def bring_back(connection: object) -> None:
        connection.execute(ITEMS.update().values(**{name: backup[name] for name in ("wrapped", "sealed", "ended")}))

    room.store.write(bring_back)
    with pytest.raises(NotFound, match="no key file"):
        room.service.quarantine_open(opening.id, by=ADA)
    assert not list(workspace.with_name("backup").rglob(f"*{item.id}*"))


def test_its_time_is_over_by_itself(room: Room, clock: Turning) -> None:
    item = room.service.quarantine_move(reported(room), reason="x", by=ADA)
    assert room.service.quarantine_sweep(by=ADA) == ()
    clock.turn(30)
    assert [each.id for each in room.service.quarantine_sweep(by=ADA)] == [item.id]
    assert room.service.quarantine_list(by=ADA) == ()
    last = room.service.triage_show(item.case, by=ADA).events[-1]
    assert (last.kind, last.details["how"], last.text) == ("quarantine ended", "erased", "Its time was over.")
    assert not room.service.triage_show(item.case, by=ADA).quarantined
    room.service.triage_audit(by=ADA)


def test_what_the_law_keeps_is_kept_and_the_escalation_is_recorded(room: Room, clock: Turning) -> None:
    item = room.service.quarantine_move(reported(room), reason="x", by=ADA)
    kept = room.service.quarantine_escalate(
        item.id, to="The authority", basis="Act 12, section 3", hold_days=90, reason="They asked.", by=ADA
    )
    assert kept.until == "2027-01-31T09:00:00Z"
    event = room.service.triage_show(item.case, by=ADA).events[-1]
    assert (event.kind, event.details["to"], event.details["basis"]) == (
        "escalated",
        "The authority",
        "Act 12, section 3",
    )
    clock.turn(40)
    assert room.service.quarantine_sweep(by=ADA) == ()
    with pytest.raises(Denied, match="The law keeps"):
        room.service.quarantine_erase(item.id, reason="x", by=ADA)
    for wrong in ({"to": " "}, {"basis": ""}, {"hold_days": 9999}):
        with pytest.raises(Invalid):
            room.service.quarantine_escalate(item.id, **{"to": "A", "basis": "B", "reason": "x", "by": ADA, **wrong})


def test_what_the_law_keeps_for_less_than_the_retention_is_kept_too(room: Room, clock: Turning) -> None:
    item = room.service.quarantine_move(reported(room), reason="x", by=ADA)
    escalated = {"to": "The authority", "basis": "Act 12", "reason": "They asked.", "by": ADA}
    assert room.service.quarantine_escalate(item.id, hold_days=10, **escalated).until == item.until
    room.service.quarantine_escalate(item.id, **escalated)
    clock.turn(9)
    with pytest.raises(Denied, match=r"The law keeps .* until 2026-11-12"):
        room.service.quarantine_erase(item.id, reason="x", by=ADA)
    clock.turn(1)
    assert room.service.quarantine_erase(item.id, reason="x", by=ADA).ended


@pytest.mark.parametrize("days", [1, 30])
def test_what_is_escalated_at_the_moment_at_which_it_is_erased_is_kept(
    room: Room, clock: Turning, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    item = room.service.quarantine_move(reported(room), reason="x", by=ADA)
    escalated = {"to": "The authority", "basis": "Act 12", "hold_days": 60, "reason": "They asked.", "by": ADA}
    clock.turn(days)
    write = room.store.write

    def late(work: Any) -> Any:
        monkeypatch.undo()
        room.service.quarantine_escalate(item.id, **escalated)
        return write(work)

    monkeypatch.setattr(room.store, "write", late)
    if days < 30:
        with pytest.raises(Denied, match="The law keeps"):
            room.service.quarantine_erase(item.id, reason="x", by=ADA)
    else:
        assert room.service.quarantine_sweep(by=ADA) == ()
    opening = room.service.quarantine_ask(item.id, reason="x", by=ADA)
    room.service.quarantine_agree(opening.id, by=BEN)
    assert WORDS in room.service.quarantine_open(opening.id, by=ADA)["released"]


def test_a_mistake_is_given_back_by_two(room: Room) -> None:
    case = reported(room)
    before = room.service.fetch(case, by=ADA)
    item = room.service.quarantine_move(case, reason="x", by=ADA)
    opening = room.service.quarantine_ask(item.id, reason="A mistake.", by=ADA)
    room.service.quarantine_agree(opening.id, by=BEN)
    assert room.service.quarantine_give_back(opening.id, reason="It was a recipe for soup.", by=BEN).ended
    assert room.service.fetch(case, by=ADA) == before
    assert WORDS in (released(room) or b"")
    assert case in [each.id for each in room.service.triage_list(by=ADA)]


def test_one_message_is_moved_alone(room: Room) -> None:
    content = reporter.sealed(*room.recipients)
    holder = reporter.Reporter()
    proof = reporter.solved(room.service.challenge())
    case = room.service.submit(holder.submission(proof=proof), content).report
    room.service.reply(case, "Please send the file.", by=ADA)
    (message,) = room.service.messages(case, by=ADA)
    item = room.service.quarantine_move(case, what=f"message {message.number}", reason="x", by=ADA)
    assert room.service.messages(case, by=ADA)[0].content == b""
    assert room.service.fetch(case, by=ADA) == content
    opening = room.service.quarantine_ask(item.id, reason="x", by=ADA)
    room.service.quarantine_agree(opening.id, by=BEN)
    assert room.service.quarantine_open(opening.id, by=ADA) == {"message": message.content}
    room.service.quarantine_give_back(opening.id, reason="x", by=ADA)
    assert room.service.messages(case, by=ADA)[0].content == message.content
    for what, kind in (("message 999", NotFound), ("everything", Invalid), ("message 0", Invalid)):
        with pytest.raises(kind):
            room.service.quarantine_move(case, what=what, reason="x", by=ADA)


def test_what_was_changed_is_not_opened(room: Room) -> None:
    item = room.service.quarantine_move(reported(room), reason="x", by=ADA)
    opening = room.service.quarantine_ask(item.id, reason="x", by=ADA)
    room.service.quarantine_agree(opening.id, by=BEN)
    room.store.write(
        lambda connection: connection.execute(ITEMS.update().values(sealed=content_of(room, item.id)[:-1] + b"x"))
    )
    with pytest.raises(Unverified, match="not what was sealed"):
        room.service.quarantine_open(opening.id, by=ADA)


def test_a_failed_move_leaves_the_report_and_no_key(room: Room) -> None:
    case = reported(room)
    with pytest.raises(Invalid, match="few words"):
        room.service.quarantine_move(case, reason=" ", by=ADA)
    with pytest.raises(NotFound, match="no case"):
        room.service.quarantine_move("r-0", reason="x", by=ADA)
    room.service.fetch(case, by=ADA)
    assert not list((room.context.workspace.state / "quarantine").glob("*"))
    with room.store.read() as connection:
        assert connection.execute(select(SEALED.c.report)).scalar() == case
        assert connection.execute(text("SELECT count(*) FROM disclosure_items")).scalar() == 0


def test_no_replay_touches_it_and_its_sketch_is_erased_with_it(tmp_path: Path) -> None:
    def sketches(room: replay_room.Room) -> list[str]:
        with room.store.read() as connection:
            return list(connection.execute(select(SIGNATURES.c.report)).scalars())

    with replay_room.opened(tmp_path) as room:
        room.ready()
        surveyed, untouched = room.reported(), room.reported()
        item = room.service.quarantine_move(untouched, reason="x", by=ADA)
        room.settle()
        room.work()
        assert sketches(room) == [surveyed]
        other = room.service.quarantine_move(surveyed, reason="x", by=ADA)
        room.through()
        assert [(each.made, each.state) for each in room.service.replays(by=room.actor)] == [
            (0, "queued"),
            (0, "planned"),
        ]
        for each in (item, other):
            room.service.quarantine_erase(each.id, reason="Done.", by=ADA)
        assert sketches(room) == []
