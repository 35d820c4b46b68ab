"""What every command line shares."""

import json

import click
import pytest
from click.testing import CliRunner

from kept.errors import Conflict, Denied, Invalid, KeptError, NotFound, Unavailable, Unverified
from kept.interface.terminal import EXIT_STATUS, Session, emit, fail, json_option


@click.command()
@json_option
def verb() -> None:
    emit({"text": "<b>ü</b>", "set": {2, 1}}, "for people")


def test_a_verb_speaks_to_people_or_to_programs() -> None:
    assert CliRunner().invoke(verb, [], obj=Session()).output == "for people\n"
    assert json.loads(CliRunner().invoke(verb, ["--json"], obj=Session()).output) == {"text": "<b>ü</b>", "set": [1, 2]}


@pytest.mark.parametrize(
    ("kind", "status"),
    [(Invalid, 2), (NotFound, 3), (Denied, 4), (Conflict, 5), (Unverified, 6), (Unavailable, 7)],
)
def test_each_kind_has_its_exit_status(kind: type[KeptError], status: int, capsys: pytest.CaptureFixture[str]) -> None:
    class OfARoom(kind):  # type: ignore[misc, valid-type]
        """Rooms subclass a kind."""

    assert fail(OfARoom("What was wrong.", code="room.code", hint="What to do."), as_json=True) == status
    told = json.loads(capsys.readouterr().err)
    assert told["error"] == kind.__name__.lower()
    assert (told["code"], told["message"], told["hint"]) == ("room.code", "What was wrong.", "What to do.")


def test_there_are_six_kinds_and_each_has_a_status() -> None:
    assert set(KeptError.__subclasses__()) >= set(EXIT_STATUS)
    assert sorted(EXIT_STATUS.values()) == [2, 3, 4, 5, 6, 7]
