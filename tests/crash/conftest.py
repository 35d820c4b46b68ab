from collections.abc import Iterator

import pytest

from simulators.postgres_server import PostgresServer, find_binaries, postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("Debian's postgresql package is not installed")
    with postgres_server(binaries) as server:
        yield server
