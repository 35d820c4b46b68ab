"""The command line as its user meets it."""

import json
from pathlib import Path

import pytest

from kept.surfaces.cli import main


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KEPT_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("KEPT_PASSPHRASE", raising=False)
    monkeypatch.delenv("KEPT_WORKSPACE", raising=False)


def test_the_commands_that_a_user_is_told_of_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    for name in ("init", "demo", "assess", "status", "gate", "verify", "models", "reporting", "ledger", "red-team"):
        assert f"  {name}" in shown


@pytest.mark.parametrize(
    ("group", "verbs"),
    [
        ("ledger", ["checkpoint", "prove", "verify", "follow", "witness", "export"]),
        ("models", ["list", "truth", "serve"]),
        ("reporting", ["build", "scope", "supersede"]),
        ("greeting", ["greet"]),
    ],
)
def test_a_room_lists_its_verbs(group: str, verbs: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([group, "--help"]) == 0
    shown = capsys.readouterr().out
    assert not [verb for verb in verbs if f"  {verb}" not in shown]


def test_a_misspelt_command_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["asess"]) == 2
    assert "Did you mean 'assess'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["as\x1b[2Jess"], ["models", "truth", "organism:\x1b[2J"], ["verify", "report\x1b[2J\udc80"]]
)
def test_what_was_typed_is_told_without_what_a_terminal_would_obey(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) in (2, 3)
    said = capsys.readouterr().err
    assert "\x1b" not in said
    assert "\\x1b" in said


def test_a_verb_without_a_workspace_says_how_to_make_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 3
    assert "kept init" in capsys.readouterr().err


def test_an_error_is_json_for_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--json"]) == 3
    told = json.loads(capsys.readouterr().err)
    assert told["error"] == "notfound"
    assert told["code"] == "workspace.not-found"


def test_an_unknown_model_names_the_nearest_kind(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "acme", "--name", "Acme AI"]) == 0
    assert main(["assess", "organsim:rules"]) == 2
    assert "organism" in capsys.readouterr().err


def test_a_plan_with_a_misspelt_domain_names_the_nearest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["init", "acme", "--name", "Acme AI"])
    (tmp_path / "plan.yaml").write_text("red_team:\n  domains: [cybre]\n")
    assert main(["assess", "organism:rules", "--plan", "plan.yaml"]) == 2
    assert "cyber" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x]\nb: [*a, *a]\n",
        "x" * 300_000,
        "red_team: {domains: [" + "[" * 50 + "]" * 50 + "]}",
        "red_team: !!python/object:os.system {}",
    ],
)
def test_a_plan_that_would_explode_is_refused(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["init", "acme", "--name", "Acme AI"])
    (tmp_path / "plan.yaml").write_text(text)
    assert main(["assess", "organism:rules", "--plan", "plan.yaml"]) == 2
    assert "invalid" in capsys.readouterr().err


def test_a_plan_of_100_mb_is_refused_unread(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["init", "acme", "--name", "Acme AI"])
    with (tmp_path / "plan.yaml").open("wb") as file:
        file.truncate(100_000_000)
    assert main(["assess", "organism:rules", "--plan", "plan.yaml"]) == 2
    assert "larger" in capsys.readouterr().err


def test_the_room_outside_the_package_records_too(capsys: pytest.CaptureFixture[str]) -> None:
    main(["init", "acme", "--name", "Acme AI"])
    capsys.readouterr()
    assert main(["greeting", "greet", "Ada", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"index": 0, "text": "Hello, Ada!"}
    assert main(["ledger", "checkpoint", "--json"]) == 0


def test_a_rooms_follower_does_its_work_once(capsys: pytest.CaptureFixture[str]) -> None:
    main(["init", "acme", "--name", "Acme AI"])
    for name in ("Ada", "Bo"):
        main(["greeting", "greet", name])
    assert main(["ledger", "follow", "greeting-counter"]) == 0
    assert main(["ledger", "follow", "greeting-counter"]) == 0
    capsys.readouterr()
    assert main(["greeting", "heard", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"heard": 2}


def test_who_signs_is_chosen_and_checked(capsys: pytest.CaptureFixture[str]) -> None:
    main(["init", "acme", "--name", "Acme AI"])
    assert main(["--as", "nobody", "greeting", "greet", "Ada"]) == 3
    assert "provider" in capsys.readouterr().err
