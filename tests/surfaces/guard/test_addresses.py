"""Which names are answered to, and whom a proxy is believed to speak for."""

from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.testclient import TestClient

from kept.core.accounts.settings import PortalSettings
from kept.interface.pages import refusal
from kept.surfaces.guard.addresses import Addresses

BEHIND = PortalSettings(url="https://portal.example", proxies=("10.0.0.1", "10.0.0.2"))


async def who(scope: Any, receive: Any, send: Any) -> None:
    request = Request(scope)
    answer = {"caller": request.client.host if request.client else "", "scheme": request.url.scheme}
    await JSONResponse(answer)(scope, receive, send)


def client(settings: PortalSettings, peer: str = "10.0.0.1") -> TestClient:
    return TestClient(
        Addresses(who, settings, lambda _, error: refusal(error)), base_url="http://portal.example", client=(peer, 1)
    )


@pytest.mark.parametrize(
    "host",
    ["evil.test", "portal.example.evil.test", "portal.example:81", "evil@portal.example", "", "[::1", "10.0.0.9"],
)
def test_another_host_is_not_answered_to(host: str) -> None:
    answer = client(BEHIND).get("/", headers={"host": host})
    assert (answer.status_code, answer.json()["code"]) == (421, "web.host")


@pytest.mark.parametrize("host", ["portal.example", "PORTAL.example", "127.0.0.1:8080", "localhost", "[::1]:8080"])
def test_ones_own_host_is(host: str) -> None:
    assert client(BEHIND).get("/", headers={"host": host}).status_code == 200


def test_without_an_address_of_its_own_any_address_is_answered_to_and_no_name() -> None:
    local = client(PortalSettings())
    assert local.get("/", headers={"host": "192.0.2.1:8080"}).status_code == 200
    assert local.get("/", headers={"host": "rebound.evil.test"}).status_code == 421


def test_a_request_with_two_hosts_is_refused() -> None:
    assert client(BEHIND).get("/", headers=[("host", "portal.example"), ("host", "evil.test")]).status_code == 421


def test_probes_come_by_whatever_address_they_know() -> None:
    assert client(BEHIND).get("/readyz", headers={"host": "pod-7"}).status_code == 200


@pytest.mark.parametrize(
    ("told", "caller"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("203.0.113.9, 192.0.2.7, 10.0.0.2", "192.0.2.7"),
        ("192.0.2.7, nonsense", "10.0.0.1"),
        ("", "10.0.0.1"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_a_proxy_is_believed_who_the_caller_is_and_nobody_before_it(told: str, caller: str) -> None:
    answer = client(BEHIND).get("/", headers={"x-forwarded-for": told}).json()
    assert answer == {"caller": caller, "scheme": "https"}


@pytest.mark.parametrize(("told", "scheme"), [("https", "https"), ("http", "http"), ("https,http", "http")])
def test_a_proxy_may_say_that_somebody_came_in_the_clear(told: str, scheme: str) -> None:
    answer = client(BEHIND).get("/", headers={"x-forwarded-proto": told}).json()
    assert answer["scheme"] == scheme


@pytest.mark.parametrize("told", ["", "nonsense", "127.0.0.1"])
def test_whoever_came_in_the_clear_is_not_on_this_machine_because_the_proxy_is(told: str) -> None:
    settings = PortalSettings(url="https://portal.example", proxies=("127.0.0.1",))
    headers = {"x-forwarded-proto": "http", **({"x-forwarded-for": told} if told else {})}
    assert client(settings, peer="127.0.0.1").get("/", headers=headers).json() == {"caller": "", "scheme": "http"}
    local = PortalSettings(url="http://localhost", proxies=("127.0.0.1",))
    answer = client(local, peer="127.0.0.1").get("/", headers={**headers, "host": "localhost"})
    assert answer.json()["caller"] == "127.0.0.1"


def test_whoever_is_no_proxy_is_not_believed() -> None:
    answer = client(BEHIND, peer="192.0.2.8").get("/", headers={"x-forwarded-for": "192.0.2.7"}).json()
    assert answer == {"caller": "192.0.2.8", "scheme": "http"}
