"""Performs a play: asks whom it wants asked, within the plan's limits, and keeps what was said."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kept.core.context import Clock
from kept.core.model import Answer, Message, Model
from kept.errors import Invalid, KeptError, Unavailable
from kept.practices.red_team.methods.play import Ask, LimitReached, Party, Play, Played
from kept.practices.red_team.records import Verdict
from kept.predicates.campaign_plan import Limits

# Failures that say something about the endpoint or a budget, not about one attempt: nothing was tried.
NOT_TRIED = frozenset({"model.budget", "model.error-budget", "model.unreachable", "model.quota"})


@dataclass(frozen=True, slots=True)
class Performed:
    """How a play went: what it found, what the other parties said, what it cost, and the failure that it met, if any.

    `requests` counts what every party was asked, `tokens` what they were billed.
    """

    played: Played
    others: tuple[tuple[Party, str], ...]
    requests: int
    tokens: int
    failure: KeptError | None = None


class Driver:
    """Performs plays with the `parties`; `counted` is told of every request: the answer, or None where none came."""

    def __init__(
        self, parties: Mapping[Party, Model], *, limits: Limits, clock: Clock, counted: Callable[[Answer | None], None]
    ) -> None:
        self._parties = parties
        self._limits = limits
        self._clock = clock
        self._counted = counted

    async def perform(self, play: Play) -> Performed:
        """Run a play to its end. Raises only what says nothing about this attempt, and halts the campaign."""
        log = _Log(self._limits, self._clock())
        answer: Answer | None = None
        failure: KeptError | None = None
        try:
            while True:
                try:
                    ask = _go_on(play, answer, failure)
                except StopIteration as ended:
                    return log.ended(ended.value)
                except KeptError as error:
                    return log.failed(error)
                if isinstance(failure, LimitReached):
                    return log.failed(failure)
                answer, failure = await self._turn(ask, log)
        finally:
            play.close()

    async def _turn(self, ask: Ask, log: "_Log") -> tuple[Answer | None, KeptError | None]:
        """Ask once: the answer, or what the play is to be told instead of it."""
        if over := log.over(self._clock()):
            return None, over
        log.asked(ask)
        try:
            answer = await self._parties[ask.of].answer(ask.request)
        except (Unavailable, Invalid) as error:
            if error.code in NOT_TRIED:
                raise
            self._counted(None)
            log.failure = log.failure or error
            return None, error
        self._counted(answer)
        return answer, log.answered(ask, answer)


def _go_on(play: Play, answer: Answer | None, failure: KeptError | None) -> Ask:
    if failure is not None:
        return play.throw(failure)
    return next(play) if answer is None else play.send(answer)


@dataclass(slots=True)
class _Log:
    """What one attempt asked, heard and spent so far."""

    limits: Limits
    began: datetime
    requests: int = 0
    characters: int = 0
    tokens: int = 0
    heard: int = 0  # answers of the target
    exchange: tuple[Message, ...] = ()
    others: list[tuple[Party, str]] = field(default_factory=list)
    failure: KeptError | None = None

    def over(self, now: datetime) -> LimitReached | None:
        """The limit that leaves no room for one more request."""
        seconds = (now - self.began).total_seconds()
        if self.requests >= self.limits.turns:
            return _limit("turns", f"{self.limits.turns} requests")
        if seconds > self.limits.seconds:
            return _limit("seconds", f"{self.limits.seconds} seconds")
        return None

    def asked(self, ask: Ask) -> None:
        self.requests += 1
        if ask.of == "target":
            self.exchange = ask.request.messages

    def answered(self, ask: Ask, answer: Answer) -> LimitReached | None:
        """Note an answer; the limit that it went over."""
        room = max(0, self.limits.characters - self.characters)
        self.characters += len(answer.text) + sum(len(call.arguments) for call in answer.tool_calls)
        calls = answer.tool_calls if self.characters <= self.limits.characters else ()
        self.tokens += answer.prompt_tokens + answer.completion_tokens
        if ask.of == "target":
            self.heard += 1
            self.exchange = (*self.exchange, Message("assistant", answer.text[:room], calls))
        else:
            self.others.append((ask.of, answer.text[:room]))
        if self.characters > self.limits.characters:
            return _limit("characters", f"{self.limits.characters} characters of answers")
        if self.tokens > self.limits.tokens:
            return _limit("tokens", f"{self.limits.tokens} tokens")
        return None

    def ended(self, played: Played) -> Performed:
        """The end that a play gives itself; without a word from the target, it found nothing."""
        if self.heard == 0 and played.verdict.outcome != "u":
            unheard = Verdict("u", "the target gave no answer")
            played = Played(unheard, played.exchange, played.answer)
        return Performed(played, tuple(self.others), self.requests, self.tokens, self.failure)

    def failed(self, error: KeptError) -> Performed:
        """The end of an attempt that a failure or a limit cut short."""
        played = Played(Verdict("u", error.message), self.exchange)
        return Performed(played, tuple(self.others), self.requests, self.tokens, self.failure or error)


def _limit(name: str, what: str) -> LimitReached:
    return LimitReached(
        f"The attempt came to the plan's limit of {what}.",
        code=f"red-team.limit-{name}",
        hint=f"Raise limits.{name} in the plan.",
    )
