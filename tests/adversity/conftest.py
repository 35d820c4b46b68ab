"""A small real workspace for every hostile surrounding."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kept.surfaces.cli import main
from simulators.command_line import CommandLine, Ran

Kept = Callable[..., Ran]
PLAN = """\
red_team:
  domains: [cyber]
  strategies: [plain]
  languages: [en]
  prompts: 12
  trials: 1
  seed: 11
  budget: {errors: 5}
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a plan, where the command line runs with a state folder of its own."""
    for name in ("KEPT_WORKSPACE", "KEPT_PASSPHRASE", "KEPT_AS", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KEPT_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.yaml").write_text(PLAN)
    return tmp_path


@pytest.fixture
def kept(home: Path, capfd: pytest.CaptureFixture[str]) -> Kept:
    """The command line in this process: an exception that isn't one of the six kinds fails the test."""

    def run(*arguments: str | Path) -> Ran:
        capfd.readouterr()
        status = main(["--json", *map(str, arguments)])
        shown = capfd.readouterr()
        return Ran(status, shown.out, shown.err)

    return run


@pytest.fixture
def command_line(home: Path) -> CommandLine:
    """The command line as processes of their own."""
    return CommandLine(home, {**os.environ, "PYTHONUNBUFFERED": "1"})


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a new workspace and its state, made once and copied for each test."""
    made = tmp_path_factory.mktemp("founded")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEPT_STATE", str(made / "state"))
        patch.delenv("KEPT_PASSPHRASE", raising=False)
        assert main(["init", str(made / "acme"), "--name", "Acme AI"]) == 0
    return made


@pytest.fixture
def acme(founded: Path, home: Path) -> Path:
    """A new workspace of Acme AI."""
    for name in ("acme", "state"):
        shutil.copytree(founded / name, home / name, dirs_exist_ok=True)
    return home / "acme"
