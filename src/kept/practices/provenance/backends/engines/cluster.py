"""Workers of a Ray cluster: `ray` starts one on this machine for the job, `ray://host:port` is one that runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

from kept.errors import Invalid, Unavailable
from kept.practices.provenance.backends.engines.desk import Desk
from kept.practices.provenance.backends.engines.dispatch import Dispatch, Event, Lost, Ready
from kept.practices.provenance.records.bulk import Outcome, Piece, Work

_PATIENCE = 10.0
# Only small records travel; 75 MB is the least that Ray takes.
_OBJECT_STORE_BYTES = 80 * 1024 * 1024
_SETTINGS = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}


class RayWorker:
    """An actor with one processor, and the answer that it owes."""

    def __init__(self, ray: Any, work: Work) -> None:
        self._ray = ray
        # The job's own journal and retries say what becomes of a piece: an actor that Ray revived would do it twice.
        self._actor = ray.remote(Desk).options(num_cpus=1, max_restarts=0, max_task_retries=0).remote()
        self.owed = self._actor.begin.remote(work)
        self._begun = False
        self._held: Piece | None = None

    def give(self, piece: Piece) -> None:
        """Ask for a piece's outcome, once the work is open: else a death might take that answer along too."""
        if self._begun:
            self.owed = self._actor.do.remote(piece)
        else:
            self._held = piece

    def take(self) -> Event:
        """The answer, or that nobody is left to give it."""
        try:
            answer = self._ray.get(self.owed)
        except self._ray.exceptions.RayActorError:
            return Lost()
        if self._begun:
            outcome: Outcome = answer
            return outcome
        self._begun = True
        if answer is None and self._held is not None:
            self.give(self._held)
        return Ready(answer)

    def dismiss(self, *, now: bool) -> None:
        """Let it close what it has open, unless `now`, and end it."""
        if not now:
            self._ray.wait([self._actor.end.remote()], timeout=_PATIENCE)
        self._ray.kill(self._actor)


class RayCrew:
    """Actors for one job."""

    def __init__(self, ray: Any, work: Work) -> None:
        self._ray = ray
        self._work = work

    def hire(self) -> RayWorker:
        """Start an actor; it waits until the cluster has a processor for it."""
        return RayWorker(self._ray, self._work)

    def wait(self, workers: Collection[RayWorker], *, seconds: float | None) -> Iterator[tuple[RayWorker, Event]]:
        """What those answered that answered something."""
        by_reference = {worker.owed: worker for worker in workers}
        ready, _ = self._ray.wait(list(by_reference), num_returns=1, timeout=seconds)
        for reference in ready:
            worker = by_reference[reference]
            yield worker, worker.take()


class RayEngine:
    """The engine "ray"."""

    def run(self, work: Work, pieces: Iterable[Piece], *, workers: int, on: str) -> Iterator[Outcome]:
        """One outcome for each piece; see `ports.Engine`. Raises Unavailable for a cluster that can't be reached."""
        # Ray tells of its troubles on standard output, where a caller's result goes.
        with redirect_stdout(sys.stderr), joined(on, workers) as ray:
            crew = RayCrew(ray, work)
            yield from Dispatch(pieces, crew, workers=workers, seconds=work.seconds).outcomes()


@contextmanager
def joined(on: str, workers: int) -> Iterator[Any]:
    """Ray, as a member of the cluster at `on`; one that was started for the job ends with it. Raises Unavailable."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError as error:
        raise Unavailable(
            "Ray is not installed.", code="bulk.no-ray", hint="Install it with: pip install 'kept[ray]'"
        ) from error
    if ray.is_initialized():
        yield ray
        return
    _start(ray, on, workers)
    try:
        yield ray
    finally:
        ray.shutdown()


def _start(ray: Any, on: str, workers: int) -> None:
    arguments = _arguments(on, workers)
    # A cluster on this machine has half a minute to start, which a busy one may take: it is given another.
    for left in reversed(range(2 if on == "ray" else 1)):
        try:
            ray.init(**arguments)
            return
        except Exception as error:
            # Ray raises errors of many kinds, bare ones too.
            ray.shutdown()
            if not left:
                raise Unavailable(
                    f"The Ray cluster at {on} can't be reached: {str(error)[:300]}",
                    code="bulk.cluster",
                    hint="--on ray starts one on this machine; --on ray://host:port joins one, by Ray's client port.",
                ) from error


def _arguments(on: str, workers: int) -> dict[str, Any]:
    if on == "ray":
        quiet = {"logging_level": "ERROR", "log_to_driver": False, "include_dashboard": False}
        # A cluster that somebody else runs on this machine is not joined: its owner was not named.
        return {**quiet, "address": "local", "object_store_memory": _OBJECT_STORE_BYTES, "num_cpus": workers}
    if not on.startswith("ray://"):
        raise Invalid(f"{on!r} is not the address of a Ray cluster.", code="bulk.engine", hint="ray or ray://host:port")
    # How a cluster that runs already was set up is not ours to say.
    return {"address": on}


RAY = RayEngine()
