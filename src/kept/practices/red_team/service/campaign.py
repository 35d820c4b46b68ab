"""The loop: asks, judges and records, with a bounded number of attempts in flight."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from kept.core.assessment import Progress
from kept.core.context import Clock, Entropy
from kept.core.model import Answer, Model, Request, Sampling
from kept.core.store import Store
from kept.errors import Invalid, KeptError, Unavailable
from kept.practices.red_team.methods.judges.exact_card import judge
from kept.practices.red_team.methods.prompts import Prompts
from kept.practices.red_team.methods.schedule import Key, Schedule
from kept.practices.red_team.methods.transcripts import SALT_BYTES, answer_text, seal
from kept.practices.red_team.records import Cell, Prompt, Verdict
from kept.practices.red_team.service.recorder import Made, Recorder
from kept.predicates.campaign_plan import Plan

# Failures that say something about the endpoint or a budget, not about one attempt: nothing was tried.
_NOT_TRIED = frozenset({"model.budget", "model.error-budget", "model.unreachable", "model.quota"})
_SHOW_EVERY = 32
_SALTS = 256


@dataclass(slots=True)
class Tally:
    """What was counted so far; `tokens` over the campaign's life, `errors` in this sitting."""

    tokens: int = 0
    succeeded: int = 0
    errors: int = 0


class Loop:
    """One sitting of a campaign. `cells` are the plan's, `schedule` knows what is recorded already."""

    def __init__(
        self,
        *,
        number: int,
        plan: Plan,
        cells: tuple[Cell, ...],
        schedule: Schedule,
        tally: Tally,
        model: Model,
        store: Store,
        entropy: Entropy,
    ) -> None:
        self._number = number
        self._plan = plan
        self._prompts = tuple(Prompts(cell, plan.seed) for cell in cells)
        self._sampling = Sampling(**plan.sampling.model_dump())
        self._schedule = schedule
        self._tally = tally
        self._model = model
        self._store = store
        self._entropy = entropy
        self._salts: list[bytes] = []
        self._halted: KeptError | None = None

    async def run(self, *, concurrency: int, progress: Progress, clock: Clock) -> None:
        """Make every attempt that is not recorded yet; each is durable before it counts.

        Raises what halted it (a budget, the endpoint, the store); what was recorded stays, and what was not durable
        yet is asked again at the next sitting. Cancelling it does the same.
        """
        pending = self._schedule.pending()
        watch = _Watch(self._schedule, self._tally, progress=progress, clock=clock)
        watch.show()
        recorder = Recorder(self._store, durable=watch.finished, failed=self._halt)
        async with asyncio.TaskGroup() as recording:
            recording.create_task(recorder.run())
            async with asyncio.TaskGroup() as asking:
                for _ in range(min(concurrency, len(self._schedule) - self._schedule.finished)):
                    asking.create_task(self._work(pending, recorder))
            recorder.end()
        watch.show()
        if self._halted is not None and self._schedule.finished < len(self._schedule):
            raise self._halted

    async def _work(self, pending: Iterator[Key], recorder: Recorder) -> None:
        for key in pending:
            made = await self._attempt(key)
            if made is not None:
                recorder.add(made)
                if recorder.full:
                    await recorder.room()
            if self._halted is not None:
                return

    async def _attempt(self, key: Key) -> Made | None:
        """Ask and judge; None when that halted the campaign before anything was tried."""
        prompts = self._prompts[key.cell]
        prompt = prompts[key.prompt]
        request = Request(
            messages=prompt.messages,
            sampling=self._sampling,
            seed=prompts.sampling_seed(key.prompt, key.trial),
            tools=prompt.tools,
        )
        try:
            answer = await self._model.answer(request)
        except (Unavailable, Invalid) as error:
            if error.code in _NOT_TRIED:
                self._halt(error)
                return None
            self._count_error(error)
            return self._made(key, prompt, Verdict("u", error.message), None)
        except KeptError as error:
            self._halt(error)
            return None
        self._count_tokens(answer)
        return self._made(key, prompt, judge(prompt.token, answer), answer)

    def _made(self, key: Key, prompt: Prompt, verdict: Verdict, answer: Answer | None) -> Made:
        salt, said = self._salt(), answer_text(answer, verdict.reason)
        cell, outcome = self._prompts[key.cell].cell, verdict.outcome
        row = {
            "campaign": self._number,
            "cell": key.cell,
            "prompt": key.prompt,
            "trial": key.trial,
            "outcome": outcome,
            "tokens": answer.prompt_tokens + answer.completion_tokens if answer else 0,
            "digest": seal(salt, cell=cell, key=key, prompt=prompt, outcome=outcome, answer=said),
            "salt": salt,
            "answer": said,
        }
        return Made(key, outcome, row)

    def _halt(self, error: KeptError) -> None:
        self._halted = self._halted or error

    def _salt(self) -> bytes:
        """Fresh salt; drawn many at a time, since every draw asks the operating system."""
        if not self._salts:
            drawn = self._entropy(SALT_BYTES * _SALTS)
            self._salts = [drawn[at : at + SALT_BYTES] for at in range(0, len(drawn), SALT_BYTES)]
        return self._salts.pop()

    def _count_tokens(self, answer: Answer) -> None:
        self._tally.tokens += answer.prompt_tokens + answer.completion_tokens
        limit = self._plan.budget.tokens
        if limit is not None and self._tally.tokens >= limit:
            self._halt(
                Unavailable(
                    f"The plan's budget of {limit} tokens is spent.",
                    code="red-team.token-budget",
                    hint="The campaign stays open: abandon it with a reason, and plan a smaller one.",
                )
            )

    def _count_error(self, error: KeptError) -> None:
        self._tally.errors += 1
        if self._tally.errors > self._plan.budget.errors:
            self._halt(
                Unavailable(
                    f"{self._tally.errors} attempts failed, more than the plan allows; the last one: {error.message}",
                    code="red-team.error-budget",
                    hint="The campaign stays open: resume it when the model answers again, or abandon it.",
                )
            )


class _Watch:
    """Tells the progress how many attempts are done, how fast, and how long the rest will take."""

    def __init__(self, schedule: Schedule, tally: Tally, *, progress: Progress, clock: Clock) -> None:
        self._schedule = schedule
        self._tally = tally
        self._progress = progress
        self._clock = clock
        self._began = clock()
        self._before = schedule.finished

    def finished(self, made: Made) -> None:
        """Count an attempt that is durable, and show it now and then."""
        self._tally.succeeded += made.outcome == "s"
        self._schedule.mark(made.key)
        if self._schedule.finished % _SHOW_EVERY == 0:
            self.show()

    def show(self) -> None:
        """Tell how far it is."""
        done, total = self._schedule.finished, len(self._schedule)
        seconds = (self._clock() - self._began).total_seconds()
        rate = (done - self._before) / seconds if seconds > 0 else 0.0
        left = f", {(total - done) / rate:.0f} s left" if rate > 0 and done < total else ""
        self._progress(done, total, f"{self._tally.succeeded} succeeded, {rate:.0f}/s{left}")
