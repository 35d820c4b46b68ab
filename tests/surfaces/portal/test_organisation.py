"""Signing in by an organisation's provider, which is real, or lies."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import RSAKey

from kept.core.accounts import passwords
from kept.core.accounts.settings import Organisation, PortalSettings
from simulators.openid_provider import CLIENT, SECRET, OpenIdProvider, openid_provider
from simulators.portal import ADDRESS, COOKIE, Portal, new_browser, portal

LIES = "unsigned shared key issuer audience party nonce lacking old nobody number half".split()


@pytest.fixture
def provider() -> Iterator[OpenIdProvider]:
    with openid_provider() as found:
        yield found


@pytest.fixture
def served(provider: OpenIdProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Portal]:
    monkeypatch.setattr(passwords, "COST", 2**10)
    monkeypatch.setenv("KEPT_OIDC_SECRET", SECRET)
    organisation = Organisation(provider.issuer, CLIENT, {"staff": "triage", "heads": "admin"})
    settings = PortalSettings(url=ADDRESS, organisation=organisation)
    with portal(tmp_path, monkeypatch, settings=settings) as opened:
        yield opened


def signed_in(served: Portal, provider: OpenIdProvider, browser: Any, after: str = "/account") -> Any:
    left = browser.get("/sign-in/organisation", params={"next": after})
    assert left.status_code == 303, left.text
    return browser.get(f"/sign-in/organisation/back?{provider.authorise(left.headers['location'])}")


def test_a_person_is_let_in_with_the_roles_that_the_organisation_gives(
    served: Portal, provider: OpenIdProvider
) -> None:
    assert "/sign-in/organisation?next=" in served.client.get("/sign-in").text
    provider.claims |= {"preferred_username": "Ada", "groups": ["heads", "staff", "others"]}
    assert signed_in(served, provider, served.client).headers["location"] == "/account"
    account = served.app.accounts.account("ada")
    assert (account.display, account.roles, account.must_change) == ("Ada", ("admin", "triage"), False)
    served.person("root-ada", "admin")
    provider.claims["groups"] = "staff"
    again = new_browser(served.asgi)
    signed_in(served, provider, again)
    assert served.app.accounts.account("ada").roles == ("triage",)
    assert served.client.get("/accounts").status_code == 403


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_does_not_hold_lets_nobody_in(served: Portal, provider: OpenIdProvider, lie: str) -> None:
    provider.lie = lie
    answer = signed_in(served, provider, served.client)
    assert (answer.status_code, 'role="alert"' in answer.text) == (401, True)
    assert COOKIE not in served.client.cookies
    assert served.app.accounts.everyone() == ()


def test_keys_may_change(served: Portal, provider: OpenIdProvider) -> None:
    signed_in(served, provider, served.client)
    provider.key = RSAKey.generate_key(2048, parameters={"kid": "two"})
    assert signed_in(served, provider, new_browser(served.asgi)).headers["location"] == "/account"


def test_whoever_has_no_part_in_it_is_not_let_in(served: Portal, provider: OpenIdProvider) -> None:
    provider.claims["groups"] = ["visitors", 7]
    assert signed_in(served, provider, served.client).status_code == 403
    assert COOKIE not in served.client.cookies


def test_a_name_that_is_taken_leads_into_nobody_elses_account(served: Portal, provider: OpenIdProvider) -> None:
    _, local = served.person("ada", "admin")
    provider.claims["preferred_username"] = "ada"
    signed_in(served, provider, served.client)
    other = next(each for each in served.app.accounts.everyone() if each.id != local.id)
    assert (other.roles, other.name[:2]) == (("triage",), "o-")
    assert served.app.accounts.account("ada").roles == ("admin",)


def test_whoever_is_disabled_here_stays_out(served: Portal, provider: OpenIdProvider) -> None:
    served.person("root-ada", "admin")
    signed_in(served, provider, served.client)
    account = next(each for each in served.app.accounts.everyone() if each.name != "root-ada")
    served.app.accounts.disable(account.id)
    browser = new_browser(served.asgi)
    signed_in(served, provider, browser)
    assert COOKIE not in browser.cookies


def test_what_another_browser_began_is_not_finished_here(served: Portal, provider: OpenIdProvider) -> None:
    left = new_browser(served.asgi).get("/sign-in/organisation")
    query = provider.authorise(left.headers["location"])
    victim = new_browser(served.asgi)
    victim.get(f"/sign-in/organisation/back?{query}")
    assert COOKIE not in victim.cookies
    victim.get("/sign-in/organisation")
    victim.get(f"/sign-in/organisation/back?{query}")
    assert COOKIE not in victim.cookies


def test_coming_back_twice_lets_nobody_in(served: Portal, provider: OpenIdProvider) -> None:
    left = served.client.get("/sign-in/organisation")
    query = provider.authorise(left.headers["location"])
    assert served.client.get(f"/sign-in/organisation/back?{query}").headers["location"] == "/"
    second = served.client.get(f"/sign-in/organisation/back?{query}")
    assert second.status_code == 401


def test_each_sign_in_has_a_challenge_a_state_and_a_nonce_of_its_own(served: Portal, provider: OpenIdProvider) -> None:
    asked = [
        parse_qs(urlsplit(new_browser(served.asgi).get("/sign-in/organisation").headers["location"]).query)
        for _ in range(3)
    ]
    for name in ("state", "nonce", "code_challenge"):
        assert len({each[name][0] for each in asked}) == 3
    assert {each["redirect_uri"][0] for each in asked} == {f"{ADDRESS}/sign-in/organisation/back"}


def test_the_issuer_that_answers_must_be_the_one_that_was_asked(served: Portal, provider: OpenIdProvider) -> None:
    left = served.client.get("/sign-in/organisation")
    query = provider.authorise(left.headers["location"]).rpartition("&iss=")[0]
    served.client.get(f"/sign-in/organisation/back?{query}&iss=https://other.example")
    assert COOKIE not in served.client.cookies


def test_nobody_is_sent_elsewhere_afterwards(served: Portal, provider: OpenIdProvider) -> None:
    assert signed_in(served, provider, served.client, "https://evil.test").headers["location"] == "/"


def test_a_provider_that_calls_itself_otherwise_is_not_used(served: Portal, provider: OpenIdProvider) -> None:
    provider.lie = "description"
    served.client.headers["accept"] = "*/*"
    answer = served.client.get("/sign-in/organisation")
    assert (answer.status_code, answer.json()["code"]) == (503, "portal.organisation")
