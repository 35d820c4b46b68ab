"""The loop: asks, judges and records, with a bounded number of attempts in flight."""

import asyncio
from collections.abc import Iterator, Mapping
from functools import partial

from kept.core.assessment import Progress
from kept.core.context import Clock, Entropy
from kept.core.model import Answer, Model, Request, Sampling
from kept.core.store import Store
from kept.errors import Invalid, KeptError, Unavailable
from kept.practices.red_team.methods import judges
from kept.practices.red_team.methods.judges.exact_card import judge
from kept.practices.red_team.methods.judges.judge import Case
from kept.practices.red_team.methods.judges.sitting import judged, single
from kept.practices.red_team.methods.play import LimitReached, Party, Play
from kept.practices.red_team.methods.prompts import Prompts
from kept.practices.red_team.methods.schedule import Key, Schedule, Stepped
from kept.practices.red_team.methods.transcripts import SALT_BYTES, answer_text, played_text, seal
from kept.practices.red_team.records import Cell, Outcome, Prompt, Verdict
from kept.practices.red_team.service.archive import Tally
from kept.practices.red_team.service.driver import NOT_TRIED, Driver
from kept.practices.red_team.service.recorder import Made, Recorder
from kept.predicates.campaign_plan import Plan

_SHOW_EVERY = 32
_SALTS = 256


