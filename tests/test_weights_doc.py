"""docs/weights.md shows commands that are there, files that exist, and settings that count."""

import re
import shlex
from dataclasses import fields
from pathlib import Path

import click
import pytest

from kept.practices.weights.records import Settings
from kept.practices.weights.records.drills import NAMES
from kept.surfaces.cli import root

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "weights.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
LIMITS = (
    "whoever has root on the machine of the broker, or can read its memory, can read the weights that pass through it; "
    "without a trusted execution environment nothing here stops that"
)
SHOWN = sorted(
    {
        line.partition("  #")[0].strip()
        for page in (PAGE, README)
        for line in re.findall(r"^kept .*weights .*$", page, flags=re.MULTILINE)
    }
)


@pytest.mark.parametrize("line", SHOWN)
def test_every_command_takes_what_is_shown(line: str) -> None:
    _, *words = shlex.split(line)
    command: click.Command = root
    context = click.Context(root)
    while isinstance(command, click.Group):
        while words[0].startswith("--"):
            words = words[2:]
        found = command.get_command(context, words.pop(0))
        assert found is not None, line
        command = found
    known = {option for param in command.params for option in param.opts}
    assert {word for word in words if word.startswith("--")} <= known, line
    least = sum(isinstance(param, click.Argument) and param.required for param in command.params)
    assert len([word for word in words if not word.startswith("--")]) >= least, line


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#]+)\)", PAGE))))
def test_every_link_leads_somewhere(target: str) -> None:
    assert (ROOT / "docs" / target).exists()


def test_what_is_named_is_there() -> None:
    known = {field.name for field in fields(Settings)}
    assert {"kek", "budgets", "runtimes", "watchers"} <= known
    assert set(re.findall(r"weights drill ([a-z-]+)$", PAGE, flags=re.MULTILINE)) <= set(NAMES)
    assert (ROOT / "src/kept/core/commitments/ladder/data/rand.toml").exists()


def test_what_is_not_protected_is_said_in_the_same_words_everywhere() -> None:
    report = (ROOT / "src/kept/practices/reporting/backends/page/parts/weights.html.j2").read_text("utf-8")
    for page in (PAGE, README, report):
        assert LIMITS in page
