"""Replays what somebody else reported or shared: the room's judges and driver, its budgets, and no tools."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from kept.core.context import Context, format_time
from kept.core.estimate import Calibration
from kept.core.model import Answer, Message, Model
from kept.core.replay import (
    MOST_ATTEMPTS,
    Attempt,
    Prepared,
    Replayed,
    Script,
    Sworn,
    Terms,
    Told,
    is_deterministic,
    nobody,
)
from kept.errors import Conflict, Invalid, NotFound, Unavailable
from kept.practices.red_team.methods import judges
from kept.practices.red_team.methods.judges.judge import Judge
from kept.practices.red_team.methods.plans import check_places, read_judge, read_parties
from kept.practices.red_team.methods.replaying import Rehearsed, fills
from kept.practices.red_team.service import calibrating, parties
from kept.practices.red_team.service.driver import Driver, Performed
from kept.practices.red_team.service.parties import Cast
from kept.predicates.campaign_plan import Limits

_TURNS_OF_A_JUDGE = 32
_CHARACTERS = 1_000_000  # of one attempt's answers


class Replaying:
    """What the room offers to rooms that hear of weaknesses, as the port "replayer"."""

    _context: Context

    async def prepare_replay(self, model: str, terms: Terms) -> Prepared:
        """The model's identity and the judge with what is known of its errors; nothing is asked.

        Raises NotFound for a model that kept.toml doesn't name, and Invalid for terms that can't be.
        """
        judge, named = _judge(terms), self._replay_parties(terms, model)
        async with parties.opened(named, open_model=self._context.open_model, concurrency=1) as cast:
            target = self._opened(model, terms)
            try:
                return Prepared(target.identity, self._sworn(judge, target, cast, terms))
            finally:
                await target.close()

    async def replay(
        self, model: str, script: Script, terms: Terms, *, numbers: Sequence[int], told: Told = nobody
    ) -> Replayed:
        """Make the attempts `numbers` of a script, one after another, and tell of each as soon as it is judged.

        What an attempt says and draws follows from the seed and its number, so that attempts can be made in several
        calls. An attempt whose request failed, or whose judge said nothing, is unassessed. Raises NotFound for a model
        that kept.toml doesn't name, Invalid for terms that can't be, and Unavailable where nothing can be asked or the
        budget is spent; what was told of is then done, the rest is not.
        """
        _check_numbers(numbers)
        judge, named = _judge(terms), self._replay_parties(terms, model)
        async with parties.opened(named, open_model=self._context.open_model, concurrency=1) as cast:
            target = self._opened(model, terms)
            try:
                sworn = self._sworn(judge, target, cast, terms)
                sitting = _Sitting(self._context, target, cast, script, terms, judge)
                made = [await sitting.attempt(number, told) for number in numbers]
            finally:
                await target.close()
        deterministic = is_deterministic(made, target.identity)
        return Replayed(target.identity, sworn, tuple(made), deterministic, sitting.requests, sitting.tokens)

    def _opened(self, model: str, terms: Terms) -> Model:
        return self._context.open_model(
            model, sampling=terms.sampling, requests=terms.requests, tokens=terms.tokens, concurrency=1
        )

    def _replay_parties(self, terms: Terms, model: str) -> Mapping[Any, str]:
        """Who takes part besides the model. Raises NotFound for a name that kept.toml doesn't have."""
        for name in filter(None, (model, terms.judge_model)):
            if name not in self._context.workspace.models:
                raise NotFound(
                    f"No model is registered as {name[:80]!r}.",
                    code="replay.model",
                    hint="Name it in kept.toml, below [models]: replays reach registered models only.",
                )
        section = {"judge": terms.judge, "strategies": ()}
        return read_parties({**section, "judge_model": terms.judge_model} if terms.judge_model else section)

    def _sworn(self, judge: Judge, target: Model, cast: Cast, terms: Terms) -> Sworn:
        told = calibrating.Sworn(judge, cast.get("judge")).document()
        bound = judge.false_positive_bound
        if bound is not None:
            return Sworn(**told, false_positive_bound=bound)
        known = [
            each
            for each in calibrating.recorded(self._context.ledger, target.identity.id)
            if each.calibration is None
            or (each.calibration.judge.model_dump() == told and each.calibration.covers(*terms.place))
        ]
        latest = max(known, key=lambda each: each.index, default=None)
        if latest is None or latest.calibration is None:
            # One that was erased may have been the one that counts: then nothing is known.
            return Sworn(**told)
        found = latest.calibration
        if not found.positives or not found.negatives:
            return Sworn(**told)
        counted = Calibration(found.true_positives, found.positives, found.true_negatives, found.negatives)
        return Sworn(**told, calibration=counted, recorded=latest.index)


