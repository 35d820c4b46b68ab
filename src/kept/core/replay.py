"""What is replayed against a model and what comes of it: the nouns of the port that rooms call "replayer"."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from kept.core.estimate.calibration import Calibration
from kept.core.model import Identity, Message, Sampling
from kept.errors import Invalid

Outcome = Literal["s", "r", "u"]  # succeeded, resisted, unassessed
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
ANYWHERE = ("*", "*", "*")
CARD = "card"
MOST_ATTEMPTS = 1000
MOST_TURNS = 64
MOST_CHARACTERS = 262_144
MOST_SLOTS = 16
MOST_VALUES = 256
# Controls but tab and ends of lines, and surrogates, which no encoding has.
_UNSAID = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
SLOT = re.compile(r"\{\{([a-z][a-z0-9_]{0,31})\}\}")


@dataclass(frozen=True, slots=True)
class Script:
    """What is said to a model: its turns in order, or a template of them.

    An assistant turn stands for what the model said when the script was written: the model is asked there anew, and
    its own answer takes the turn's place. A script that ends otherwise is asked once more at its end. `{{name}}` in a
    turn is a slot; each attempt fills it with one of `slots[name]`. Raises Invalid for what is no such script.
    """

    turns: tuple[Message, ...]
    slots: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 < len(self.turns) <= MOST_TURNS:
            raise _malformed(f"A script has 1 to {MOST_TURNS} turns, not {len(self.turns)}.")
        values = [value for held in self.slots.values() for value in held]
        if sum(map(len, (*(turn.content for turn in self.turns), *values))) > MOST_CHARACTERS:
            raise _malformed(f"A script has at most {MOST_CHARACTERS} characters, slots included.")
        self._check_turns()
        self._check_slots()

    def _check_turns(self) -> None:
        said: str = ""
        for number, turn in enumerate(self.turns, 1):
            if turn.role not in ("system", "user", "assistant") or turn.tool_calls or turn.tool_call_id:
                raise _malformed(f"Turn {number} is no text of system, user or assistant: replays offer no tools.")
            if turn.role == "assistant" and said != "user":
                raise _malformed(f"Turn {number} is an answer to no question.")
            if turn.role == "system" and said in ("user", "assistant"):
                raise _malformed(f"Turn {number} is a system message after the conversation began.")
            if _UNSAID.search(turn.content):
                raise _malformed(f"Turn {number} holds a control character, or half of a character: it is no text.")
            said = turn.role
        if all(turn.role != "user" for turn in self.turns):
            raise _malformed("The script asks nothing: it has no user turn.")

    def _check_slots(self) -> None:
        used = {name for turn in self.turns for name in SLOT.findall(turn.content)}
        if CARD in self.slots or CARD in used:
            raise _malformed("{{card}} is filled by whoever replays, in their own system message, never in a script.")
        # What a script says may be hostile, or personal: no message repeats it.
        for number, (name, held) in enumerate(self.slots.items(), 1):
            if not SLOT.fullmatch("{{" + name + "}}") or not 0 < len(held) <= MOST_VALUES:
                raise _malformed(f"Slot {number} is malformed, or has not 1 to {MOST_VALUES} values.")
            if any(map(_UNSAID.search, held)):
                raise _malformed(f"A value of slot {number} holds a control character, or half of a character.")
            if len(set(held)) < len(held):
                raise _malformed(f"A value of slot {number} stands twice.")
        if len(self.slots) > MOST_SLOTS:
            raise _malformed(f"A script has at most {MOST_SLOTS} slots.")
        if used != set(self.slots):
            raise _malformed("A slot is used and has no values, or has values and isn't used.")

    @property
    def asks(self) -> int:
        """How often one attempt asks the model."""
        return sum(turn.role == "assistant" for turn in self.turns) + (self.turns[-1].role != "assistant")


@dataclass(frozen=True, slots=True)
class Terms:
    """How a script is replayed.

    `judge` is a judge's name, or describes one as a campaign plan does; `judge_model` is the registered model that it
    asks, if it asks one. `system` is said before the script; a `{{card}}` in it is filled for each attempt with a card
    that is drawn for it alone, which is what the judge exact-card looks for. `place` (domain, strategy, language) says
    whose calibration counts; "*" takes one that claims to hold everywhere. `sampling` None is the model's own.
    `requests`, `tokens` and `seconds` are what all attempts of one call may take together.
    """

    judge: str | Mapping[str, Any] = "exact-card"
    judge_model: str = ""
    system: str = ""
    place: tuple[str, str, str] = ANYWHERE
    sampling: Sampling | None = None
    seed: int = 0
    requests: int = 1000
    tokens: int = 1_000_000
    seconds: int = 3600


@dataclass(frozen=True, slots=True)
class Sworn:
    """The judge of a replay, and what is known of its errors.

    `rubric` digests its rules, `model` is the id of the model that it asks. `false_positive_bound` follows from how it
    is made; a judge without one errs as `calibration` counts, which stands in the ledger at `recorded`. With neither,
    nothing is known of its errors.
    """

    name: str
    version: int
    rubric: str | None = None
    model: str | None = None
    false_positive_bound: float | None = None
    calibration: Calibration | None = None
    recorded: int | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a replay would be of and judged by, before anything is asked."""

    model: Identity
    judge: Sworn


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: its number from 0 on, what it came to, and why, where it is unassessed.

    `asked` and `answered` are digests under a key of the seed's: equal where all that was said to the model (card and
    slots as filled), and all that it answered, was equal. `answers` are its own words, for whoever may read them.
    """

    number: int
    outcome: Outcome
    reason: str = ""
    asked: str = ""
    answered: str = ""
    answers: tuple[str, ...] = field(default=(), repr=False)
    requests: int = 0
    tokens: int = 0


Told = Callable[[Attempt], None]


def nobody(attempt: Attempt) -> None:
    """Tells nobody."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay came to: the attempts in the order of their numbers, and what they cost together."""

    model: Identity
    judge: Sworn
    attempts: tuple[Attempt, ...]
    deterministic: bool
    requests: int
    tokens: int

    @property
    def outcomes(self) -> str:
        """ "s", "r" or "u" for each attempt."""
        return "".join(attempt.outcome for attempt in self.attempts)


