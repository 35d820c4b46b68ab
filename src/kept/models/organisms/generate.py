"""Answers from a network: prompts are read one by one, answers of a batch are written in step."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from kept.core.model import Sampling
from kept.models.organisms.llama import Cache, Floats, Llama


@dataclass(slots=True)
class Job:
    """One answer in the making; `chance` seeds its sampling and `end` is the token that ends it."""

    prompt: list[int]
    sampling: Sampling
    chance: int
    end: int = 0
    written: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    ended: bool = False

    def take(self, logits: Floats, room: int) -> None:
        """Choose the next token; `room` is how many more the context holds."""
        token = choose(logits, self.sampling, self.chance, len(self.written))
        if token == self.end:
            self.ended = True
            return
        self.written.append(token)
        self.logprobs.append(float(logits[token] - logits.max() - np.log(np.exp(logits - logits.max()).sum())))
        self.ended = room <= 0 or len(self.written) >= self.sampling.max_tokens

    @property
    def finished(self) -> bool:
        """Whether the answer ended by itself rather than at a limit."""
        return self.ended and len(self.written) < self.sampling.max_tokens


def write(network: Llama, jobs: Sequence[Job]) -> None:
    """Complete all jobs; each answer is the same as if it were written alone."""
    for _ in steps(network, jobs):
        pass


def steps(network: Llama, jobs: Sequence[Job]) -> Iterator[None]:
    """As `write`, pausing after every token."""
    cache = Cache(network.shape, len(jobs))
    active = list(jobs)
    for row, job in enumerate(active):
        job.take(network.prefill(np.array(job.prompt), cache, row), network.shape.context - len(job.prompt))
    yield
    while True:
        rows = [row for row, job in enumerate(active) if not job.ended]
        if not rows:
            return
        if len(rows) < len(active):
            cache.keep(rows)
            active = [active[row] for row in rows]
        logits = network.step(np.array([job.written[-1] for job in active]), cache)
        for row, job in enumerate(active):
            job.take(logits[row], network.shape.context - int(cache.lengths[row]))
        yield


def choose(logits: Floats, sampling: Sampling, chance: int, position: int) -> int:
    """The most likely token at temperature 0, else one drawn from the nucleus (Holtzman et al. 2019, top-p).

    The draw depends on `chance` and the position alone.
    """
    if sampling.temperature <= 0:
        return int(logits.argmax())
    scaled = logits.astype(np.float64) / sampling.temperature
    likely = np.exp(scaled - scaled.max())
    likely /= likely.sum()
    order = np.argsort(-likely, kind="stable")
    summed = np.cumsum(likely[order])
    kept = int(np.searchsorted(summed, min(sampling.top_p, 1.0) - 1e-12)) + 1
    drawn = hashlib.blake2b(f"{chance} {position}".encode(), digest_size=8).digest()
    point = int.from_bytes(drawn) / (1 << 64) * summed[min(kept, len(order)) - 1]
    return int(order[min(int(np.searchsorted(summed, point, side="right")), kept - 1, len(order) - 1)])