class _Sitting:
    """One call: the attempts that it makes, and what they have cost so far."""

    def __init__(self, context: Context, target: Model, cast: Cast, script: Script, terms: Terms, judge: Judge) -> None:
        sampling = target.identity.sampling
        self._rehearsed = Rehearsed(script, system=terms.system, judge=judge, sampling=sampling, seed=terms.seed)
        self._fills = fills(script, seed=terms.seed, count=MOST_ATTEMPTS)
        self._terms, self._clock = terms, context.clock
        self._until = context.clock().timestamp() + terms.seconds
        limits = Limits(
            turns=script.asks + _TURNS_OF_A_JUDGE,
            characters=_CHARACTERS,
            tokens=max(1, terms.tokens),
            seconds=max(1, min(terms.seconds, 604_800)),
        )
        self._driver = Driver({"target": target, **cast}, limits=limits, clock=context.clock, counted=self._count)
        self.requests = self.tokens = 0

    async def attempt(self, number: int, told: Told) -> Attempt:
        """Make one attempt. Raises Unavailable where a budget is spent before it."""
        self._check_budget(self._clock())
        fill, requests, tokens = self._fills[number], self.requests, self.tokens
        performed = await self._driver.perform(self._rehearsed.play(number, fill))
        played, answers = performed.played, _answers(performed)
        attempt = Attempt(
            number=number,
            outcome=played.verdict.outcome,
            reason=played.verdict.reason if played.verdict.outcome == "u" else "",
            asked=self._rehearsed.asked(number, fill),
            answered=self._rehearsed.answered(answers),
            answers=answers,
            requests=self.requests - requests,
            tokens=self.tokens - tokens,
        )
        told(attempt)
        return attempt

    def _count(self, answer: Answer | None) -> None:
        self.requests += 1
        if answer is not None:
            self.tokens += answer.prompt_tokens + answer.completion_tokens

    def _check_budget(self, now: datetime) -> None:
        terms = self._terms
        for name, spent, limit in (
            ("requests", self.requests, terms.requests),
            ("tokens", self.tokens, terms.tokens),
        ):
            if spent >= limit:
                raise _spent(f"{limit} {name}")
        if now.timestamp() >= self._until:
            raise _spent(f"{terms.seconds} seconds (now {format_time(now)})")


def _answers(performed: Performed) -> tuple[str, ...]:
    said: tuple[Message, ...] = performed.played.exchange
    return tuple(
        "\n".join((turn.content, *(call.arguments for call in turn.tool_calls)))
        for turn in said
        if turn.role == "assistant"
    )


def _judge(terms: Terms) -> Judge:
    check_places(dict(zip(("domain", "strategy", "language"), terms.place, strict=True)))
    return judges.chosen(read_judge({"judge": terms.judge}))


def _check_numbers(numbers: Sequence[int]) -> None:
    if not numbers or not all(0 <= number < MOST_ATTEMPTS for number in numbers):
        raise Invalid(f"Attempts are numbered 0 to {MOST_ATTEMPTS - 1}.", code="replay.numbers")
    if len(set(numbers)) < len(numbers):
        raise Conflict("An attempt was asked for twice.", code="replay.numbers")


def _spent(what: str) -> Unavailable:
    return Unavailable(
        f"The replay's budget of {what} is spent.",
        code="replay.budget",
        hint="What was replayed is kept; raise the programme's budget and go on.",
    )
