"""What machines ask of the server."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from kept.core.accounts.settings import PortalSettings
from kept.errors import Unavailable
from kept.interface.allowance import Allowance
from kept.surfaces.web import application
from simulators.portal import Portal, new_browser


def test_health_and_readiness(served: Portal) -> None:
    assert served.client.get("/healthz").text == "ok\n"
    assert served.client.get("/readyz").text == "ok\n"


def test_a_server_whose_store_is_gone_lives_and_is_not_ready() -> None:
    def gone() -> None:
        raise Unavailable("The database is gone.")

    client = TestClient(application([], str, accounts=gone, organisation="Acme AI", allowance=Allowance(lambda: 0.0)))
    assert client.get("/healthz").status_code == 200
    assert (client.get("/readyz").status_code, client.get("/readyz").text) == (503, "the store doesn't answer\n")


def test_what_reaches_nobody_is_told_and_counted(served: Portal) -> None:
    def application_of(unheard: Callable[[], int]) -> TestClient:
        built = application(
            [],
            str,
            accounts=lambda: served.app.accounts,
            organisation="Acme AI",
            allowance=Allowance(lambda: 0.0),
            settings=PortalSettings(),
            unheard=unheard,
        )
        return TestClient(built, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 1))

    lost, well = application_of(lambda: 2), application_of(lambda: 0)
    assert (lost.get("/readyz").status_code, well.get("/readyz").text) == (200, "ok\n")
    assert lost.get("/readyz").text.splitlines() == [
        "ok",
        "some of what is due reaches nobody: kept notify list --failed",
    ]
    assert "kept_notify_unheard 2.0" in lost.get("/metrics").text

    def gone() -> int:
        raise Unavailable("The database is gone.")

    # The other meters are read all the same.
    assert "kept_notify_unheard NaN" in application_of(gone).get("/metrics").text


def test_one_that_stops_is_not_ready() -> None:
    client = TestClient(
        application([], str, organisation="Acme AI", allowance=Allowance(lambda: 0.0), is_stopping=lambda: True)
    )
    assert client.get("/readyz").text == "stopping\n"


@pytest.mark.parametrize(("role", "status"), [("metrics", 200), ("admin", 200), ("triage", 403)])
def test_the_meters_are_read_by_a_key(served: Portal, role: str, status: int) -> None:
    _, account = served.person(role, role)
    _, key = served.app.accounts.add_key(account, label="prometheus")
    scraper = new_browser(served.asgi)
    scraper.headers.update({"authorization": f"Bearer {key}", "accept": "*/*"})
    scraper.get("/healthz")
    answer = scraper.get("/metrics")
    assert answer.status_code == status
    assert (status == 200) == ("kept_requests_total" in answer.text)


def test_nobody_else_reads_them(served: Portal) -> None:
    served.client.headers["accept"] = "*/*"
    assert served.client.get("/metrics").status_code == 401


@pytest.mark.parametrize(("peer", "status"), [("127.0.0.1", 200), ("192.0.2.1", 401)])
def test_where_the_portal_is_of_this_machine_whoever_is_on_it_reads_them(peer: str, status: int) -> None:
    built = application([], str, organisation="Acme AI", allowance=Allowance(lambda: 0.0), settings=PortalSettings())
    client = TestClient(built, base_url="http://127.0.0.1:8080", client=(peer, 1))
    assert client.get("/metrics").status_code == status
