"""A receipt opens a two-way thread for its holder alone, and a stolen one can be replaced or closed, seen by all."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyrage
import pytest

from kept.core.actor import Actor
from kept.errors import Conflict, Denied, Invalid, NotFound
from kept.practices.disclosure.service.tables.intake import RECEIPTS, SESSIONS
from simulators import disclosure_room
from simulators.disclosure_room import Room
from simulators.reporter import Reporter, seal, sealed


@pytest.fixture
def room(tmp_path: Path):
    with disclosure_room.opened(tmp_path) as opened:
        yield opened.ready()


def reported(room: Room) -> tuple[Reporter, str]:
    reporter = Reporter()
    return reporter, room.service.submit(reporter.submission(), sealed(*room.recipients)).report


def entered(room: Room, reporter: Reporter) -> str:
    return room.service.thread_enter(reporter.keys.handle, reporter.keys.secret).token


def written(room: Room, token: str, reporter: Reporter, text: str, submission: str = ""):
    data = seal(text.encode(), *room.recipients, reporter.recipient)
    return room.service.thread_write(token, data, submission=submission or os.urandom(16).hex())


def test_both_sides_write_and_each_reads_the_other(room: Room) -> None:
    reporter, report = reported(room)
    room.service.reply(report, "Which model was it?", by=room.actor)
    token = entered(room, reporter)
    (asked,) = room.service.thread_read(token).messages
    assert (asked.author, reporter.read(asked.content)) == ("team", "Which model was it?")
    written(room, token, reporter, "The newest.")
    thread = room.service.thread_read(token)
    assert [reporter.read(each.content) for each in thread.messages] == ["Which model was it?", "The newest."]
    found = room.service.messages(report, by=room.actor)
    assert [pyrage.decrypt(each.content, [room.triager]).decode() for each in found] == [
        "Which model was it?",
        "The newest.",
    ]
    assert (thread.report, thread.programme, thread.version, thread.released) == (report, "assistant", 1, False)


def test_whoever_is_shut_out_in_the_middle_changes_nothing(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stolen code may be in use at the moment at which it is closed."""
    reporter, report = reported(room)
    token, new, write = entered(room, reporter), Reporter(), room.store.write

    def late(work):
        monkeypatch.undo()
        room.service.receipt_close(report, by=room.actor)
        return write(work)

    told = {"handle": new.keys.handle, "secret": new.keys.secret, "recipient": new.recipient}
    monkeypatch.setattr(room.store, "write", late)
    with pytest.raises(Denied):
        room.service.thread_replace(token, **told)
    with pytest.raises(Denied):
        entered(room, new)
    with pytest.raises(Denied):
        written(room, token, reporter, "Still me.")
    assert [each.event for each in room.service.receipt_events(report, by=room.actor)][-1] == "closed by the team"


def test_no_message_stands_in_clear(room: Room) -> None:
    _, report = reported(room)
    room.service.reply(report, "Only for your eyes", by=room.actor)
    folder = room.context.workspace.folder
    assert not [path for path in folder.glob("store.db*") if b"Only for your eyes" in path.read_bytes()]


def test_the_code_itself_and_what_opens_the_thread_are_kept_nowhere(room: Room) -> None:
    reporter, _ = reported(room)
    with room.store.read() as connection:
        (row,) = connection.execute(RECEIPTS.select()).all()
    assert row.handle == reporter.keys.handle
    kept = b"".join(path.read_bytes() for path in room.context.workspace.folder.glob("store.db*"))
    for secret in (reporter.keys.secret, reporter.keys.identity, reporter.code):
        assert secret.encode() not in kept
        assert secret.lower().encode() not in kept


def test_another_persons_receipt_opens_nothing_of_mine(room: Room) -> None:
    mine, report = reported(room)
    theirs, other = reported(room)
    with pytest.raises(Denied, match="opens no thread"):
        room.service.thread_enter(mine.keys.handle, theirs.keys.secret)
    room.service.reply(report, "For mine", by=room.actor)
    token = entered(room, theirs)
    assert room.service.thread_read(token).report == other
    assert room.service.thread_read(token).messages == ()
    message = room.service.messages(report, by=room.actor)[0]
    with pytest.raises(pyrage.DecryptError):
        theirs.read(message.content)


@pytest.mark.parametrize(
    ("handle", "secret"), [("", ""), ("0" * 32, "0" * 64), ("' OR 1=1 --", "x"), ("0" * 32, "\x00")]
)
def test_whatever_opens_nothing_is_answered_the_same(room: Room, handle: str, secret: str) -> None:
    with pytest.raises(Denied, match=r"^This opens no thread\."):
        room.service.thread_enter(handle, secret)
    with pytest.raises(Denied, match=r"^This opens no thread\."):
        room.service.thread_read(secret)


