"""What is typed to triage: each command prints one JSON value under --json, and says what is next otherwise."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from kept.errors import Invalid
from kept.interface.terminal import Session
from kept.practices.disclosure.cli import commands
from simulators.cases import ADA, begun
from simulators.disclosure_room import Room, opened


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with opened(tmp_path_factory.mktemp("room")) as found:
        yield found


def run(room: Room, *words: str, plain: bool = False) -> Any:
    session = Session(json=not plain, actor=lambda: ADA)
    group = commands(lambda: room.service)
    done = CliRunner().invoke(group, ["triage", *words], obj=session, catch_exceptions=False)
    return done.stdout if plain else json.loads(done.stdout)


def test_a_case_is_typed_through(room: Room) -> None:
    old, case = begun(room, 1), begun(room, 2)
    assert run(room, "acknowledge", case)["state"] == "acknowledged"
    harm = ["kind=privacy", "recovery=lasting", "reach=some", "ease=practised", "safeguards=some"]
    answers = [word for each in harm for word in ("--harm", each)]
    ssvc = ["exploitation=none", "automatable=no", "technical impact=total", "mission and well-being=high"]
    answers += [word for each in ssvc for word in ("--ssvc", f"cisa-coordinator:{each}")]
    found = run(room, "assess", case, *answers)
    assert found["severity"] == "medium"
    assert found["events"][-1]["details"]["ssvc"]["cisa-coordinator"]["outcome"] == "track*"
    assert run(room, "assign", case, "ben")["assignee"] == "ben"
    assert run(room, "move", case, "not-reproduced", "--reason", "Not seen.")["state"] == "not reproduced"
    assert run(room, "note", case, "Look again.")["events"][-1]["audience"] == "staff"
    assert run(room, "wait", case, "--reason", "Which?")["events"][-1]["kind"] == "waiting"
    assert run(room, "resume", case)["events"][-1]["kind"] == "resumed"
    assert run(room, "extend", case, "fix", "5", "--reason", "More.")["clocks"][2]["added_days"] == 5
    assert run(room, "embargo", case, "--until", "2027-03-01", "--reason", "Soon.")["embargo"] == "holds"
    assert run(room, "lift", case, "--reason", "Done.")["embargo"] == "lifted"
    run(room, "embargo", case, "--until", "2027-03-01", "--reason", "Soon.")
    assert run(room, "break", case, "--reason", "Told.")["embargo"] == "broken"
    assert run(room, "erase", case, "8", "--reason", "Gone.")["events"][7]["erased"] is True
    assert run(room, "merge", case, old, "--reason", "Same.")["merged_into"] == old
    assert run(room, "close", case, "--reason", "Done.")["state"] == "closed"
    assert [each["id"] for each in run(room, "list")] == [old, case]
    assert run(room, "show", case)["state"] == "closed"
    assert run(room, "progress", case)["words"] == "Nothing more will be done."
    assert [each["case"] for each in run(room, "audit")] == [old, case]
    told = run(room, "show", case, plain=True)
    for words in ("assigned  ada  (to ben)", "(clock fix, days 5)  More.", f"duplicate  ada  (of {old})  Same."):
        assert words in told
    assert "erased  ada  (event 8)  Gone." in told
    assert "Embargo: broken\n" in told
    assert "extended  (clock fix, days 5)  More." in run(room, "progress", case, plain=True)


def test_a_move_with_a_verb_of_its_own_names_it(room: Room) -> None:
    case = begun(room, 9)
    with pytest.raises(Invalid, match="kept disclosure triage fix"):
        room.service.triage_move(case, "fixed", reason="Done.", by=ADA)
    with pytest.raises(Invalid, match="tables: cisa-coordinator, "):
        room.service.triage_assess(case, by=ADA)


def test_people_read_what_is_next(room: Room) -> None:
    case = begun(room, 3)
    shown = run(room, "show", case, plain=True)
    assert "acknowledge: running, due " in shown
    assert "Next: acknowledged, assessing" in shown
