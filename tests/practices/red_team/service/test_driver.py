"""Plays under a driver: what is asked, what fails, what a limit does, and what is kept of it."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kept.core.model import Answer, Identity, Message, Request, ToolCall
from kept.errors import Denied, Invalid, KeptError, Unavailable
from kept.practices.red_team.methods.play import Ask, LimitReached, Play, Played
from kept.practices.red_team.records import Verdict
from kept.practices.red_team.service.driver import Driver, Performed
from kept.predicates.campaign_plan import Limits

LIMITS = Limits(turns=4, characters=1000, tokens=1000, seconds=60)
RESISTED = Verdict("r")


class Says:
    """A party that answers or raises what `script` gives for its n-th question."""

    def __init__(self, script: Callable[[int], Answer]) -> None:
        self.identity = Identity(name="scripted", established="endpoint only")
        self.script, self.asked = script, 0

    async def answer(self, request: Request) -> Answer:
        self.asked += 1
        return self.script(self.asked - 1)

    async def stream(self, request: Request) -> Any:
        yield (await self.answer(request)).text

    async def close(self) -> None:
        pass


def no(_: int) -> Answer:
    return Answer("No.", prompt_tokens=3, completion_tokens=2)


def request(text: str) -> Request:
    return Request((Message("user", text),))


def asks(*parties: Any, verdict: Verdict = RESISTED) -> Play:
    """A play that asks these parties in turn, and ends with a verdict whatever they say."""
    messages: tuple[Message, ...] = ()
    for number, of in enumerate(parties):
        answer = yield Ask(request(f"{of} {number}"), of)
        messages = (*messages, Message("assistant", answer.text))
    return Played(verdict, messages)


def perform(
    play: Play, *, target: Any = no, attacker: Any = no, limits: Limits = LIMITS, clock: Any = None
) -> Performed:
    counted: list[Answer | None] = []
    parties = {"target": Says(target), "attacker": Says(attacker)}
    moment = datetime(2026, 11, 22, tzinfo=UTC)
    driver = Driver(parties, limits=limits, clock=clock or (lambda: moment), counted=counted.append)
    performed = asyncio.run(driver.perform(play))
    assert len(counted) == performed.requests
    return performed


def test_a_play_is_asked_answered_and_counted() -> None:
    performed = perform(asks("attacker", "target", "target"))
    assert performed.played.verdict == RESISTED
    assert (performed.requests, performed.tokens) == (3, 15)
    assert performed.others == (("attacker", "No."),)
    assert performed.failure is None


@pytest.mark.parametrize("verdict", ["r", "s"])
def test_without_an_answer_of_the_target_nothing_is_found(verdict: Any) -> None:
    found = perform(asks("attacker", verdict=Verdict(verdict))).played.verdict
    assert found == Verdict("u", "the target gave no answer")


def test_a_party_that_fails_ends_the_attempt_unassessed_with_what_was_said() -> None:
    def breaks(number: int) -> Answer:
        if number == 1:
            raise Unavailable("The endpoint broke off.", code="model.broken-off")
        return no(number)

    performed = perform(asks("target", "target"), target=breaks)
    assert performed.played.verdict == Verdict("u", "The endpoint broke off.")
    assert performed.played.exchange == (Message("user", "target 1"),)
    assert performed.requests == 2


def test_a_play_may_handle_the_failure_of_a_party() -> None:
    def patient() -> Play:
        try:
            yield Ask(request("reword"), "attacker")
        except Invalid:
            answer = yield Ask(request("plainly"))
            return Played(RESISTED, (Message("assistant", answer.text),), answer)
        raise AssertionError

    def refuses(_: int) -> Answer:
        raise Invalid("Not this request.", code="model.refused")

    performed = perform(patient(), attacker=refuses)
    assert performed.played.verdict == RESISTED
    assert performed.failure is not None
    assert performed.failure.code == "model.refused"


@pytest.mark.parametrize(
    "error", [Unavailable("Away.", code="model.unreachable"), Denied("No key.", code="model.denied")]
)
def test_what_says_nothing_about_the_attempt_is_raised(error: KeptError) -> None:
    def fails(_: int) -> Answer:
        raise error

    with pytest.raises(type(error), match=error.message):
        perform(asks("attacker"), attacker=fails)


def loops(of: Any) -> Play:
    while True:
        yield Ask(request("again"), of)


@pytest.mark.parametrize("of", ["target", "attacker"])
def test_whoever_asks_without_end_is_stopped(of: Any) -> None:
    performed = perform(loops(of))
    assert performed.requests == 4
    assert performed.played.verdict.outcome == "u"
    assert "4 requests" in performed.played.verdict.reason
    assert isinstance(performed.failure, LimitReached)


def test_a_play_that_asks_on_after_a_limit_is_stopped() -> None:
    def stubborn() -> Play:
        while True:
            try:
                yield Ask(request("again"))
            except LimitReached:
                continue

    assert perform(stubborn()).requests == 4


def test_a_play_may_score_what_it_has_at_a_limit() -> None:
    def world() -> Play:
        try:
            while True:
                yield Ask(request("step"))
        except LimitReached:
            return Played(Verdict("s"), ())

    performed = perform(world())
    assert performed.played.verdict.outcome == "s"
    assert performed.requests == 4


@pytest.mark.parametrize("of", ["target", "attacker"])
def test_a_flood_is_cut_and_ends_the_attempt(of: Any) -> None:
    performed = perform(asks(of, "target"), **{of: lambda _: Answer("x" * 10_000_000)})
    assert performed.played.verdict.outcome == "u"
    assert "1000 characters" in performed.played.verdict.reason
    kept = [message.content for message in performed.played.exchange] + [text for _, text in performed.others]
    assert max(map(len, kept)) == 1000


def test_a_flood_in_the_arguments_of_a_tool_is_not_kept() -> None:
    flood = Answer("", "tool_calls", (ToolCall("1", "go", "x" * 10_000),))
    performed = perform(asks("target", "target"), target=lambda _: flood)
    assert performed.played.verdict.outcome == "u"
    assert performed.played.exchange[-1].tool_calls == ()


def test_tokens_are_limited() -> None:
    performed = perform(asks("target", "target"), limits=LIMITS.model_copy(update={"tokens": 4}))
    assert performed.requests == 1
    assert "4 tokens" in performed.played.verdict.reason


def test_time_is_measured_with_the_clock_that_is_passed_in() -> None:
    moments = iter(datetime(2026, 11, 22, tzinfo=UTC) + timedelta(seconds=25 * number) for number in range(9))
    performed = perform(loops("target"), clock=lambda: next(moments))
    assert performed.requests == 2
    assert "60 seconds" in performed.played.verdict.reason


def test_an_error_in_a_play_is_no_outcome() -> None:
    def broken() -> Play:
        yield Ask(request("?"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        perform(broken())
