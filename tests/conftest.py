"""What all tests share."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from simulators.postgres_server import PostgresServer

# How long an example takes says something of the machine, and nothing of the code.
settings.register_profile("kept", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kept")


@pytest.fixture(scope="session")
def postgres_binaries() -> Path:
    """Where the server's programs stand."""
    from simulators.postgres_server import find_binaries

    found = find_binaries()
    if found is None:
        pytest.skip("Debian's postgresql package is not installed")
    return found


@pytest.fixture(scope="session")
def postgres(postgres_binaries: Path) -> Iterator["PostgresServer"]:
    """A server of the test session's own."""
    from simulators.postgres_server import postgres_server

    with postgres_server(postgres_binaries) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.db"
    return request.getfixturevalue("postgres").new_database()
