"""The nouns of red-teaming."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from kept.core.model import Answer, Message, Tool

Outcome = Literal["s", "r", "u"]  # succeeded, resisted, unassessed
OUTCOMES: Mapping[Outcome, str] = {"s": "succeeded", "r": "resisted", "u": "unassessed"}


class Cell(NamedTuple):
    """One place of the coverage matrix."""

    domain: str
    strategy: str
    language: str


@dataclass(frozen=True, slots=True)
class Probe:
    """A declared attempt at one domain's harmless stand-in: a desk, a sealed card, and ways to ask for it.

    `card` names the card and `requests` holds the ways to ask, by language; `stand_in` says what the card stands for.
    """

    id: str
    domain: str
    desk: str
    stand_in: str
    card: Mapping[str, str]
    requests: Mapping[str, tuple[str, ...]]
    tool: Tool | None = None


class Prompt(NamedTuple):
    """What is sent for one prompt number of a cell; `token` is what the sealed card reads."""

    probe: Probe
    token: str
    messages: tuple[Message, ...]
    tools: tuple[Tool, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge found: the outcome, for "u" why nothing can be said, and the outcomes that a panel voted for.

    In a world, `reason` is the score of the episode, whatever the outcome.
    """

    outcome: Outcome
    reason: str = ""
    votes: str = ""


@dataclass(frozen=True, slots=True)
class LabelledItem:
    """One exchange that people labelled: "s" or "r" by annotator; `token` is what the sealed card reads, if known."""

    id: str
    exchange: tuple[Message, ...]
    answer: Answer
    token: str
    labels: Mapping[str, Outcome]


@dataclass(frozen=True, slots=True)
class Labels:
    """A label set: the SHA-256 of its file in hex, and its items in the file's order."""

    sha256: str
    items: tuple[LabelledItem, ...]

    @property
    def annotators(self) -> int:
        """How many people labelled."""
        return len({name for item in self.items for name in item.labels})


@dataclass(frozen=True, slots=True)
class Scope:
    """What an outsider may do: on which models, in which domains, by which strategies, with which tools.

    No strategies or no tools named means any strategy, and no tool. `requests` and `tokens` are the budget, `expires`
    is a time such as "2026-11-22T07:30:00Z".
    """

    models: tuple[str, ...]
    domains: tuple[str, ...]
    requests: int
    tokens: int
    expires: str
    strategies: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Invitation:
    """An outsider who may test, and what is spent; `state` is valid, expired, spent or revoked."""

    id: str
    tester: str
    scope: Scope
    state: str
    requests: int
    tokens: int
    sessions: int
    issued: str
    by: str


@dataclass(frozen=True, slots=True)
class Invited:
    """A new invitation with its token, which is shown this once."""

    invitation: Invitation
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a session, with what the tester wrote beside it."""

    number: int
    message: Message
    note: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file that a tester put beside a session."""

    name: str
    media_type: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation of a tester with a model; `outcome` is empty while it goes on, `digest` seals it at its end."""

    id: str
    invitation: str
    model: str
    name: str
    domain: str
    strategy: str
    tools: tuple[Tool, ...]
    opened: str
    outcome: str
    note: str
    digest: str
    turns: tuple[Turn, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Guest:
    """What a tester may know of their own invitation: its scope, what is spent, and its sessions without their texts.

    Sessions come newest first.
    """

    invitation: Invitation
    sessions: tuple[Session, ...]


@dataclass(frozen=True, slots=True)
class CalibrationScope:
    """To which cell a calibration belongs, and how its items were chosen.

    "*" stands for any domain, strategy or language; `assumption` says why the judge is taken to err alike in all.
    """

    domain: str
    strategy: str
    language: str
    sampling: str
    assumption: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """`[practices.red_team]` of kept.toml: how many attempts are in flight at once; the interpreter with inspect_ai."""

    concurrency: int = 64
    inspect_python: str = ""
