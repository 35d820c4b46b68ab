"""What all tests share."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from simulators.postgres_server import PostgresServer

TESTS = Path(__file__).parent
# The longest first: what one worker begins last, the others wait for.
LONGEST = (
    "surfaces/portal/test_every_page.py",
    "adversity/test_browser_agrees.py",
    "practices/weights/backends/broker/test_serving.py",
    "practices/weights/service/leasing/test_lending.py",
    "surfaces/test_apis.py",
    "surfaces/test_weights_path.py",
    "practices/weights/test_brokering.py",
    "practices/weights/service/leasing/test_keys.py",
    "practices/red_team/service/test_stopping.py",
    "practices/weights/service/leasing/test_resharing.py",
    "practices/reporting/backends/test_html.py",
    "adversity/test_page.py",
    "adversity/test_every_field.py",
    "adversity/test_kill.py",
    "core/ledger/test_publisher.py",
    "practices/sharing/test_namespaces.py",
    "surfaces/portal/test_organisation.py",
)

# How long an example takes says something of the machine, and nothing of the code. Whoever checks a change is told the
# same each time; who looks for more has other examples drawn: --hypothesis-profile=seeking.
settings.register_profile("seeking", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("kept", settings.get_profile("seeking"), derandomize=True)
settings.load_profile("kept")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what forks, which no thread that another test left behind may see, then with the longest files."""
    turns = {TESTS / name: turn for turn, name in enumerate(LONGEST)}
    items.sort(key=lambda item: (TESTS / "crash" not in item.path.parents, turns.get(item.path, len(turns))))


@pytest.fixture(scope="module", autouse=True)
def _surroundings() -> Iterator[None]:
    """What a module's tests leave in the environment, the next module doesn't find: workers take modules by chance."""
    before, folder = dict(os.environ), Path.cwd()
    yield
    os.chdir(folder)
    if before != dict(os.environ):
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(scope="session", autouse=True)
def _opened_keys() -> Iterator[None]:
    """A sealed key that was opened once opens again at once: it is slow on purpose, and rooms are copied for tests."""
    from kept.core.keys import pkcs8

    opened: dict[tuple[bytes, bytes], Any] = {}
    unseal = pkcs8.unseal_private

    def remembered(data: bytes, passphrase: bytes, *, what: str) -> Any:
        if (data, passphrase) not in opened:
            opened[data, passphrase] = unseal(data, passphrase, what=what)
        return opened[data, passphrase]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pkcs8, "unseal_private", remembered)
        yield


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
    """A server of the test session's own, on which each test leaves nothing behind."""
    from simulators.postgres_server import postgres_server

    with postgres_server(postgres_binaries) as server:
        yield server
        assert server.databases() == [], "whoever makes a database drops it: use server.database()"


@pytest.fixture
def postgres_url(postgres: "PostgresServer") -> Iterator[str]:
    """An empty database on that server."""
    with postgres.database() as made:
        yield made


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.db"
    return str(request.getfixturevalue("postgres_url"))
