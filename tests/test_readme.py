"""The README says what is so."""

import re
from pathlib import Path

import pytest

from kept.core.model import Sampling
from kept.core.plan import parse_plan
from kept.practices.red_team.methods.plans import read_plan
from kept.surfaces.cli import Root, root

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_every_link_leads_somewhere(target: str) -> None:
    assert (ROOT / target).exists()


def test_every_command_exists() -> None:
    assert isinstance(root, Root)
    shown = re.findall(r"^kept (?:--as \w+ )?([a-z-]+)", README, flags=re.MULTILINE)
    assert len(shown) >= 5
    import click

    context = click.Context(root)
    assert not [name for name in shown if root.get_command(context, name) is None]


def test_both_targets_stand_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"^make ([a-z]+)", README, flags=re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target


def test_the_plan_that_is_shown_is_the_default_one() -> None:
    shown = (ROOT / "docs" / "plans.md").read_text("utf-8").partition("```yaml\n")[2].partition("```")[0]
    section = dict(parse_plan(shown.encode()).sections["red_team"])
    assert read_plan(section, sampling=Sampling()) == read_plan({}, sampling=Sampling())