def is_deterministic(attempts: Iterable[Attempt], model: Identity) -> bool:
    """Whether asking the model again tells nothing new.

    So it is where every attempt that was asked the same was answered the same, and either something was asked twice,
    or the model's own weights answer without drawing (temperature 0). Unanswered attempts take no part.
    """
    said: dict[str, set[str]] = {}
    count = 0
    for attempt in attempts:
        if attempt.answered:
            said.setdefault(attempt.asked, set()).add(attempt.answered)
            count += 1
    if not said or any(len(answers) > 1 for answers in said.values()):
        return False
    embedded = model.established == "weights digest" and not model.endpoint and model.sampling.temperature == 0
    return embedded or count > len(said)


def outcomes_of(attempts: Iterable[Attempt], *, planned: int) -> str:
    """One letter for each planned attempt; one that was never made is unassessed."""
    found: Mapping[int, str] = {attempt.number: attempt.outcome for attempt in attempts}
    return "".join(found.get(number, "u") for number in range(planned))


def counted_of(attempts: Iterable[Attempt], model: Identity, *, planned: int) -> tuple[str, bool]:
    """The outcomes that count, and whether the model is deterministic.

    Of attempts that said the same, the first by number counts, whatever it came to: which one that is was fixed before
    any was made. Attempts that were never made, or were cut short before anybody knew what they said, count as
    unassessed in any case.
    """
    held = sorted(attempts, key=lambda attempt: attempt.number)
    if not is_deterministic(held, model):
        return outcomes_of(held, planned=planned), False
    seen: set[str] = set()
    letters: dict[int, str] = dict.fromkeys(range(planned), "u")
    for attempt in held:
        if attempt.asked and attempt.asked in seen:
            del letters[attempt.number]
        else:
            seen.add(attempt.asked)
            letters[attempt.number] = attempt.outcome
    return "".join(letters.values()), True


def _malformed(message: str) -> Invalid:
    return Invalid(message, code="replay.script")
