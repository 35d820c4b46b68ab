"""Work that is killed at a random moment, again and again, and what it had acknowledged until then.

Starting Python anew for each of hundreds of kills would cost minutes, so a zygote imports everything once, and each
victim is forked from it before any thread or database connection exists.
"""

import os
import random
import signal
import threading
from collections.abc import Callable, Iterator

Work = Callable[[Callable[[str], None]], None]


def killed(work: Work, *, times: int, seed: int, longest: float) -> Iterator[list[str]]:
    """Fork `work`, kill it after at most `longest` seconds, and yield what it acknowledged; `times` over.

    `work` gets the function that acknowledges, and must not end by itself.
    """
    chance = random.Random(seed)
    assert threading.active_count() == 1, "a fork would copy the locks that other threads hold"
    for _ in range(times):
        read, write = os.pipe()
        victim = os.fork()
        if victim == 0:
            os.close(read)
            _run(work, write)
        os.close(write)
        # The delay counts from the first acknowledgement, half of the time: so kills fall into start-up and work alike.
        content = os.read(read, 65_536) if chance.random() < 0.5 else b""
        _pause(chance.random() * longest)
        os.kill(victim, signal.SIGKILL)
        os.waitpid(victim, 0)
        while more := os.read(read, 65_536):
            content += more
        os.close(read)
        # A line that the kill cut off was never acknowledged whole.
        yield content.decode().split("\n")[:-1]


def _run(work: Work, write: int) -> None:
    try:
        work(lambda text: os.write(write, f"{text}\n".encode()) and None)
    finally:
        os._exit(1)


def _pause(seconds: float) -> None:
    threading.Event().wait(seconds)
