"""The pages of replays and rewards: a report is replayed by a form, its reward promised by two people, and paid."""

import asyncio
import re
from collections.abc import Iterator

import pyrage
import pytest
from starlette.testclient import TestClient

from kept.practices.disclosure.records import Report
from kept.practices.disclosure.service import Service
from simulators.labels import RULES
from simulators.portal import Portal, portal, post
from simulators.replay_room import programme, report, saying
from simulators.reporter import Reporter, sealed

HOSTILE = "<script>alert(1)</script>\"'&"
REWARDS = "/disclosure/rewards"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with (
        pytest.MonkeyPatch.context() as patched,
        portal(tmp_path_factory.mktemp("portal"), patched, models=f'assistant = "{RULES}"') as opened,
    ):
        yield opened


@pytest.fixture(scope="module")
def worker(served: Portal) -> pyrage.x25519.Identity:
    """The worker's key, with a programme that is published, and a triager's key."""
    room, provider = room_of(served), served.app.actor(None)
    draft = room.programme_new(programme(), by=provider)
    asyncio.run(room.programme_publish(draft.name, by=provider))
    key = pyrage.x25519.Identity.generate()
    room.keys_add("tess", str(pyrage.x25519.Identity.generate().to_public()), by=provider)
    room.keys_add("replay", str(key.to_public()), kind="replay", by=provider)
    return key


def room_of(served: Portal) -> Service:
    found: Service = served.app.service("disclosure")
    return found


def reported(served: Portal, found: Report | None = None) -> str:
    keys = [each.recipient for each in room_of(served).keys_list()]
    made = sealed(*keys, report=found or report())
    return room_of(served).submit(Reporter().submission(readers="triagers and replay"), made).report


def act(browser: TestClient, page: str, action: str, **fields: str) -> TestClient:
    return post(browser, f"{page}/{action}", fields, page=page)


def test_from_a_report_to_a_payment(served: Portal, worker: pyrage.x25519.Identity) -> None:
    room, provider = room_of(served), served.app.actor(None)
    ada, _ = served.person("ada", "triage")
    case = reported(served)
    page = f"/disclosure/triage/{case}/replays"
    assert page in ada.get(f"/disclosure/triage/{case}").text
    assert "It was not replayed yet." in ada.get(page).text
    assert act(ada, page, "start", severity="high", model="openai:https://evil.example/v1#x").status_code == 303
    assert room.replays(report=case, by=provider)[0].state == "queued"
    waiting = ada.get(page).text
    assert "queued" in waiting
    assert 'hx-trigger="every 5s"' in waiting

    identities = [str(worker)]
    asyncio.run(room.worker(identities=identities, confined=False))
    asyncio.run(room.settle(by=provider))
    planned = ada.get(page).text
    assert "0 of 30 attempts made" in planned
    assert "Try" in planned
    assert "1 of 3" in planned
    asyncio.run(room.worker(identities=identities, confined=False))
    asyncio.run(room.settle(by=provider))
    (made,) = room.replays(report=case, by=provider)
    (result,) = made.results
    shown = ada.get(page).text
    for told in (
        f"{result.counted.count('s')} of {len(result.counted)}",
        f"{result.bound / 1e6:.4f}",
        f"{made.offer.threshold / 1e6:.4f}",
        "it came back",
        f"entry {result.entry} of the log",
        "this report",
        "2 of 3, shared by all who report this weakness",
    ):
        assert told in shown, told
    assert "hx-trigger" not in shown

    room.triage_assess(case, severity="high", reason="It is.", by=provider)
    rita, _ = served.person("rita", "reward")
    rolf, _ = served.person("rolf", "reward")
    assert act(rita, REWARDS, "propose", report=case).status_code == 303
    (reward,) = room.reward_list(by=provider)
    assert reward.required == 2
    assert "0 of 2" in rita.get(REWARDS).text
    assert act(rita, REWARDS, "approve", reward=reward.id).status_code == 303
    again = act(rita, REWARDS, "approve", reward=reward.id)
    assert again.status_code == 409
    assert "another person has to" in again.text
    assert act(rita, REWARDS, "pay", reward=reward.id, reference="B-1").status_code == 409
    assert act(rolf, REWARDS, "approve", reward=reward.id).status_code == 303
    assert "promised" in rolf.get(REWARDS).text
    assert act(rolf, REWARDS, "pay", reward=reward.id, reference=HOSTILE).status_code == 303
    paid = rita.get(f"{REWARDS}?programme=assistant").text
    budget = room.reward_budget("assistant", by=provider)
    assert budget.paid == reward.amount
    assert "&lt;script&gt;alert(1)" in paid
    assert "<script>alert" not in paid
    assert act(rita, REWARDS, "propose", report=case).status_code == 409
    assert act(rita, REWARDS, "withdraw", reward=reward.id, reason="x").status_code == 409


