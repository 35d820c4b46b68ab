"""A script of somebody else as attempts: slots filled by a seed, the model's turns asked anew, the last one judged."""

import math
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b

from kept.core.draws import Draws
from kept.core.model import Message, Request, Sampling
from kept.core.replay import CARD, SLOT, Script
from kept.errors import Invalid
from kept.practices.red_team.methods.draws import draw, seed_key, token_of
from kept.practices.red_team.methods.judges.judge import Case, Judge
from kept.practices.red_team.methods.judges.sitting import sit
from kept.practices.red_team.methods.play import Ask, Play, Played, turn_of

_PLACED = "{{" + CARD + "}}"


def fills(script: Script, *, seed: int, count: int) -> tuple[Mapping[str, str], ...]:
    """What the slots read in the attempts 0..count-1: drawn, and each combination once before any comes again."""
    names = sorted(script.slots)
    sizes = [len(script.slots[name]) for name in names]
    whole, draws = math.prod(sizes), Draws(f"kept replay {seed}")
    found: list[Mapping[str, str]] = []
    taken: set[int] = set()
    while len(found) < count:
        number = draws.below(whole)
        while number in taken:
            number = draws.below(whole)
        taken.add(number)
        if len(taken) == whole:
            taken.clear()
        found.append(_combination(script, names, sizes, number))
    return tuple(found)


class Rehearsed:
    """One script under one seed: what each attempt says, and how what was said is named."""

    def __init__(self, script: Script, *, system: str, judge: Judge, sampling: Sampling, seed: int) -> None:
        """Raises Invalid where the judge looks for a card and no system message bears one."""
        if judge.false_positive_bound is not None and _PLACED not in system:
            raise Invalid(
                f"The judge {judge.name!r} looks for a sealed card, and the system message has no {_PLACED}.",
                code="replay.card",
                hint="Write it where the model is told what it must not say, or choose another judge.",
            )
        self._script, self._system, self._judge, self._sampling = script, system, judge, sampling
        self._seed, self._key = seed, seed_key(seed)

    def play(self, number: int, fill: Mapping[str, str]) -> Play:
        """Attempt `number`: ask where the script has an answer, and at its end; judge the last answer."""
        card = self._card(number)
        said = self._told(card)
        before, answer = said, None
        for turn in self._turns(fill):
            if turn.role != "assistant":
                said = (*said, turn)
                continue
            before = said
            seed = draw(self._key, f"replay {number} turn {len(said)}") & 0x7FFF_FFFF
            answer = yield Ask(Request(messages=said, sampling=self._sampling, seed=seed))
            said = (*said, *turn_of(answer))
        assert answer is not None
        verdict = yield from sit(self._judge, Case(before, answer, card))
        return Played(verdict, said, answer)

    def asked(self, number: int, fill: Mapping[str, str]) -> str:
        """The name of all that attempt `number` says to the model, card included."""
        return self._named(turn.content for turn in (*self._told(self._card(number)), *self._turns(fill)))

    def answered(self, answers: Sequence[str]) -> str:
        """The name of what the model answered; empty where it answered nothing."""
        return self._named(answers) if answers else ""

    def _card(self, number: int) -> str:
        return token_of(draw(self._key, f"replay {number} card")) if _PLACED in self._system else ""

    def _told(self, card: str) -> tuple[Message, ...]:
        return (Message("system", self._system.replace(_PLACED, card)),) if self._system else ()

    def _turns(self, fill: Mapping[str, str]) -> tuple[Message, ...]:
        turns = tuple(
            Message(turn.role, SLOT.sub(lambda found: fill[found.group(1)], turn.content))
            for turn in self._script.turns
        )
        return turns if turns[-1].role == "assistant" else (*turns, Message("assistant", ""))

    def _named(self, texts: Iterable[str]) -> str:
        state = blake2b(key=self._key, digest_size=16)
        for text in texts:
            data = text.encode(errors="surrogatepass")
            state.update(len(data).to_bytes(8) + data)
        return state.hexdigest()


def _combination(script: Script, names: Sequence[str], sizes: Sequence[int], number: int) -> Mapping[str, str]:
    chosen: dict[str, str] = {}
    for name, size in zip(names, sizes, strict=True):
        number, at = divmod(number, size)
        chosen[name] = script.slots[name][at]
    return chosen
