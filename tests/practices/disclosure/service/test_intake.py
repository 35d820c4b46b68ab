"""Sealed reports come in: bound to what was promised, against work, within limits, once, and durably."""

import hashlib
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyrage
import pytest

from kept.core.actor import Actor
from kept.errors import Conflict, Denied, Invalid, NotFound, Unavailable
from kept.practices.disclosure.service.tables.intake import REPORTS, SEALED
from kept.predicates.disclosure_report import TYPE, DisclosureReport
from simulators import disclosure_room
from simulators.disclosure_room import Room
from simulators.reporter import REPORT, Reporter, sealed, solved

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.fixture
def room(tmp_path: Path):
    with disclosure_room.opened(tmp_path) as opened:
        yield opened.ready()


def worked(room: Room) -> str:
    return solved(room.service.challenge())


def sent(room: Room, reporter: Reporter | None = None, **more: object):
    submission = (reporter or Reporter()).submission(proof=worked(room), **more)
    return room.service.submit(submission, sealed(*room.recipients))


def test_a_report_is_bound_to_what_was_promised_when_it_came(room: Room) -> None:
    reporter, data = Reporter(), sealed(*room.recipients)
    made = room.service.submit(reporter.submission(proof=worked(room)), data)
    programme = room.service.programme_show("assistant")
    (recorded,) = room.ledger.statements(TYPE)
    said = DisclosureReport.parse(recorded.statement)
    assert recorded.index == made.recorded
    assert (said.scope, said.safe_harbour, said.document) == (
        programme.scope_digest,
        programme.safe_harbour_digest,
        programme.digest,
    )
    salted = hashlib.sha256(bytes.fromhex(made.salt) + hashlib.sha256(data).digest()).hexdigest()
    assert said.report == made.digest == f"sha256:{salted}"
    assert recorded.entry.model == ""
    assert room.service.show(made.report, by=room.actor).bytes == len(data)


def test_its_case_begins_with_it(room: Room) -> None:
    made = sent(room)
    case = room.service.triage_show(made.report, by=room.actor)
    assert (case.state, case.received, case.programme, case.version) == ("received", made.received, "assistant", 1)
    assert [(each.kind, each.by) for each in case.events] == [("received", "reporter")]


def test_what_lies_there_is_what_was_sealed_and_no_word_of_it(room: Room) -> None:
    made = sent(room)
    content = room.service.fetch(made.report, by=room.actor)
    assert b"verse" not in content
    assert room.service.open(made.report, identities=[str(room.triager)], by=room.actor) == REPORT
    database = Path(room.context.workspace.folder / "store.db").read_bytes()
    assert b"tells the card" not in database


def test_a_report_that_is_sent_again_is_acknowledged_again(room: Room) -> None:
    submission, data = Reporter().submission(proof=worked(room)), sealed(*room.recipients)
    first = room.service.submit(submission, data)
    assert room.service.submit(submission, data) == first
    assert len(list(room.ledger.statements(TYPE))) == 1
    with pytest.raises(Conflict, match="Another report has this id"):
        room.service.submit(submission, sealed(*room.recipients))
    with pytest.raises(Conflict, match="Another report has this id"):
        room.service.submit(replace(submission, handle="0" * 32), data)


