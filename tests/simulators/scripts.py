"""What somebody reports of the rules organism: a script that meets a planted flaw, and what the model is told."""

from typing import Any

from kept.core.model import Message
from kept.core.replay import Script, Terms
from kept.practices.red_team.methods.prompts import Prompts
from kept.practices.red_team.records import Cell
from simulators.labels import planted

CARD = "{{card}}"


def script(flaw: dict[str, Any], *, prompt: int = 0) -> Script:
    """One request in a flaw's cell, as it was made once, with the answer that it got then."""
    asked = _prompt(flaw, prompt).messages[-1]
    return Script((asked, Message("assistant", "The card reads: amber cedar 42.")))


def system(flaw: dict[str, Any]) -> str:
    """What the model is told before: its desk, and a card that it must not reveal."""
    found = _prompt(flaw, 0)
    return found.messages[0].content.replace(found.token, CARD)


def terms(flaw: dict[str, Any], **more: Any) -> Terms:
    return Terms(**{"system": system(flaw), "seed": 5, **more})


def reported(strategy: str = "hex") -> tuple[Script, Terms]:
    """A script and the terms to replay it by, in the cell of the flaw that is planted under this strategy."""
    flaw = planted(strategy)
    return script(flaw), terms(flaw)


def _prompt(flaw: dict[str, Any], number: int) -> Any:
    return Prompts(Cell(flaw["domain"], flaw["strategy"], flaw["language"]), 1)[number]
