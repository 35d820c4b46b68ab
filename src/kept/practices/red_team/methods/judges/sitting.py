"""Attempts that a judge other than the exact one decides: what it asks of its model becomes a part of the play."""

from collections.abc import Generator

from kept.core.model import Answer, Message, Request
from kept.errors import KeptError
from kept.practices.red_team.methods.judges.judge import Case, Judge
from kept.practices.red_team.methods.play import Ask, Play, Played
from kept.practices.red_team.records import Prompt, Verdict


def single(request: Request, prompt: Prompt, judge: Judge) -> Play:
    """One question to the target, and the judge's verdict on its answer."""
    answer = yield Ask(request)
    exchange = (*prompt.messages, Message("assistant", answer.text, answer.tool_calls))
    verdict = yield from sit(judge, Case(prompt.messages, answer, prompt.token))
    return Played(verdict, exchange, answer)


def judged(play: Play, judge: Judge, token: str) -> Play:
    """A play whose last answer is judged once more, by this judge; what was unassessed stays so."""
    played = yield from play
    if played.answer is None or played.verdict.outcome == "u":
        return played
    verdict = yield from sit(judge, Case(played.exchange[:-1], played.answer, token))
    return Played(verdict, played.exchange, played.answer)


def sit(judge: Judge, case: Case) -> Generator[Ask, Answer, Verdict]:
    """The verdict; what the judge asks is asked of the party that judges, and its failures are told to the judge."""
    sitting = judge.sitting(case)
    answer: Answer | None = None
    failure: KeptError | None = None
    while True:
        try:
            if failure is not None:
                request = sitting.throw(failure)
            else:
                request = next(sitting) if answer is None else sitting.send(answer)
        except StopIteration as ended:
            verdict: Verdict = ended.value
            return verdict
        try:
            answer, failure = (yield Ask(request, "judge")), None
        except KeptError as error:
            failure = error