class Loop:
    """One sitting of a campaign. `cells` are the plan's, `schedule` knows what is recorded already.

    `parties` are the models that are asked: the target, and an attacker and a judge where the plan has them.
    """

    def __init__(
        self,
        *,
        number: int,
        plan: Plan,
        cells: tuple[Cell, ...],
        schedule: Schedule | Stepped,
        tally: Tally,
        parties: Mapping[Party, Model],
        store: Store,
        entropy: Entropy,
        clock: Clock,
    ) -> None:
        self._number = number
        self._plan = plan
        self._prompts = tuple(Prompts(cell, plan.seed) for cell in cells)
        self._sampling = Sampling(**plan.sampling.model_dump())
        self._schedule = schedule
        self._tally = tally
        self._model = parties["target"]
        self._samplings = {of: party.identity.sampling for of, party in parties.items()} | {"target": self._sampling}
        self._driver = Driver(parties, limits=plan.limits, clock=clock, counted=self._count_spent)
        # The exact judge is called as it is, since every answer of most campaigns goes through it.
        chosen = judges.chosen(plan.judge)
        self._judge = chosen if chosen.false_positive_bound is None else None
        self._store = store
        self._entropy = entropy
        self._clock = clock
        self._salts: list[bytes] = []
        self._halted: KeptError | None = None
        self._moved = asyncio.Event()  # something became durable, or halted

    async def run(self, *, concurrency: int, progress: Progress) -> None:
        """Make every attempt that is not recorded yet; each is durable before it counts.

        Raises what halted it (a budget, the endpoint, the store); what was recorded stays, and what was not durable
        yet is asked again at the next sitting. Cancelling it does the same.
        """
        watch = _Watch(self._schedule, self._tally, progress=progress, clock=self._clock)
        watch.show()
        recorder = Recorder(self._store, durable=partial(self._durable, watch), failed=self._halt)
        workers = min(concurrency, len(self._schedule) - self._schedule.finished)
        async with asyncio.TaskGroup() as recording:
            recording.create_task(recorder.run())
            async with asyncio.TaskGroup() as asking:
                if isinstance(self._schedule, Stepped):
                    for _ in range(workers):
                        asking.create_task(self._step(self._schedule, recorder))
                else:
                    pending = self._schedule.pending()
                    for _ in range(workers):
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

    async def _step(self, schedule: Stepped, recorder: Recorder) -> None:
        """Make attempts as they are given out: what is decided by outcomes is decided by durable ones."""
        while self._halted is None and not schedule.complete:
            key = schedule.take()
            if key is None:
                self._moved.clear()
                await self._moved.wait()
            elif (made := await self._attempt(key)) is not None:
                recorder.add(made)

    def _durable(self, watch: "_Watch", made: Made) -> None:
        watch.finished(made)
        self._moved.set()

    async def _attempt(self, key: Key) -> Made | None:
        """Ask and judge; None when that halted the campaign before anything was tried."""
        prompts = self._prompts[key.cell]
        if prompts.staged is not None:
            scene = prompts.scene(key.prompt, key.trial, limits=self._plan.limits, samplings=self._samplings)
            play = prompts.staged.play(scene)
            token = scene.prompt.token
            return await self._play(key, scene.prompt, judged(play, self._judge, token) if self._judge else play)
        prompt = prompts.at(key.prompt, key.trial)
        request = Request(
            messages=prompt.messages,
            sampling=self._sampling,
            seed=prompts.sampling_seed(key.prompt, key.trial),
            tools=prompt.tools,
        )
        if self._judge is not None and self._judge.asks:
            return await self._play(key, prompt, single(request, prompt, self._judge))
        try:
            answer = await self._model.answer(request)
        except (Unavailable, Invalid) as error:
            if error.code in NOT_TRIED:
                self._halt(error)
                return None
            self._count_spent(None)
            self._count_error(error)
            return self._made(key, prompt, "u", answer_text(None, error.message), tokens=0)
        except KeptError as error:
            self._halt(error)
            return None
        self._count_spent(answer)
        verdict = judge(prompt.token, answer) if self._judge is None else self._decided(prompt, answer)
        tokens = answer.prompt_tokens + answer.completion_tokens
        return self._made(key, prompt, verdict.outcome, answer_text(answer, verdict.reason), tokens=tokens)

    def _decided(self, prompt: Prompt, answer: Answer) -> Verdict:
        """What a judge says that asks nobody."""
        assert self._judge is not None
        assert self._judge.decide is not None
        return self._judge.decide(Case(prompt.messages, answer, prompt.token))

    async def _play(self, key: Key, prompt: Prompt, play: Play) -> Made | None:
        """Play an attempt of several turns; None when that halted the campaign, and the attempt is to be made again."""
        try:
            performed = await self._driver.perform(play)
        except KeptError as error:
            self._halt(error)
            return None
        if performed.failure is not None and not isinstance(performed.failure, LimitReached):
            self._count_error(performed.failure)
        played = performed.played
        return self._made(
            key,
            prompt._replace(messages=(), tools=()),
            played.verdict.outcome,
            played_text(played, performed.others),
            tokens=performed.tokens,
            requests=performed.requests,
        )

    def _made(self, key: Key, prompt: Prompt, outcome: Outcome, said: str, *, tokens: int, requests: int = 1) -> Made:
        salt, cell = self._salt(), self._prompts[key.cell].cell
        row = {
            "campaign": self._number,
            "cell": key.cell,
            "prompt": key.prompt,
            "trial": key.trial,
            "outcome": outcome,
            "tokens": tokens,
            "requests": requests,
            "digest": seal(salt, cell=cell, key=key, prompt=prompt, outcome=outcome, answer=said),
            "salt": salt,
            "answer": said,
        }
        return Made(key, outcome, row)

    def _halt(self, error: KeptError) -> None:
        self._halted = self._halted or error
        self._moved.set()

    def _salt(self) -> bytes:
        """Fresh salt; drawn many at a time, since every draw asks the operating system."""
        if not self._salts:
            drawn = self._entropy(SALT_BYTES * _SALTS)
            self._salts = [drawn[at : at + SALT_BYTES] for at in range(0, len(drawn), SALT_BYTES)]
        return self._salts.pop()

    def _count_spent(self, answer: Answer | None) -> None:
        """Count a request and its answer, if one came. What is in flight when a budget is spent is still finished."""
        tally, budget = self._tally, self._plan.budget
        tally.requests += 1
        if answer is not None:
            tally.tokens += answer.prompt_tokens + answer.completion_tokens
        for name, spent, limit in (
            ("token", tally.tokens, budget.tokens),
            ("request", tally.requests, budget.requests),
        ):
            if limit is not None and spent >= limit:
                self._halt(
                    Unavailable(
                        f"The plan's budget of {limit} {name}s is spent.",
                        code=f"red-team.{name}-budget",
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

    def __init__(self, schedule: Schedule | Stepped, tally: Tally, *, progress: Progress, clock: Clock) -> None:
        self._schedule = schedule
        self._tally = tally
        self._progress = progress
        self._clock = clock
        self._began = clock()
        self._before = schedule.finished

    def finished(self, made: Made) -> None:
        """Count an attempt that is durable, and show it now and then."""
        self._tally.succeeded += made.outcome == "s"
        self._schedule.mark(made.key, made.outcome)
        if self._schedule.finished % _SHOW_EVERY == 0:
            self.show()

    def show(self) -> None:
        """Tell how far it is."""
        done, total = self._schedule.finished, len(self._schedule)
        seconds = (self._clock() - self._began).total_seconds()
        rate = (done - self._before) / seconds if seconds > 0 else 0.0
        left = f", {(total - done) / rate:.0f} s left" if rate > 0 and done < total else ""
        self._progress(done, total, f"{self._tally.succeeded} succeeded, {rate:.0f}/s{left}")
