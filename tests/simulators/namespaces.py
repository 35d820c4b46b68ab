"""Machines of their own on this one: network namespaces that are joined to a hub, and whose links can be cut."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

import pytest


def _can() -> bool:
    if os.geteuid() != 0 or not shutil.which("ip"):
        return False
    name = f"kept-try-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True).returncode == 0
    if made:
        subprocess.run(["ip", "netns", "del", name], capture_output=True)
    return made


needed = pytest.mark.skipif(not _can(), reason="network namespaces need root and ip (iproute2)")


@dataclass(frozen=True)
class Network:
    """A hub and those around it; `address` is the hub's as each sees it."""

    prefix: str
    places: tuple[str, ...]

    def address(self, place: str) -> str:
        return f"10.77.{self.places.index(place) + 1}.1"

    def within(self, place: str, *command: str) -> list[str]:
        """The command line that runs in a place ("hub" is one)."""
        return ["ip", "netns", "exec", f"{self.prefix}{place}", *command]

    def cut(self, place: str) -> None:
        _ip("-n", f"{self.prefix}hub", "link", "set", f"to-{place}", "down")

    def mend(self, place: str) -> None:
        _ip("-n", f"{self.prefix}hub", "link", "set", f"to-{place}", "up")


@contextmanager
def network(*places: str) -> Iterator[Network]:
    """Namespaces that exist while the block runs, each with a link to the hub and to nothing else."""
    made = Network(f"kept{os.getpid()}-", places)
    with ExitStack() as stack:
        for place in ("hub", *places):
            _ip("netns", "add", f"{made.prefix}{place}")
            stack.callback(_gone, f"{made.prefix}{place}")
            _ip("-n", f"{made.prefix}{place}", "link", "set", "lo", "up")
        for number, place in enumerate(places, 1):
            hub, other = f"{made.prefix}hub", f"{made.prefix}{place}"
            _ip("-n", hub, "link", "add", f"to-{place}", "type", "veth", "peer", "name", "to-hub", "netns", other)
            for where, link, last in ((hub, f"to-{place}", 1), (other, "to-hub", 2)):
                _ip("-n", where, "addr", "add", f"10.77.{number}.{last}/24", "dev", link)
                _ip("-n", where, "link", "set", link, "up")
        yield made


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def _gone(name: str) -> None:
    with suppress(subprocess.CalledProcessError):
        _ip("netns", "del", name)
