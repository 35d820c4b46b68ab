"""A person makes a passkey and signs in with it, in Chromium with a device of its own."""

from pathlib import Path

import pytest

from kept.core.accounts.settings import PortalSettings
from kept.surfaces.portal.cookies import SESSION
from simulators.browser import chromium
from simulators.portal import portal
from simulators.served import served


def test_a_passkey_is_made_and_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        chromium() as browser,
        portal(tmp_path, monkeypatch, settings=PortalSettings()) as opened,
        served(opened.asgi) as address,
    ):
        account = opened.app.accounts.invite("ada", display="Ada", roles=["triage"])
        place = address.replace("127.0.0.1", "localhost")
        context = browser.new_context()
        token = opened.app.accounts.open_session(account)
        context.add_cookies([{"name": SESSION, "value": token, "url": place}])
        page = context.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
        device = context.new_cdp_session(page)
        device.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        page.goto(f"{place}/account")
        form = page.locator("form[data-passkey=new]")
        form.locator("input[name=label]").fill("Ada's laptop")
        form.locator("button").click()
        page.get_by_text("Ada's laptop").wait_for()
        page.locator("form[action='/sign-out'] button").click()
        page.wait_for_url(f"{place}/")
        page.goto(f"{place}/sign-in?next=/account")
        page.locator("form[data-passkey=enter] button").click()
        page.wait_for_url(f"{place}/account")
        assert "Ada's laptop" in page.content()
        assert not wrong
