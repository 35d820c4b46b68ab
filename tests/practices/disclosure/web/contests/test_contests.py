"""A contest as people and programs see it: places and pseudonyms, and never a report or a reporter."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyrage
import pytest

from kept.interface.allowance import Allowance
from simulators.labels import RULES
from simulators.portal import Portal, portal
from simulators.replay_room import programme, report
from simulators.reporter import Reporter, sealed

TODAY = datetime.now(UTC).strftime("%Y-%m-%d")
CONTEST = f"""
[[contests]]
id = "winter"
title = "Winter <contest>"
opens = "{TODAY}"
closes = "2099-01-01"
rules = "The leaderboard counts replayed weaknesses alone."
prizes = [5000, 2000]
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Portal, str]]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(Allowance, "take", lambda *_, **__: 0.0)
        folder: Path = tmp_path_factory.mktemp("site")
        with portal(folder, monkeypatch, models=f'assistant = "{RULES}"') as found:
            yield found, reported(found)


def reported(found: Portal) -> str:
    """A programme with a contest, and a report of a weakness that came back; its id."""
    service, by = found.app.service("disclosure"), found.app.actor(None)
    service.programme_new(programme() + CONTEST.encode(), by=by)
    asyncio.run(service.programme_publish("assistant", by=by))
    worker = pyrage.x25519.Identity.generate()
    service.keys_add("tess", str(pyrage.x25519.Identity.generate().to_public()), by=by)
    service.keys_add("replay", str(worker.to_public()), kind="replay", by=by)
    keys = [each.recipient for each in service.keys_list()]
    made = service.submit(Reporter().submission(readers="triagers and replay"), sealed(*keys, report=report())).report
    for _ in range(2):
        asyncio.run(service.settle(by=by))
        asyncio.run(service.worker(identities=[str(worker)], confined=False))
    asyncio.run(service.settle(by=by))
    service.triage_assess(made, severity="high", reason="It tells the card.", by=by)
    service.contest_name(made, "Mole É-42", by=by)
    return str(made)


def get(site: tuple[Portal, str], path: str, status: int = 200) -> Any:
    found = site[0].client.get(f"/disclosure{path}")
    assert found.status_code == status, found.text
    return found


def test_the_list_leads_to_the_contest(site: tuple[Portal, str]) -> None:
    assert 'href="/disclosure/contests/assistant/winter"' in get(site, "/contests").text


def test_a_contest_shows_who_stands_where_and_on_what_it_rests(site: tuple[Portal, str]) -> None:
    text = get(site, "/contests/assistant/winter").text
    assert "Mole É-42" in text
    assert "Winter &lt;contest&gt;" in text
    assert "5,000.00\u00a0USD" in text
    assert site[1] not in text


def test_programs_read_the_same(site: tuple[Portal, str]) -> None:
    found = get(site, "/contests/assistant/winter/standing").json()
    (place,) = found["places"]
    assert (place["place"], place["name"], place["prize"]) == (1, "Mole É-42", 500_000)
    assert place["score"] > 0
    assert len(place["entries"]) == 1
    assert "reports" not in place
    assert site[1] not in str(found)


def test_what_must_be_shown_and_how_probably_it_passes(site: tuple[Portal, str]) -> None:
    gates = {each["severity"]: each for each in get(site, "/programmes/assistant/power").json()["gates"]}
    assert gates["critical"]["needed"] == 27
    assert gates["critical"]["false_payment"] == 0.05
    assert gates["critical"]["power"][-1] == {"rate": 1.0, "passes": 1.0}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/contests/assistant/summer", 404),
        ("/contests/other/winter", 404),
        ("/contests/assistant/winter%2f..", 404),
        ("/contests/Assistant/winter", 400),
        ("/contests/assistant/..%5c/standing", 400),
        ("/programmes/none/power", 404),
    ],
)
def test_what_is_not_there(site: tuple[Portal, str], path: str, status: int) -> None:
    get(site, path, status)
