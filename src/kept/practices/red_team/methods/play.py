"""Attempts of several turns: a play yields what is to be asked and receives the answers; the loop performs them."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from kept.core.model import Answer, Message, Request, Sampling, Tool
from kept.errors import Unavailable
from kept.practices.red_team.records import Cell, Prompt, Verdict
from kept.predicates.campaign_plan import Limits

Party = Literal["target", "attacker", "judge"]


class Ask(NamedTuple):
    """One request, and of whom."""

    request: Request
    of: Party = "target"


@dataclass(frozen=True, slots=True)
class Played:
    """How an attempt ended: the verdict, and what was said, for the sealed transcript.

    `exchange` holds the turns with the target, in order, answers included; `answer` is the target's last one.
    """

    verdict: Verdict
    exchange: tuple[Message, ...]
    answer: Answer | None = None


# The loop sends each answer in. Where a party fails, or a limit is reached, it throws a KeptError at the yield: a play
# handles it and returns, or lets it end the attempt as unassessed.
Play = Generator[Ask, Answer, Played]


class LimitReached(Unavailable):
    """An attempt came to one of its plan's limits; whoever asks on is stopped."""


def turn_of(answer: Answer, *, result: str = "The tool is out of order.") -> tuple[Message, ...]:
    """The messages that an answer adds to a conversation: what was said, and `result` for every tool call in it."""
    results = [Message("tool", result, tool_call_id=call.id) for call in answer.tool_calls]
    return (Message("assistant", answer.text, answer.tool_calls), *results)


@dataclass(frozen=True, slots=True)
class Scene:
    """One attempt, as a play is given it.

    `prompt` holds the sealed card, and the system message and the plain request that a single shot would send;
    `frames` are the strategy's own texts in the cell's language. `draw` gives 64 bits for a subject: of this attempt
    (`trial` and prompt), or, under `fixed`, the same for all trials of the prompt.
    """

    cell: Cell
    prompt: Prompt
    trial: int
    frames: tuple[str, ...]
    limits: Limits
    samplings: Mapping[Party, Sampling]
    draw: Callable[[str], int]
    fixed: Callable[[str], int]

    @property
    def request(self) -> str:
        """The request in the cell's language, as it would be put plainly."""
        return self.prompt.messages[-1].content

    def ask(
        self, messages: tuple[Message, ...], *, turn: int, of: Party = "target", tools: tuple[Tool, ...] = ()
    ) -> Ask:
        """A request whose sampling is the party's own, and whose seed is drawn for this party and turn."""
        seed = self.draw(f"{of}/{turn}") & 0x7FFF_FFFF
        return Ask(Request(messages=messages, sampling=self.samplings[of], seed=seed, tools=tools), of)