def test_an_unknown_handle_takes_the_same_slow_digest(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    from kept.practices.disclosure.service.intake import receipts

    reporter, _ = reported(room)
    asked: list[str] = []
    slow = receipts.slow
    monkeypatch.setattr(receipts, "slow", lambda secret, salt: asked.append(secret) or slow(secret, salt))
    for handle in (reporter.keys.handle, "0" * 32):
        with pytest.raises(Denied):
            room.service.thread_enter(handle, "1" * 64)
    assert asked == ["1" * 64] * 2


def test_a_session_ends_after_an_hour(tmp_path: Path) -> None:
    now = [datetime(2026, 11, 28, 12, tzinfo=UTC)]
    with disclosure_room.opened(tmp_path, clock=lambda: now[0]) as room:
        reporter, _ = reported(room.ready())
        token = entered(room, reporter)
        now[0] += timedelta(minutes=59)
        room.service.thread_read(token)
        now[0] += timedelta(minutes=2)
        with pytest.raises(Denied):
            room.service.thread_read(token)
        entered(room, reporter)
        with room.store.read() as connection:
            assert len(connection.execute(SESSIONS.select()).all()) == 1


def test_a_stolen_code_is_replaced_by_its_holder_and_the_thief_is_out(room: Room) -> None:
    holder, report = reported(room)
    room.service.reply(report, "Old words", by=room.actor)
    thief = entered(room, holder)
    new = Reporter()
    keys = new.keys
    old = seal(f"{holder.keys.identity}\n".encode(), new.recipient)
    session = room.service.thread_replace(
        entered(room, holder), handle=keys.handle, secret=keys.secret, recipient=new.recipient, sealed_keys=old
    )
    with pytest.raises(Denied):
        room.service.thread_read(thief)
    with pytest.raises(Denied):
        entered(room, holder)
    room.service.reply(report, "New words", by=room.actor)
    told, carried, fresh = room.service.thread_read(session.token).messages
    assert (told.author, carried.author, fresh.author) == ("team", "keys", "team")
    before = pyrage.x25519.Identity.from_str(new.read(carried.content).strip())
    assert pyrage.decrypt(told.content, [before]) == b"Old words"
    assert new.read(fresh.content) == "New words"
    with pytest.raises(pyrage.DecryptError):
        holder.read(fresh.content)
    assert [each.event for each in room.service.receipt_events(report, by=room.actor)] == [
        "made",
        "opened",
        "opened",
        "replaced",
    ]
    assert [each.author for each in room.service.messages(report, by=room.actor)] == ["team", "team"]


def test_a_code_that_another_has_replaces_nothing(room: Room) -> None:
    mine, _ = reported(room)
    theirs, _ = reported(room)
    keys = theirs.keys
    with pytest.raises(Conflict, match="used before"):
        room.service.thread_replace(
            entered(room, mine), handle=keys.handle, secret=keys.secret, recipient=theirs.recipient
        )
    entered(room, mine)


def test_a_closed_thread_opens_no_more_and_its_report_goes_on(room: Room) -> None:
    reporter, report = reported(room)
    room.service.thread_close(entered(room, reporter))
    with pytest.raises(Denied):
        entered(room, reporter)
    found = room.service.show(report, by=room.actor)
    assert (found.receipt, found.discarded) == ("closed", "")
    with pytest.raises(NotFound, match="no open receipt"):
        room.service.receipt_close(report, by=room.actor)


def test_the_team_closes_a_stolen_receipt_and_its_sessions(room: Room) -> None:
    reporter, report = reported(room)
    token = entered(room, reporter)
    room.service.receipt_close(report, by=Actor("t", "person", frozenset({"triage"})))
    with pytest.raises(Denied):
        room.service.thread_read(token)
    events = [each.event for each in room.service.receipt_events(report, by=room.actor)]
    assert events == ["made", "opened", "closed by the team"]


def test_attempts_with_a_wrong_secret_are_seen_and_bounded(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    from kept.practices.disclosure.service.intake import receipts

    monkeypatch.setattr(receipts, "EVENTS_A_DAY", 2)
    reporter, _report = reported(room)
    for _ in range(4):
        with pytest.raises(Denied):
            room.service.thread_enter(reporter.keys.handle, "0" * 64)
    events = room.service.thread_read(entered(room, reporter)).events
    assert [each.event for each in events] == ["made", "refused", "refused", "opened"]


def test_a_message_that_is_sent_twice_is_one(room: Room) -> None:
    reporter, report = reported(room)
    token, data = entered(room, reporter), seal(b"words", *room.recipients)
    first = room.service.thread_write(token, data, submission="a" * 32)
    assert room.service.thread_write(token, data, submission="a" * 32) == first
    with pytest.raises(Conflict, match="Another message"):
        room.service.thread_write(token, seal(b"other", *room.recipients), submission="a" * 32)
    assert len(room.service.messages(report, by=room.actor)) == 1


def test_a_thread_has_an_end_and_a_message_too(tmp_path: Path) -> None:
    with disclosure_room.opened(tmp_path, thread_messages=1, message_bytes=1000) as room:
        reporter, _ = reported(room.ready())
        token = entered(room, reporter)
        with pytest.raises(Invalid, match="at most 1000 bytes"):
            written(room, token, reporter, "x" * 2000)
        with pytest.raises(Invalid, match="no age file"):
            room.service.thread_write(token, b"in clear", submission="a" * 32)
        written(room, token, reporter, "one")
        with pytest.raises(Conflict, match="at most 1 messages"):
            written(room, token, reporter, "two")


def test_only_triagers_write_and_read(room: Room) -> None:
    _, report = reported(room)
    stranger = Actor("p", "person", frozenset({"publish"}))
    for call in (
        lambda: room.service.reply(report, "Hi", by=stranger),
        lambda: room.service.messages(report, by=stranger),
        lambda: room.service.receipt_close(report, by=stranger),
        lambda: room.service.receipt_events(report, by=stranger),
    ):
        with pytest.raises(Denied):
            call()
    with pytest.raises(NotFound):
        room.service.messages("r-0000000000000000", by=room.actor)
    with pytest.raises(Invalid):
        room.service.reply(report, " ", by=room.actor)