def test_a_report_that_is_sent_twice_at_once_is_acknowledged_twice(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    submission, data = Reporter().submission(proof=worked(room)), sealed(*room.recipients)
    record, first = room.ledger.record, []

    def late(*drafts: object, **more: object):
        monkeypatch.undo()
        first.append(room.service.submit(submission, data))
        return record(*drafts, **more)

    monkeypatch.setattr(room.ledger, "record", late)
    assert room.service.submit(submission, data) == first[0]
    assert len(list(room.ledger.statements(TYPE))) == 1


def test_a_store_that_is_lost_in_mid_submit_loses_nothing_that_was_acknowledged(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    submission, data = Reporter().submission(proof=worked(room)), sealed(*room.recipients)
    write = room.store.write

    def lost_after(work):
        write(work)
        raise Unavailable("The store cannot be reached.", code="store.unreachable")

    def lost_before(work):
        raise Unavailable("The store cannot be reached.", code="store.unreachable")

    for lost, kept in ((lost_before, 0), (lost_after, 1)):
        monkeypatch.setattr(room.store, "write", lost)
        with pytest.raises(Unavailable):
            room.service.submit(submission, data)
        monkeypatch.undo()
        assert len(room.service.list(by=room.actor)) == kept
    made = room.service.submit(submission, data)
    assert [each.id for each in room.service.list(by=room.actor)] == [made.report]
    assert len(list(room.ledger.statements(TYPE))) == 1


def test_work_counts_once_and_for_half_an_hour(tmp_path: Path) -> None:
    now = [NOW]
    with disclosure_room.opened(tmp_path, clock=lambda: now[0]) as room:
        room.ready()
        proof = worked(room)
        room.service.submit(Reporter().submission(proof=proof), sealed(*room.recipients))
        with pytest.raises(Invalid, match="used before"):
            room.service.submit(Reporter().submission(proof=proof), sealed(*room.recipients))
        proof = worked(room)
        now[0] += timedelta(minutes=31)
        with pytest.raises(Invalid, match="too old"):
            room.service.submit(Reporter().submission(proof=proof), sealed(*room.recipients))


def test_work_that_was_not_asked_for_or_not_done_counts_for_nothing(room: Room) -> None:
    challenge = room.service.challenge()
    easier = {**challenge, "parameters": {**challenge["parameters"], "keyPrefix": "0"}}
    for proof in (solved(easier), "AAAA", "{}", "x" * 10_000):
        with pytest.raises(Invalid, match="proof of work"):
            room.service.submit(Reporter().submission(proof=proof), sealed(*room.recipients))
    assert room.service.list(by=room.actor) == ()


def test_more_work_is_asked_for_the_more_reports_come(tmp_path: Path) -> None:
    with disclosure_room.opened(tmp_path, usual_reports=1) as room:
        room.ready()
        costs = [room.service.challenge()["parameters"]["cost"]]
        for _ in range(2):
            sent(room)
            costs.append(room.service.challenge()["parameters"]["cost"])
        assert costs[0] == costs[1] < costs[2]


def test_without_work_a_report_waits_in_a_queue_that_is_short(tmp_path: Path) -> None:
    now = [NOW]
    with disclosure_room.opened(tmp_path, clock=lambda: now[0], slow_an_hour=2, slow_waiting=3) as room:
        room.ready()

        def slowly() -> str:
            return room.service.submit(Reporter().submission(), sealed(*room.recipients)).report

        first = slowly()
        slowly()
        with pytest.raises(Unavailable, match="slow queue"):
            slowly()
        now[0] += timedelta(hours=2)
        slowly()
        now[0] += timedelta(hours=2)
        with pytest.raises(Unavailable, match="slow queue"):
            slowly()
        sent(room)
        room.service.discard(first, by=room.actor)
        slowly()
        assert {each.route for each in room.service.list(by=room.actor)} == {"slow", "page"}


@pytest.mark.parametrize("limits", [{"unreleased_reports": 1}, {"unreleased_bytes": 15_000}])
def test_unread_reports_cannot_fill_the_disk(tmp_path: Path, limits: dict[str, int]) -> None:
    with disclosure_room.opened(tmp_path, **limits) as room:
        room.ready()
        made = room.service.submit(Reporter().submission(), sealed(*room.recipients, report=replace(REPORT, what="w")))
        with pytest.raises(Unavailable, match="no room"):
            room.service.submit(
                Reporter().submission(), sealed(*room.recipients, report=replace(REPORT, what="w" * 9000))
            )
        room.service.discard(made.report, by=room.actor)
        room.service.submit(Reporter().submission(), sealed(*room.recipients, report=replace(REPORT, what="w")))


def test_what_is_too_large_or_no_age_file_is_refused_and_not_kept(tmp_path: Path) -> None:
    stranger = pyrage.x25519.Identity.generate().to_public()
    with disclosure_room.opened(tmp_path, report_bytes=12_000) as room:
        room.ready(worker=True)
        for data, said in (
            (sealed(*room.recipients, report=replace(REPORT, what="w" * 20_000)), "at most 12000"),
            (b"PK\x03\x04", "no age file"),
            (sealed(str(stranger)), "encrypted to 1 keys, and there are 2"),
        ):
            submission = Reporter().submission(readers="triagers and replay")
            with pytest.raises(Invalid, match=said):
                room.service.submit(submission, data)
        with room.store.read() as connection:
            assert connection.execute(SEALED.select()).all() == connection.execute(REPORTS.select()).all() == []


def test_the_programme_that_was_read_is_the_one_in_force(room: Room) -> None:
    with pytest.raises(Conflict, match="now in version 1"):
        room.service.submit(Reporter().submission(version=2), sealed(*room.recipients))
    with pytest.raises(NotFound, match="no published programme"):
        room.service.submit(Reporter().submission(programme="other"), sealed(*room.recipients))
    room.service.programme_close("assistant", by=room.actor)
    with pytest.raises(Conflict, match="takes no more reports"):
        room.service.submit(Reporter().submission(version=2), sealed(*room.recipients))


def test_a_programme_that_closes_in_mid_submit_takes_nothing(tmp_path: Path) -> None:
    closing: list[Room] = []

    def entropy(count: int) -> bytes:
        while closing:
            room = closing.pop()
            room.service.programme_close("assistant", by=room.actor)
        return os.urandom(count)

    with disclosure_room.opened(tmp_path, entropy=entropy) as room:
        room.ready()
        reporter, data = Reporter(), sealed(*room.recipients)
        made = reporter.submission(proof=worked(room))
        # The id of the report is drawn once the programme was seen to be in force.
        closing.append(room)
        with pytest.raises(Conflict, match="superseded just now"):
            room.service.submit(made, data)
        assert room.service.list(by=room.actor) == ()
        assert list(room.ledger.statements(TYPE)) == []


def test_without_a_key_nothing_is_taken(tmp_path: Path) -> None:
    with disclosure_room.opened(tmp_path) as room, pytest.raises(Unavailable, match="Nobody can read reports"):
        room.service.submit(Reporter().submission(), b"")


def test_a_code_opens_one_thread_alone(room: Room) -> None:
    reporter = Reporter()
    sent(room, reporter)
    with pytest.raises(Conflict, match="used before"):
        sent(room, reporter)


@pytest.mark.parametrize(
    "more", [{"handle": "x"}, {"secret": "y"}, {"recipient": "age1nobody"}, {"submission": "z"}, {"handle": ""}]
)
def test_what_follows_from_no_code_is_refused(room: Room, more: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        room.service.submit(Reporter().submission(**more), sealed(*room.recipients))


def test_a_report_without_a_receipt_is_taken_and_has_no_thread(room: Room) -> None:
    made = room.service.submit(Reporter().submission(handle="", secret="", recipient=""), sealed(*room.recipients))
    assert room.service.show(made.report, by=room.actor).receipt == "none"
    with pytest.raises(NotFound, match="no open receipt"):
        room.service.reply(made.report, "Thanks", by=room.actor)


def test_staff_hand_in_what_came_by_post(room: Room) -> None:
    made = room.service.receive(sealed(*room.recipients), programme="assistant", by=room.actor)
    assert room.service.show(made.report, by=room.actor).route == "staff"
    with pytest.raises(Denied, match="may not hand in"):
        room.service.receive(b"", programme="assistant", by=Actor("p", "person", frozenset({"publish"})))
