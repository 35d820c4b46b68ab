"""The room's routes behind the guard that `kept serve` puts before them, over a room whose findings are planted."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from kept.interface.allowance import Allowance
from kept.practices.provenance import PRACTICE
from kept.practices.provenance.records.uploads import UploadSettings
from kept.surfaces.web import application
from simulators.planted_room import PlantedRoom, stop_time


@pytest.fixture
def room(tmp_path: Path) -> PlantedRoom:
    return PlantedRoom.opened(tmp_path)


@pytest.fixture
def build(room: PlantedRoom, monkeypatch: pytest.MonkeyPatch) -> Callable[..., ASGIApp]:
    """The application, with limits as a test sets them; unless it does, nobody has to wait for a check."""
    stop_time(monkeypatch)

    def built(**limits: Any) -> ASGIApp:
        room.uploads = UploadSettings(**{"checks_burst": 1_000_000, **limits})
        allowance = Allowance(lambda: 0.0, burst=1e6)
        return application([PRACTICE], lambda name: room, organisation="Acme AI", allowance=allowance)

    return built


@pytest.fixture
def client(build: Callable[..., ASGIApp]) -> Iterator[TestClient]:
    with TestClient(build()) as opened:
        yield opened
