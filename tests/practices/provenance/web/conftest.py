"""The room's routes behind the guard that `kept serve` puts before them, over a room whose findings are planted."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from kept.core.practice import Practice
from kept.interface.allowance import Allowance
from kept.practices.provenance import web
from kept.practices.provenance.web.desk import Desk
from kept.surfaces.web import application
from simulators.planted_room import PlantedRoom

ROOM = Practice(
    name="provenance", title="Marks", service="", commands="", routes="kept.practices.provenance.web:router"
)


@pytest.fixture
def room(tmp_path: Path) -> PlantedRoom:
    return PlantedRoom.opened(tmp_path)


@pytest.fixture
def build(room: PlantedRoom, monkeypatch: pytest.MonkeyPatch) -> Callable[..., ASGIApp]:
    """The application, whose desk a test may set up."""

    def built(**desk: Any) -> ASGIApp:
        def router(service: Callable[[], Any]) -> APIRouter:
            return original(service, desk=Desk(lambda: 0.0, **{"burst": 10_000.0, **desk}))

        monkeypatch.setattr(web, "router", router)
        allowance = Allowance(lambda: 0.0, burst=1e6)
        return application([ROOM], lambda name: room, organisation="Acme AI", allowance=allowance)

    original = web.router
    return built


@pytest.fixture
def client(build: Callable[..., ASGIApp]) -> Iterator[TestClient]:
    with TestClient(build()) as opened:
        yield opened
