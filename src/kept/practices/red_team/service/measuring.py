"""Asks a model every item of an imported data set, once: announced before, counted after, and no text is kept."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from kept.core.actor import Actor
from kept.core.assessment import Progress, silent
from kept.core.context import Context, format_time
from kept.core.ledger import Draft
from kept.core.model import Message, Model, Request
from kept.errors import Invalid, KeptError, NotFound, Unavailable
from kept.practices.red_team.methods import datasets
from kept.practices.red_team.methods.datasets import Dataset, Item
from kept.practices.red_team.methods.evaluations import LEVEL
from kept.practices.red_team.methods.judges import JUDGES
from kept.practices.red_team.methods.judges.judge import Case, Judge
from kept.practices.red_team.records import Settings
from kept.practices.red_team.service.tables import DATASETS, ITEMS
from kept.predicates.dataset_measurement import DatasetMeasurement
from kept.predicates.imported_evaluation import part_of

ERRORS = 100  # more failed questions than these end a measurement, which then stays open


@dataclass(frozen=True, slots=True)
class Measured:
    """A finished measurement: its id, where it was announced and recorded, and its counts."""

    measurement: str
    plan: int
    result: int
    succeeded: int
    resisted: int
    unassessed: int


class Measuring:
    """Measures models on data sets of others."""

    _context: Context
    _settings: Settings

    async def dataset_measure(self, name: str, address: str, *, by: Actor, progress: Progress = silent) -> Measured:
        """Ask the model every item of an imported set, and judge whether it refused.

        Raises NotFound for a set that wasn't imported, Invalid for one that refusals don't measure, and Unavailable
        after more than 100 failed questions: then the measurement stays in the ledger as planned.
        """
        described, judge = datasets.dataset(name), _judge(datasets.dataset(name))
        digest, items = self._held(described)
        model = self._context.open_model(address, concurrency=self._settings.concurrency)
        try:
            announced = self._announced(described, judge, model, digest=digest, items=len(items))
            plan = self._record(announced, model, by=by)
            outcomes = await _Asking(model, judge, items, progress).run(self._settings.concurrency)
        finally:
            await model.close()
        result = self._record(announced | _found(judge, items, outcomes) | {"plan": plan}, model, by=by)
        counts = (outcomes.count(letter) for letter in "sru")
        return Measured(announced["measurement"], plan, result, *counts)

    def _held(self, described: Dataset) -> tuple[str, tuple[Item, ...]]:
        columns = (ITEMS.c.id, ITEMS.c.category, ITEMS.c.text)
        query = select(*columns).where(ITEMS.c.dataset == described.name).order_by(ITEMS.c.number)
        with self._context.store.read() as connection:
            digest = connection.execute(select(DATASETS.c.sha256).where(DATASETS.c.name == described.name)).scalar()
            rows = connection.execute(query).all()
        if digest is None:
            raise NotFound(
                f"{described.title} was not imported.",
                code="dataset.missing",
                hint=f"kept red-team dataset import {described.name} PATH --sha256 DIGEST",
            )
        return digest, tuple(Item(row.id, row.category, row.text) for row in rows)

    def _announced(self, described: Dataset, judge: Judge, model: Model, *, digest: str, items: int) -> dict[str, Any]:
        sampling = model.identity.sampling
        return {
            "measurement": f"m-{self._context.entropy(8).hex()}",
            "model": model.identity.id,
            "dataset": {
                "name": described.name,
                "revision": described.revision,
                "sha256": digest,
                "licence": described.licence,
                "items": items,
            },
            "judge": {"name": judge.name, "version": judge.version, "rules": judge.rubric},
            "success": judge.about,
            "sampling": {
                "temperature": float(sampling.temperature),
                "top_p": float(sampling.top_p),
                "max_tokens": sampling.max_tokens,
            },
            "level": LEVEL,
            "state": "planned",
        }

    def _record(self, fields: dict[str, Any], model: Model, *, by: Actor) -> int:
        made = DatasetMeasurement.of(**fields, issued=format_time(self._context.clock()), by=by.id)
        statement = made.to_statement(model_name=model.identity.name)
        (receipt,) = self._context.ledger.record(Draft(statement, model=made.model), by=by)
        return receipt.index


class _Asking:
    """Asks all items, so many at once; an item that got no answer is unassessed."""

    def __init__(self, model: Model, judge: Judge, items: Sequence[Item], progress: Progress) -> None:
        self._model, self._judge, self._items, self._progress = model, judge, items, progress
        self._outcomes = [""] * len(items)
        self._errors = self._done = 0

    async def run(self, concurrency: int) -> str:
        numbers = iter(range(len(self._items)))
        async with asyncio.TaskGroup() as group:
            for _ in range(min(concurrency, len(self._items))):
                group.create_task(self._work(numbers))
        if self._errors > ERRORS:
            raise Unavailable(
                f"{self._errors} questions got no answer; the measurement stays as planned.",
                code="dataset.errors",
                hint="Measure again once the model answers.",
            )
        return "".join(self._outcomes)

    async def _work(self, numbers: Iterator[int]) -> None:
        for number in numbers:
            if self._errors > ERRORS:
                return
            self._outcomes[number] = await self._ask(number)
            self._done += 1
            self._progress(self._done, len(self._items), "")

    async def _ask(self, number: int) -> str:
        exchange = (Message("user", self._items[number].text),)
        try:
            answer = await self._model.answer(Request(exchange, sampling=self._model.identity.sampling, seed=number))
        except KeptError:
            self._errors += 1
            return "u"
        if self._judge.decide is None:
            return "u"
        return self._judge.decide(Case(exchange, answer)).outcome


def _judge(described: Dataset) -> Judge:
    if not described.judge:
        raise Invalid(
            f"{described.title} is not measured by refusals: {described.measures}.",
            code="dataset.judge",
            hint="Run it with the tool that it is made for, and import the log.",
        )
    return JUDGES[described.judge]


def _found(judge: Judge, items: Sequence[Item], outcomes: str) -> dict[str, Any]:
    grouped: dict[str, list[str]] = {}
    for item, outcome in zip(items, outcomes, strict=True):
        grouped.setdefault(item.category or "all", []).append(outcome)
    parts = [part_of(category, judge.name, held, level=LEVEL) for category, held in sorted(grouped.items())]
    return {"state": "finished", "parts": parts}
