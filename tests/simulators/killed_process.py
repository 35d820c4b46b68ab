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


def killed(work: Work, *, times: int, seed: int, longest: float, first: str = "") -> Iterator[list[str]]:
    """Fork `work`, kill it after at most `longest` seconds, and yield what it acknowledged; `times` over.

    `work` gets the function that acknowledges, and must not end by itself. The delay counts from its first
    acknowledgement that `first` stands in, half of the time: so kills fall into start-up and work alike, and on a slow
    machine, too, something is acknowledged.
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
        content = _read_until(read, first.encode()) if chance.random() < 0.5 else b""
        _pause(chance.random() * longest)
        os.kill(victim, signal.SIGKILL)
        os.waitpid(victim, 0)
        while more := os.read(read, 65_536):
            content += more
        os.close(read)
        # A line that the kill cut off was never acknowledged whole.
        yield content.decode().split("\n")[:-1]


def _read_until(read: int, first: bytes) -> bytes:
    content = b""
    while not content or first not in content:
        more = os.read(read, 65_536)
        assert more, "the work ended by itself"
        content += more
    return content


def _run(work: Work, write: int) -> None:
    try:
        work(lambda text: os.write(write, f"{text}\n".encode()) and None)
    finally:
        os._exit(1)


def _pause(seconds: float) -> None:
    threading.Event().wait(seconds)
