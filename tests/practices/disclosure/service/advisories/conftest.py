"""A room that publishes advisories, at an address that others reach."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators import cases, disclosure_room
from simulators.disclosure_room import Room


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with disclosure_room.opened(tmp_path, public_url="https://acme.example", clock=cases.Turning()) as opened:
        yield opened.ready()
