"""What is due is told to whom it concerns: once each, at least once, and to the next where somebody isn't reached."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from kept.core.actor import Actor
from kept.core.notify import ChannelDown, notifier
from kept.errors import Denied, Invalid, NotFound, Unavailable
from simulators.messages import TABLE, Office, due, office

ADMIN = Actor("root", "person", frozenset({"admin"}))
ADA = "ada"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path) as found:
        yield found


def states(made: Office, **more: bool) -> list[tuple[str, str, str]]:
    return [(each.person, each.way, each.state) for each in made.notifier.list(by=ADMIN, **more)]


def test_a_step_is_told_once_however_often_is_looked(made: Office) -> None:
    made.due = [due()]
    assert made.look() == 1
    assert made.look(seconds=1) == made.look(days=3) == 0
    ((to, message),) = made.pager.taken
    assert to == ADA
    assert (message.organisation, message.person, message.sent) == ("Acme AI", "ada", message.sent)
    assert [(each.room, each.subject, each.link) for each in message.items] == [
        ("room", "r-1", "https://portal.example/r-1")
    ]
    assert made.notifier.unheard() == 0


def test_the_next_level_begins_with_the_next_on_the_list_and_people_of_the_matter_come_first(made: Office) -> None:
    made.due = [due(), due("r-1/acknowledge/2", level=1), due("r-2/assess/1", subject="r-2", people=("bo",))]
    assert made.look() == 3
    assert made.told() == [("ada", ["r-1"]), ("bo@acme.example", ["r-1", "r-2"])]


def test_an_account_is_known_by_its_id_and_nobody_writes_to_a_disabled_one(made: Office) -> None:
    made.names = {"p-00000000000000aa": "bo", "ada": ""}
    made.due = [due(people=("p-00000000000000aa",)), due("other")]
    made.look()
    assert made.told() == [("bo@acme.example", ["r-1", "r-1"])]


def test_each_is_told_in_their_language_and_the_others_in_the_one_for_all(tmp_path: Path) -> None:
    with office(tmp_path, table={**TABLE, "language": "hi", "languages": {"bo": "ar"}}) as made:
        made.due = [due(), due("2", people=("bo",))]
        made.look()
        made.notifier.test("bo", by=ADMIN)
        assert [message.language for _, message in made.pager.taken] == ["hi"]
        assert [message.language for _, message in made.mail.taken] == ["ar", "ar"]


def test_what_is_settled_before_it_was_told_is_not_told(made: Office) -> None:
    made.pager.failing = [Unavailable("Later.")]
    made.due = [due()]
    assert made.look() == 0
    made.due = []
    assert made.look(minutes=1) == 0
    assert states(made) == [("ada", "pager:ada", "settled")]
    made.due = [due()]
    assert made.look(minutes=1) == 1


def test_a_failure_is_tried_again_with_growing_pauses_and_then_the_next_is_told(made: Office) -> None:
    made.due = [due()]
    made.pager.failing = [Unavailable("Later.") for _ in range(4)]
    made.look()
    for seconds, asked in ((59, 1), (1, 2), (179, 2), (1, 3), (479, 3)):
        made.look(seconds=seconds)
        assert made.pager.asked == asked
    assert made.mail.taken == []
    assert made.look(seconds=1) == 1
    assert [to for to, _ in made.mail.taken] == ["ada@acme.example"]
    assert states(made) == [("ada", "mail:ada@acme.example", "told"), ("ada", "pager:ada", "failed")]
    assert made.notifier.list(failed=True, by=ADMIN)[0].why == "Later."


def test_what_is_refused_for_good_goes_to_the_next_at_once_and_a_list_at_its_end_begins_anew(made: Office) -> None:
    made.due = [due()]
    made.pager.failing = [Invalid("No such name.")] * 2
    made.mail.failing = [Denied("Wrong password.")] * 3
    found = made.notifier.look()
    assert (found.told, found.failed) == (
        0,
        (
            "ada isn't reached by pager: No such name.",
            "ada isn't reached by mail: Wrong password.",
            "bo isn't reached by mail: Wrong password.",
        ),
    )
    assert made.notifier.unheard() == 1
    assert made.look(minutes=59) == 0
    assert made.notifier.list(failed=True, by=ADMIN)[0].way == "mail:bo@acme.example"
    assert made.look(minutes=1) == 1
    assert (made.pager.asked, made.mail.asked, made.told()) == (2, 4, [("bo@acme.example", ["r-1"])])
    assert made.notifier.unheard() == 0


def test_a_channel_that_is_down_is_asked_once_in_a_look_and_keeps_no_other_waiting(made: Office) -> None:
    made.mail.failing = [ChannelDown("Nothing answers.")]
    made.due = [due(f"r-{number}", people=("bo",)) for number in range(60)] + [due("other")]
    assert made.look() == 1
    assert (made.mail.asked, len(made.pager.taken)) == (1, 1)
    assert made.look(minutes=1) == 60
    assert [len(message.items) for _, message in made.mail.taken] == [50, 10]


def test_who_dies_between_sending_and_noting_sends_the_same_message_again(made: Office) -> None:
    made.due = [due(), due("r-2", subject="r-2")]

    class KilledError(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        made.pager.taken.append(("ada", sent[-1]))
        raise KilledError

    sent = []
    made.pager.send = lambda message, *, to: (sent.append(message), killed())  # type: ignore[assignment,method-assign]
    with pytest.raises(KilledError):
        made.look()
    del made.pager.send
    made.due.append(due("r-3", subject="r-3"))
    assert made.look(minutes=4) == 1
    assert made.look(minutes=1) == 2
    assert made.look(days=1) == 0
    assert [[each.subject for each in message.items] for _, message in made.pager.taken] == [
        ["r-1", "r-2"],
        ["r-3"],
        ["r-1", "r-2"],
    ]
    assert made.pager.taken[0][1].id == made.pager.taken[2][1].id != made.pager.taken[1][1].id


def test_a_server_that_never_answers_is_let_go_of(made: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifier, "SECONDS", 0.01)
    asleep = Event()
    made.pager.send = lambda message, *, to: asleep.wait()  # type: ignore[assignment,method-assign]
    made.pager.let_go = asleep.set  # type: ignore[method-assign]
    made.due = [due(), due("other", people=("bo",))]
    assert made.look() == 1
    assert made.notifier.list(failed=True, by=ADMIN)[0].why == "pager takes longer than 0.01 seconds."
    assert asleep.is_set()


def test_several_servers_on_one_postgresql_share_the_work(tmp_path: Path, postgres_url: str) -> None:
    with office(tmp_path, url=postgres_url) as one, office(tmp_path, url=postgres_url) as other:
        one.due = other.due = [due(f"r-{number}", people=("bo",)) for number in range(120)]
        with ThreadPoolExecutor(2) as both:
            told = sum(both.map(lambda each: each.look(), (one, other)))
        items = [item for each in (one, other) for _, message in each.mail.taken for item in message.items]
        assert (told, len(items)) == (120, 120)
        one.due = other.due = []
        assert one.look(days=1) == other.look(days=1) == 0


def test_where_nobody_is_named_it_is_shown_until_somebody_is(tmp_path: Path) -> None:
    with office(tmp_path, table={**TABLE, "roles": {}}) as made:
        made.due = [due()]
        assert made.look() == made.look(days=1) == 0
        assert (made.notifier.unheard(), states(made, failed=True)) == (1, [("", "", "waiting")])
    with office(tmp_path) as made:
        made.due = [due()]
        assert made.look() == 1
        assert made.notifier.unheard() == 0


def test_who_left_is_not_written_to_and_whom_a_channel_was_taken_from_neither(tmp_path: Path) -> None:
    with office(tmp_path) as made:
        made.due = [due()]
        made.pager.failing = [Unavailable("Later.")]
        made.look()
    with office(
        tmp_path, table={**TABLE, "people": {"bo": ["mail:bo@acme.example"]}, "roles": {"triage": ["bo"]}}
    ) as made:
        made.due = [due()]
        assert made.look() == 1
        assert made.told() == [("bo@acme.example", ["r-1"])]


def test_without_people_nothing_is_asked_or_told(tmp_path: Path) -> None:
    with office(tmp_path, table={}) as made:
        made.due = [due()]
        assert (made.look(), made.notifier.unheard(), states(made)) == (0, 0, [])


def test_a_test_message_goes_by_each_way_and_says_what_failed(made: Office) -> None:
    made.mail.failing = [Denied("Wrong password.", hint="Check it.")]
    found = made.notifier.test("ada", by=ADMIN)
    assert [(each.way, each.why) for each in found] == [
        ("pager:ada", ""),
        ("mail:ada@acme.example", "Wrong password. Check it."),
    ]
    assert made.pager.taken[0][1].items == ()
    assert states(made) == []
    with pytest.raises(NotFound, match="There is ada, bo"):
        made.notifier.test("cy", by=ADMIN)


def test_it_takes_the_role(made: Office) -> None:
    somebody = Actor("x", "person", frozenset({"triage"}))
    with pytest.raises(Denied):
        made.notifier.list(by=somebody)
    with pytest.raises(Denied):
        made.notifier.test("ada", by=somebody)


def test_what_a_room_says_is_short_and_on_one_line() -> None:
    for wrong in ({"subject": "a\nb"}, {"page": "/" * 200}, {"key": ""}, {"key": "x" * 201}):
        with pytest.raises(Invalid):
            due(**{"key": "k", **wrong})
