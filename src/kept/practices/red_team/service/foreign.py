"""The verbs for what others made: logs of other tools become statements, data sets come into the private store."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from kept.core.actor import Actor
from kept.core.context import Context, format_time
from kept.core.ledger import Draft
from kept.core.model import Identity
from kept.core.reference import load
from kept.errors import Conflict, Invalid
from kept.practices.red_team.methods import datasets
from kept.practices.red_team.methods.datasets import Dataset, Item
from kept.practices.red_team.methods.evaluations import LEVEL, Evaluation, Reading
from kept.practices.red_team.records import Settings
from kept.practices.red_team.service.tables import DATASETS, ITEMS
from kept.predicates import imported_evaluation
from kept.predicates.imported_evaluation import ImportedEvaluation


@dataclass(frozen=True, slots=True)
class Imported:
    """An evaluation that was imported, where it was recorded, and its counts over all parts."""

    index: int
    tool: str
    task: str
    model_named: str
    state: str
    succeeded: int
    resisted: int
    unassessed: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Held:
    """A known data set; `items` and `sha256` tell what was imported of it, 0 and empty where nothing was."""

    dataset: Dataset
    items: int = 0
    sha256: str = ""


class Foreign:
    """Imports logs and data sets."""

    _context: Context
    _settings: Settings

    async def evaluation_import(
        self, tool: str, log: Path, *, by: Actor, about: str = "", reading: Reading | None = None
    ) -> Imported:
        """Record what a log of "garak", "inspect" or "promptfoo" says; `about` is the governed model's address, if any.

        The log itself is named by its SHA-256 and kept by its owner. Raises Invalid for a log that is malformed, cut or
        newer, NotFound, Unavailable where the tool is needed and missing, and Conflict for what was recorded already.
        """
        reader = self._backend(tool)
        digest, size = load(self._context.backends["files"]["digest"])(log)
        found: Evaluation = reader(log, self._with_interpreter(reading))
        model = await self._identity(about)
        made = ImportedEvaluation.of(
            tool=found.tool,
            tool_version=found.version,
            log_format=found.log_format,
            original={"sha256": digest, "bytes": size},
            task=found.task,
            model_named=found.model,
            model=model.id if model else None,
            success=found.success,
            state="finished" if found.finished else "unfinished",
            level=LEVEL,
            parts=found.parts(),
            issued=format_time(self._context.clock()),
            by=by.id,
        )
        self._check_new(made)
        statement = made.to_statement(model_name=model.name if model else "model")
        (receipt,) = self._context.ledger.record(Draft(statement, model=made.model or ""), by=by)
        return _summary(made, receipt.index)

    async def evaluation_run(
        self, task: str, model: str, logs: Path, *, by: Actor, about: str = "", reading: Reading | None = None
    ) -> Imported:
        """Run a task of inspect_ai in a process of its own, on a model as inspect_ai names it, and import its log.

        The log stays in `logs`. Raises what `evaluation_import` raises, and Unavailable when the time is over.
        """
        logs.mkdir(parents=True, exist_ok=True)
        run = load(self._context.backends["evaluation-run"]["inspect"])
        log: Path = run(task, model, logs, self._with_interpreter(reading))
        return await self.evaluation_import("inspect", log, by=by, about=about, reading=reading)

    def dataset_list(self) -> tuple[Held, ...]:
        """Every data set that is known, and what was imported of it."""
        count = func.count(ITEMS.c.number).label("items")
        query = select(DATASETS.c.name, DATASETS.c.sha256, count).join(ITEMS, ITEMS.c.dataset == DATASETS.c.name)
        with self._context.store.read() as connection:
            rows = connection.execute(query.group_by(DATASETS.c.name, DATASETS.c.sha256)).all()
        held = {row.name: row for row in rows}
        return tuple(
            Held(described, held[name].items, held[name].sha256) if name in held else Held(described)
            for name, described in datasets.datasets().items()
        )

    def dataset_import(self, name: str, path: Path, *, digest: str) -> Held:
        """Bring a data set into the private store, once its SHA-256 is the one that its owner expects.

        Its texts stay there: no statement holds one. Raises NotFound, Invalid for another file than expected or
        described, and Conflict where it was imported.
        """
        described = datasets.dataset(name)
        data: bytes = load(self._context.backends["files"]["whole"])(path, limit=datasets.LIMIT)
        actual = sha256(data).hexdigest()
        if actual != digest.lower().removeprefix("sha256:"):
            raise Invalid(
                f"{path} has the SHA-256 {actual}, not {digest[:80]}.",
                code="dataset.digest",
                hint=f"Get it again from {described.upstream} at {described.revision}.",
            )
        items = datasets.read(data, described)
        self._context.store.write(lambda connection: _enter(connection, described, actual, items))
        return Held(described, len(items), actual)

    def _backend(self, tool: str) -> Any:
        known = self._context.backends["evaluation"]
        if tool not in known:
            raise Invalid(f"Logs of {tool[:64]!r} aren't read.", code="evaluation.tool")
        return load(known[tool])

    def _with_interpreter(self, reading: Reading | None) -> Reading:
        return replace(reading or Reading(), python=self._settings.inspect_python)

    async def _identity(self, about: str) -> Identity | None:
        if not about:
            return None
        model = self._context.open_model(about)
        await model.close()
        return model.identity

    def _check_new(self, made: ImportedEvaluation) -> None:
        for recorded in self._context.ledger.statements(imported_evaluation.TYPE):
            held = recorded.predicate or {}
            same = ("original", "task", "success", "parts")
            if all(held.get(name) == value for name, value in made.model_dump(mode="json", include=set(same)).items()):
                raise Conflict(f"This log was imported as entry {recorded.index}.", code="evaluation.imported")


def _summary(made: ImportedEvaluation, index: int) -> Imported:
    def total(name: str) -> int:
        return sum(getattr(one, name) * one.prompts for part in made.parts for one in part.tallies)

    counts = (total("succeeded"), total("resisted"), total("unassessed"))
    return Imported(index, made.tool, made.task, made.model_named, made.state, *counts, made.original.sha256)


def _enter(connection: Connection, described: Dataset, digest: str, items: Sequence[Item]) -> None:
    if connection.execute(select(DATASETS.c.name).where(DATASETS.c.name == described.name)).first():
        raise Conflict(f"{described.title} was imported already.", code="dataset.imported")
    row = {"name": described.name, "sha256": digest, "revision": described.revision, "licence": described.licence}
    connection.execute(DATASETS.insert().values(**row))
    connection.execute(
        ITEMS.insert(),
        [
            {"dataset": described.name, "number": number, "id": item.id, "category": item.category, "text": item.text}
            for number, item in enumerate(items)
        ],
    )
