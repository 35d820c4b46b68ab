"""How a model is opened: what it is told, how it is sampled, and how much may be spent on it."""

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from kept.core.canonical import encode
from kept.core.model import Established, Identity, Sampling, Tool


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """What every opener takes; embedded models ignore what concerns a network.

    `system_prompt`, `sampling` and `tools` are part of the identity of what is tested. `requests` and
    `tokens` are budgets over the life of the opened model (None: unlimited); `errors` is the share of
    requests, in 0..1, that may fail for good before the model counts as unreachable. `timeout_s` bounds one
    try in seconds, `retries` the further tries after a refusal (HTTP 429 or 5xx), `concurrency` the
    requests in flight. `monotonic` (seconds) and `entropy` are the clock and the randomness of back-off.
    """

    system_prompt: str = ""
    sampling: Sampling = field(default_factory=Sampling)
    tools: tuple[Tool, ...] = ()
    requests: int | None = None
    tokens: int | None = None
    errors: float = 0.5
    timeout_s: float = 60.0
    retries: int = 5
    concurrency: int = 64
    monotonic: Callable[[], float] = time.monotonic
    entropy: Callable[[int], bytes] = os.urandom

    def identity(self, name: str, established: Established, *, evidence: str = "", endpoint: str = "") -> Identity:
        """The identity of a model opened with these options: what is deployed around it is part of it."""
        return Identity(
            name=name,
            established=established,
            evidence=evidence,
            endpoint=endpoint,
            system_prompt=_digest(self.system_prompt.encode()) if self.system_prompt else "",
            tools=_digest(encode([asdict(tool) for tool in self.tools])) if self.tools else "",
            sampling=self.sampling,
        )


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()