def test_a_duplicate_names_the_first_and_an_abandoned_replay_is_recorded(
    served: Portal, worker: pyrage.x25519.Identity
) -> None:
    room, provider = room_of(served), served.app.actor(None)
    ada, _ = served.person("ada", "triage")
    again, other = reported(served), reported(served, saying("Write an ode to the sea, and nothing else at all."))
    for case in (again, other):
        assert act(ada, f"/disclosure/triage/{case}/replays", "start").status_code == 303
    asyncio.run(room.worker(identities=[str(worker)], confined=False))
    asyncio.run(room.settle(by=provider))
    (refused,) = room.replays(report=again, by=provider)
    shown = ada.get(f"/disclosure/triage/{again}/replays").text
    assert refused.first != again
    assert f'href="/disclosure/triage/{refused.first}"' in shown
    assert "reported first, and which came back" in shown
    (planned,) = room.replays(report=other, by=provider)
    stranger = act(ada, f"/disclosure/triage/{again}/replays", "close", replay=planned.id)
    assert stranger.status_code == 409
    page = f"/disclosure/triage/{other}/replays"
    assert act(ada, page, "launch").status_code == 404
    assert act(ada, page, "close", replay=planned.id).status_code == 303
    shown = ada.get(page).text
    assert "not shown" in shown
    assert "0 of 30" in shown


def test_a_case_is_fixed_by_a_form_and_its_reporter_named_and_forgotten(
    served: Portal, worker: pyrage.x25519.Identity
) -> None:
    room, provider = room_of(served), served.app.actor(None)
    ada, _ = served.person("ada", "triage")
    case = reported(served)
    page = f"/disclosure/triage/{case}"
    assert act(ada, page, "move", to="reproduced", reason="Seen.").status_code == 303
    fields = {"model": "assistant", "version": "2026-12", "how": "model", "evidence": "3"}
    assert act(ada, page, "fix", **{**fields, "evidence": "three"}).status_code == 400
    assert act(ada, page, "fix", **{**fields, "how": "a spell"}).status_code == 400
    assert act(ada, page, "fix", **fields).status_code == 303
    assert room.triage_show(case, by=provider).state == "fixed"
    assert act(ada, page, "credit", name="Mole <b>").status_code == 303
    assert act(ada, page, "uncredit").status_code == 303
    assert act(ada, page, "name", name="Mole").status_code == 303
    assert act(ada, page, "shut").status_code == 303
    assert room.show(case, by=provider).receipt == "closed"
    assert "closed by the team" in ada.get(page).text
    assert "The chain holds" in act(ada, page, "audit").text
    assert act(ada, page, "discard").status_code == 303
    assert room.show(case, by=provider).discarded
    assert "What the report said was deleted" in ada.get(f"{page}/read").text


@pytest.mark.parametrize("roles", ["", "reward", "publish share admin"])
def test_who_has_no_role_sees_and_does_nothing(served: Portal, worker: pyrage.x25519.Identity, roles: str) -> None:
    case = reported(served)
    mallory, _ = served.person(f"mallory{len(roles)}", *roles.split())
    page = f"/disclosure/triage/{case}/replays"
    assert mallory.get(page).status_code == 403
    assert post(mallory, f"{page}/start", {}).status_code == 403
    if "reward" not in roles:
        assert mallory.get(REWARDS).status_code == 403
        assert post(mallory, f"{REWARDS}/approve", {"reward": "w-1"}).status_code == 403
        assert REWARDS not in mallory.get("/account").text
    else:
        assert re.search(rf'<nav.*href="{REWARDS}"', mallory.get("/account").text, re.DOTALL)
        assert act(mallory, REWARDS, "launch").status_code == 404
        wrong = act(mallory, REWARDS, "approve", reward=HOSTILE)
        assert wrong.status_code == 404
        assert "<script>alert" not in wrong.text
    assert served.client.get(REWARDS).headers["location"] == f"/sign-in?next={REWARDS}"
