"""What every command line shares."""

import json

import click
import pytest
from click.testing import CliRunner

from kept.errors import Conflict, Denied, Invalid, KeptError, NotFound, Unavailable, Unverified
from kept.interface.terminal import EXIT_STATUS, Session, emit, fail, json_option, tell


@click.command()
@json_option
def verb() -> None:
    emit({"text": "<b>ü</b>", "set": {2, 1}}, "for people")


def test_a_verb_speaks_to_people_or_to_programs() -> None:
    assert CliRunner().invoke(verb, [], obj=Session()).output == "for people\n"
    assert json.loads(CliRunner().invoke(verb, ["--json"], obj=Session()).output) == {"text": "<b>ü</b>", "set": [1, 2]}


def test_people_are_shown_what_a_terminal_would_obey_and_programs_get_it_as_it_is() -> None:
    hostile = "Acme\x1b[2J\nThe report is verified"

    @click.command()
    @json_option
    def named() -> None:
        tell(f"Reading {hostile}")
        emit({"name": hostile}, [f"{hostile} has a workspace.", "Ctrl-C stops it."])

    ran = CliRunner().invoke(named, [], obj=Session())
    assert ran.stdout == "Acme\\x1b[2J\\nThe report is verified has a workspace.\nCtrl-C stops it.\n"
    assert ran.stderr == "Reading Acme\\x1b[2J\\nThe report is verified\n"
    assert json.loads(CliRunner().invoke(named, ["--json"], obj=Session()).stdout) == {"name": hostile}


def test_half_of_a_surrogate_pair_reaches_programs_as_the_escape_that_json_has_for_it(
    capfd: pytest.CaptureFixture[str],
) -> None:
    @click.command()
    @json_option
    def named() -> None:
        emit({"name": "half \ud800"}, "half \ud800")

    told = CliRunner().invoke(named, ["--json"], obj=Session()).stdout
    told.encode()
    assert json.loads(told) == {"name": "half \ud800"}
    assert CliRunner().invoke(named, [], obj=Session()).stdout == "half \\ud800\n"
    fail(Invalid("There is no '\ud800'."), as_json=True)
    assert json.loads(capfd.readouterr().err)["message"] == "There is no '\ud800'."


def test_an_error_quotes_foreign_words_harmlessly(capsys: pytest.CaptureFixture[str]) -> None:
    assert fail(Invalid("There is no 'a\x1b[2J'.", hint="Not \u202e either."), as_json=False) == 2
    assert capsys.readouterr().err == "invalid: There is no 'a\\x1b[2J'.\n  Not \\u202e either.\n"


@pytest.mark.parametrize(
    ("kind", "status"),
    [(Invalid, 2), (NotFound, 3), (Denied, 4), (Conflict, 5), (Unverified, 6), (Unavailable, 7)],
)
def test_each_kind_has_its_exit_status(kind: type[KeptError], status: int, capsys: pytest.CaptureFixture[str]) -> None:
    of_a_room = type("OfARoom", (kind,), {})
    assert fail(of_a_room("What was wrong.", code="room.code", hint="What to do."), as_json=True) == status
    told = json.loads(capsys.readouterr().err)
    assert told["error"] == kind.__name__.lower()
    assert (told["code"], told["message"], told["hint"]) == ("room.code", "What was wrong.", "What to do.")


def test_there_are_six_kinds_and_each_has_a_status() -> None:
    assert set(KeptError.__subclasses__()) >= set(EXIT_STATUS)
    assert sorted(EXIT_STATUS.values()) == [2, 3, 4, 5, 6, 7]
