"""Writers of several processes take turns, and none waits for ever."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kept.core.store.turnstile import Turnstile
from kept.errors import Unavailable

HOLDER = """
import sys
from pathlib import Path
from kept.core.store.turnstile import Turnstile
with Turnstile(Path(sys.argv[1]), patience=5):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def holder(tmp_path: Path):
    """Another process that holds the turnstile until it is told, or killed."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "store.db")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_turnstile_that_stays_held_is_unavailable(tmp_path, holder):
    turnstile = Turnstile(tmp_path / "store.db", patience=0.05)
    for _ in range(2):
        with pytest.raises(Unavailable, match="locked"), turnstile:
            pass
    holder.communicate("done\n")
    with turnstile:
        pass
    turnstile.close()


def test_a_waiting_process_gets_its_turn_when_the_holder_is_done(tmp_path, holder):
    turnstile = Turnstile(tmp_path / "store.db", patience=30)
    got = threading.Event()

    def wait() -> None:
        with turnstile:
            got.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert not got.wait(0.05)
    holder.communicate("done\n")
    waiting.join()
    assert got.is_set()
    turnstile.close()


def test_a_killed_holder_lets_go(tmp_path, holder):
    holder.kill()
    with Turnstile(tmp_path / "store.db", patience=30):
        pass


def test_threads_of_one_process_take_turns(tmp_path):
    turnstile = Turnstile(tmp_path / "store.db", patience=30)
    inside: list[int] = []
    most: list[int] = []

    def enter(name: int) -> None:
        for _ in range(50):
            with turnstile:
                inside.append(name)
                most.append(len(inside))
                inside.remove(name)

    threads = [threading.Thread(target=enter, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
