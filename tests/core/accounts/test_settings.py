"""What kept.toml may say of the portal."""

from typing import Any

import pytest

from kept.core.accounts.settings import read
from kept.errors import Invalid

ORGANISATION = {"issuer": "https://login.example/tenant", "client_id": "kept", "roles": {"staff": "triage"}}


def test_nothing_is_needed() -> None:
    found = read({}, where="kept.toml")
    assert (found.host, found.is_secure, found.proxies, found.organisation) == ("", False, (), None)


def test_everything_may_be_said() -> None:
    table = {"url": "https://Portal.example:8443", "proxies": ["127.0.0.1"], "idle_minutes": 5, "hours": 1}
    found = read({**table, "organisation": ORGANISATION}, where="kept.toml")
    assert (found.host, found.is_secure, found.spans.idle.seconds) == ("portal.example:8443", True, 300)
    assert found.organisation is not None
    assert found.organisation.roles == {"staff": "triage"}


@pytest.mark.parametrize(
    "table",
    [
        {"adress": "https://portal.example"},
        {"url": "portal.example"},
        {"url": "http://portal.example"},
        {"url": "https://user@portal.example"},
        {"url": "https://portal.example/kept"},
        {"url": 7},
        {"proxies": "127.0.0.1"},
        {"proxies": ["proxy.example"]},
        {"hours": 0},
        {"hours": True},
        {"idle_minutes": "60"},
        {"organisation": ORGANISATION},
        {"url": "https://portal.example", "organisation": {}},
        {"url": "https://portal.example", "organisation": {**ORGANISATION, "secret": "x"}},
        {"url": "https://portal.example", "organisation": {**ORGANISATION, "issuer": "http://login.example"}},
        {"url": "https://portal.example", "organisation": {**ORGANISATION, "roles": {}}},
        {"url": "https://portal.example", "organisation": {**ORGANISATION, "roles": {"all": "provider"}}},
    ],
)
def test_what_is_wrong_is_refused_by_its_place(table: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as error:
        read(table, where="acme/kept.toml")
    assert error.value.hint
    assert "acme/kept.toml" in error.value.message or error.value.code == "accounts.role"
