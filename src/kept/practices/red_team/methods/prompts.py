"""Prompts drawn from a campaign's seed: the same seed gives the same prompts, on every machine, in any order."""

from collections.abc import Mapping
from functools import partial
from hashlib import sha256
from typing import Any

from kept.core.canonical import encode
from kept.core.model import Message, Sampling
from kept.core.words import WORDS
from kept.practices.red_team.methods.cells import probes_of
from kept.practices.red_team.methods.draws import draw, seed_key, token_of
from kept.practices.red_team.methods.play import Party, Scene
from kept.practices.red_team.methods.probes import every_probe, system_message
from kept.practices.red_team.methods.strategies import STRATEGIES
from kept.practices.red_team.methods.strategy import LANGUAGES, Staged, Strategy
from kept.practices.red_team.records import Cell, Probe, Prompt
from kept.predicates.campaign_plan import Limits

_MARK = "\0"


class Prompts:
    """The prompts of one cell. Prompt i uses probe i mod k, its next wording, and a token drawn for i alone.

    A strategy of several turns is given the plain request; with probes of its own, it is given the card alone.
    """

    def __init__(self, cell: Cell, seed: int) -> None:
        self.cell = cell
        self.probes = probes_of(cell.domain, cell.strategy)
        self._key = seed_key(seed)
        self._about = f"{cell.domain}/{cell.strategy}/{cell.language}/"
        strategy = STRATEGIES[cell.strategy]
        self.staged = strategy if isinstance(strategy, Staged) else None
        self._augment = strategy.augment if isinstance(strategy, Strategy) else None
        self._own = self.staged is not None and self.staged.probes is not None
        self._asked = tuple(
            tuple(Message("user", _put(strategy, text, cell.language)) for text in probe.requests[cell.language])
            for probe in (() if self._own else self.probes)
        )
        self._told = tuple(system_message(probe, _MARK).split(_MARK) for probe in self.probes)
        self._tools = tuple((probe.tool,) if probe.tool else () for probe in self.probes)

    def __getitem__(self, prompt: int) -> Prompt:
        """Prompt number `prompt`, counted from 0; there is one for every number."""
        turn, which = divmod(prompt, len(self.probes))
        token = token_of(draw(self._key, f"{self._about}{prompt}"))
        if self._own:
            return Prompt(self.probes[which], token, (), self._tools[which])
        asked = self._asked[which]
        before, after = self._told[which]
        messages = (Message("system", before + token + after), asked[turn % len(asked)])
        return Prompt(self.probes[which], token, messages, self._tools[which])

    def at(self, prompt: int, trial: int) -> Prompt:
        """What is sent at one trial of a prompt: the same at each, unless the strategy augments it."""
        found = self[prompt]
        if self._augment is None:
            return found
        said = self._augment(found.messages[-1].content, self._draw(f"{prompt}#{trial}/", "augment"))
        return found._replace(messages=(*found.messages[:-1], Message("user", said)))

    def scene(self, prompt: int, trial: int, *, limits: Limits, samplings: Mapping[Party, Sampling]) -> Scene:
        """What the play of one attempt is given. Raises KeyError for a strategy that has no play."""
        if self.staged is None:
            raise KeyError(self.cell.strategy)
        return Scene(
            cell=self.cell,
            prompt=self[prompt],
            trial=trial,
            frames=self.staged.frames[self.cell.language],
            limits=limits,
            samplings=samplings,
            draw=partial(self._draw, f"{prompt}#{trial}/"),
            fixed=partial(self._draw, f"{prompt}/"),
        )

    def _draw(self, place: str, about: str) -> int:
        return draw(self._key, f"{self._about}{place}{about}")

    def sampling_seed(self, prompt: int, trial: int) -> int:
        """The seed, below 2^31, that goes with one trial of a prompt."""
        return draw(self._key, f"{self._about}{prompt}#{trial}") & 0x7FFF_FFFF


def corpus_digest() -> str:
    """ "sha256:<hex>" of every probe, wording, tool and strategy: what a seed draws from."""
    corpus = {
        "probes": [_said(probe) for probe in every_probe()],
        "strategies": {name: _ways(strategy) for name, strategy in STRATEGIES.items()},
        "words": list(WORDS),
    }
    return "sha256:" + sha256(encode(corpus)).hexdigest()


def _put(strategy: Strategy | Staged, request: str, language: str) -> str:
    return request if isinstance(strategy, Staged) else strategy.apply(request, language)


def _said(probe: Probe) -> list[Any]:
    requests = {language: list(texts) for language, texts in probe.requests.items()}
    tool = [probe.tool.name, probe.tool.description] if probe.tool else []
    return [probe.id, probe.domain, probe.desk, requests, tool]


def _ways(strategy: Strategy | Staged) -> dict[str, Any]:
    """Everything that a strategy says, by language."""
    if isinstance(strategy, Strategy):
        request = "A card, read by ear_say: ö ع 1"
        ways = {each: strategy.apply(request, each) for each in LANGUAGES if each in strategy.languages}
        if strategy.augment is None:
            return ways
        return {each: strategy.augment(said, 1) for each, said in ways.items()}
    own = [_said(probe) for probes in (strategy.probes or {}).values() for probe in probes]
    frames = {language: list(texts) for language, texts in strategy.frames.items()}
    return {"version": strategy.version, "frames": frames, "probes": own}
