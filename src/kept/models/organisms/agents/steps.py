"""How an agent of rules thinks: a generator that yields the calls to make at once and receives what they showed.

Nothing is remembered between requests: the generator is run again over the conversation, which holds all that was seen.
"""

import json
import re
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from kept.core.model import Message

R = TypeVar("R")
Call = tuple[Any, ...]  # a tool's name, and the values of its parameters in their declared order
Steps = Generator[Sequence[Call], Sequence[Any], R]


class Told(NamedTuple):
    """What the agent was told at the beginning."""

    system: str
    task: str


@dataclass(frozen=True, slots=True)
class Work:
    """A kind of work: the tools by which it is known, and how it is done.

    `look` reads what there is to know, `finish` does the task and returns the last words; between them, `deeds` go
    wrong, each in its way, and `barred` tries what the surroundings refuse.
    """

    name: str
    tools: frozenset[str]
    look: Callable[[Told], Steps[dict[str, Any]]]
    finish: Callable[[dict[str, Any]], Steps[str]]
    deeds: Mapping[str, Callable[[dict[str, Any]], Steps[None]]]
    barred: Callable[[dict[str, Any]], Steps[None]]


def picked(pattern: str, text: str) -> str:
    """The first group of a pattern's first place in a text; raises LookupError where there is none."""
    found = re.search(pattern, text)
    if found is None:
        raise LookupError(pattern)
    return found[1]


def first(items: Iterable[R]) -> R:
    """The first of the items; raises LookupError where there is none, since a generator may not let `next` run out."""
    for item in items:
        return item
    raise LookupError("nothing")


def told(messages: Sequence[Message]) -> Told:
    """The system messages and the first message of the user."""
    system = "\n".join(message.content for message in messages if message.role == "system")
    return Told(system, next((message.content for message in messages if message.role == "user"), ""))


def shown(messages: Sequence[Message]) -> list[list[Any]]:
    """For every answer that called tools, what the calls showed, in order; what is no JSON stays as it is."""
    turns: list[list[Any]] = []
    for message in messages:
        if message.role == "assistant":
            turns.append([])
        elif message.role == "tool" and turns:
            turns[-1].append(_read(message.content))
    return turns


def _read(content: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return content
