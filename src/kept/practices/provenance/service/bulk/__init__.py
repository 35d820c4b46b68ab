"""The verbs of bulk jobs: mark many, check many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from kept.core.actor import Actor
from kept.core.assessment import Progress, silent
from kept.core.context import Context
from kept.core.reference import load
from kept.errors import Conflict, Invalid
from kept.practices.provenance.methods.jobs import job_id, split
from kept.practices.provenance.ports import Places
from kept.practices.provenance.records.bulk import Batch, Found, Kind, Manner, Work
from kept.practices.provenance.service.bulk.checker import TOLD, Checker
from kept.practices.provenance.service.bulk.job import Job, Tally, check_manner, load_facts, printable
from kept.practices.provenance.service.bulk.journal import Journal, Run
from kept.practices.provenance.service.bulk.marker import Marker
from kept.practices.provenance.service.bulk.summary import summarise
from kept.practices.provenance.service.bulk.work import CHECKING, MARKING
from kept.practices.provenance.service.checking import Checking
from kept.practices.provenance.service.marking import Marking
from kept.practices.provenance.service.models import model_id
from kept.practices.provenance.service.registry import Registry


class Bulk(Marking, Checking):
    """Marks and checks many files, on workers; a job that is cut off goes on when it is begun again."""

    _context: Context
    _registry: Registry

    def mark_many(
        self,
        inputs: tuple[str, ...],
        out: str,
        *,
        model: str,
        edited: bool = False,
        manner: Manner = Manner(),
        record: Actor | None = None,
        progress: Progress = silent,
    ) -> Batch:
        """Mark what the patterns `inputs` mean, as made or `edited` by `model`, into the folder `out`; by path or URL.

        What the same job has marked before is left as it is, unless the file or its output changed since. With
        `record`, that actor records what the job came to as a statement. Raises NotFound where no file is meant or
        there is no key, Invalid for wrong places or where nothing could be marked, and Conflict where the same job is
        begun again elsewhere meanwhile.
        """
        check_manner(self._context, manner)
        self._keys.open().current()
        maker, called = model_id(self._context, model)
        self._registry.model_number(maker, name=called)
        job = self._job("mark", inputs, out, manner, model=maker, **({"edited": True} if edited else {}))
        target = job.places.absolute(out)
        _check_apart(job.places, inputs, target)
        options = {
            "job": job.run.job,
            "run": job.run.number,
            "out": target,
            "model": maker,
            "edited": edited,
            "overwrite": manner.overwrite,
        }
        work = Work(MARKING, str(self._context.workspace.folder), options, self._settings.piece_seconds)
        tally = Tally("media_type")
        job.work(job.listed(inputs, without=target), work, out=target, tally=tally, progress=progress)
        batch = tally.batch(job.run.job, target)
        job.journal.end(job.run)
        return batch if record is None else replace(batch, statement=summarise(self._context, job, tally, by=record))

    def check_many(
        self,
        inputs: tuple[str, ...],
        out: str,
        *,
        manner: Manner = Manner(),
        progress: Progress = silent,
    ) -> Batch:
        """Check what the patterns `inputs` mean, and write one row for each file to `out`, a Parquet file, whole.

        Its columns are path, verdict, origin, conflicts, model, content_id, p_value, media_type and error. A job that
        has ended checks anew. Raises Conflict where `out` is no file of this job, and what `mark_many` raises.
        """
        check_manner(self._context, manner)
        if not out.endswith(".parquet"):
            raise Invalid(f"{out} doesn't end in .parquet.", code="bulk.format", hint="--out verdicts.parquet")
        load(self._context.backends["verdicts"]["ready"])()
        places = self._places()
        target = places.absolute(out)
        known = Journal(self._context.store, self._context.clock).known(_id("check", places, inputs, out, {}))
        if places.exists(target) and not manner.overwrite and (known is None or not known.ended):
            raise Conflict(f"{target} exists already.", code="bulk.exists", hint="Name another file, or --overwrite.")
        job = self._job("check", inputs, out, manner, afresh=True)
        tally = Tally("verdict")
        work = Work(CHECKING, str(self._context.workspace.folder), seconds=self._settings.piece_seconds)
        found = job.listed(inputs, without=target)
        job.work(found, work, out="", tally=tally, progress=progress)
        batch = tally.batch(job.run.job, target)
        data = load(self._context.backends["verdicts"]["parquet"])(_rows(job, found))
        places.stage(target, data, within=target.rpartition("/")[0] or "/", tag=job.run.job)
        job.journal.end(job.run)
        places.publish(target, tag=job.run.job)
        return batch

    def _job(
        self, kind: Kind, inputs: tuple[str, ...], out: str, manner: Manner, *, afresh: bool = False, **about: Any
    ) -> Job:
        places = self._places()
        journal = Journal(self._context.store, self._context.clock)
        told = {"inputs": [_absolute(places, each) for each in inputs], "out": places.absolute(out), **about}
        run = journal.begin(_id(kind, places, inputs, out, about), kind, told, afresh=afresh)
        return Job(self._context, journal, places, run, manner)

    def _places(self) -> Places:
        places: Places = load(self._context.backends["place"]["any"])
        return places

    def _marker(self, run: Run, options: Mapping[str, Any]) -> Marker:
        journal = Journal(self._context.store, self._context.clock)
        about = {key: options[key] for key in ("out", "model", "overwrite")}
        make = partial(self._made, edited=options["edited"])
        return Marker(self._places(), journal, self._registry, make, run, **about)

    def _checker(self) -> Checker:
        return Checker(self._places(), self.check)


def _absolute(places: Places, pattern: str) -> str:
    base, rest = split(pattern)
    return f"{places.absolute(base or '.')}/{rest}" if rest else places.absolute(base)


def _id(kind: Kind, places: Places, inputs: tuple[str, ...], out: str, about: Mapping[str, Any]) -> str:
    told = sorted(_absolute(places, each) for each in inputs)
    return job_id(kind, inputs=told, out=places.absolute(out), **about)


def _check_apart(places: Places, inputs: tuple[str, ...], target: str) -> None:
    """Refuse outputs that would stand where inputs do. Raises Invalid."""
    for pattern in inputs:
        base = places.absolute(split(pattern)[0] or ".")
        if target == base or (target == base.rpartition("/")[0] and not split(pattern)[1]):
            raise Invalid(
                f"Outputs in {target} would replace the inputs.", code="bulk.in-place", hint="Name another folder."
            )


def _rows(job: Job, found: list[Found]) -> Iterator[Mapping[str, Any]]:
    for row in job.journal.told(job.run.job, (printable(each.place) for each in found)):
        facts = load_facts(row.facts)
        told = {key: facts.get(key) for key in (*TOLD, "media_type")}
        yield {"path": row.source, **told, "error": row.message or None}
