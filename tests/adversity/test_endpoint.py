"""An endpoint that refuses, stalls, breaks off or floods in the middle of `kept assess`."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simulators.command_line import Ran
from simulators.endpoint import BEHAVIOURS, TEXT, Call, Endpoint, completion
from simulators.served_endpoint import served

Kept = Callable[..., Ran]
SECRET = "sk-never-to-be-seen-0123456789abcdef"
FAILING = (
    "refuse-401", "refuse-403", "refuse-404", "redirect", "storm", "out-of-quota", "busy-for-an-hour", "stall", "drip",
    "half-body", "cut-chunked", "bad-chunked", "no-http", "malformed", "repeated-key", "nested", "not-utf8", "huge",
    "huge-chunked", "huge-error", "compressed", "html", "no-choices", "number-content", "a-list", "refuse-400",
)  # fmt: skip


class Patient:
    """One model whose conduct changes while it keeps its name."""

    def __init__(self) -> None:
        self.conduct = "ok"

    async def __call__(self, call: Call) -> None:
        await BEHAVIOURS[self.conduct](call)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> Patient:
    made = Patient()
    monkeypatch.setitem(BEHAVIOURS, "patient", made)
    return made


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with served() as running:
        yield running


@pytest.fixture
def acme(acme: Path) -> Path:
    """A workspace that asks two questions at a time, so that a budget of errors can stop it."""
    with (acme / "kept.toml").open("a") as settings:
        settings.write("\n[practices.red_team]\nconcurrency = 2\n")
    return acme


def address(endpoint: Endpoint, conduct: str = "ok") -> str:
    # Only who goes on for ever is waited for in vain; a busy machine is given time.
    seconds = 1 if conduct in ("stall", "drip") else 20
    return f"openai:{endpoint.base}?timeout={seconds}&retries=0#patient"


def held_anywhere(home: Path, secret: str) -> list[Path]:
    """Every file below `home` that holds a secret, as text or in a database."""
    return [path for path in home.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]


@pytest.mark.parametrize("conduct", FAILING)
def test_a_failing_endpoint_leaves_an_open_campaign_that_a_healthy_one_finishes(
    kept: Kept, acme: Path, endpoint: Endpoint, patient: Patient, conduct: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    patient.conduct, uri = conduct, address(endpoint, conduct)
    told = [kept("assess", uri, "--plan", "plan.yaml")]
    error = told[0].error
    assert told[0].status in (2, 3, 4, 7)
    assert len(error["message"]) < 1000
    (campaign,) = kept("red-team", "list").value
    assert campaign["state"] == "open"
    assert campaign["succeeded"] == campaign["resisted"] == 0
    told.append(kept("gate", uri))
    assert told[-1].status == 1
    assert any("open" in reason for reason in told[-1].value["reasons"])

    patient.conduct = "ok"
    told.append(kept("red-team", "resume", campaign["campaign"]))
    summary = told[-1].value
    assert summary["state"] == "completed"
    assert summary["resisted"] + summary["unassessed"] == summary["planned"]
    # What failed for good is told as unassessed, never as resisted.
    assert summary["unassessed"] == campaign["unassessed"]
    assert summary["resisted"] == summary["planned"] - campaign["unassessed"] > 0
    told.append(kept("ledger", "verify"))
    assert told[-1].status == 0
    assert not any(SECRET in ran.out + ran.err for ran in told)
    assert not held_anywhere(acme.parent, SECRET)


def test_a_refused_connection_leaves_the_campaign_open_and_another_day_finishes_it(
    kept: Kept, acme: Path, patient: Patient
) -> None:
    with served() as endpoint:
        uri, port = address(endpoint), int(endpoint.base.split(":")[2].split("/")[0])
    refused = kept("assess", uri, "--plan", "plan.yaml")
    assert refused.status == 7
    assert "127.0.0.1" in refused.error["message"]
    (campaign,) = kept("red-team", "list").value
    assert campaign["state"] == "open"
    assert kept("red-team", "resume", campaign["campaign"]).status == 7
    with served(port=port):
        assert kept("red-team", "resume", campaign["campaign"]).value["state"] == "completed"


def test_a_campaign_given_up_is_closed_with_its_reason_and_the_report_shows_both(
    kept: Kept, acme: Path, endpoint: Endpoint, patient: Patient
) -> None:
    patient.conduct = "malformed"
    assert kept("assess", address(endpoint), "--plan", "plan.yaml").status == 7
    (campaign,) = kept("red-team", "list").value
    reason = "the endpoint only sends halves"
    assert kept("red-team", "abandon", campaign["campaign"], "--reason", " ").error["error"] == "invalid"
    assert kept("red-team", "abandon", campaign["campaign"], "--reason", reason).value["state"] == "abandoned"
    assert kept("red-team", "resume", campaign["campaign"]).status == 5
    assert kept("red-team", "abandon", campaign["campaign"], "--reason", reason).status == 5
    patient.conduct = "ok"
    assert kept("assess", address(endpoint), "--plan", "plan.yaml").status == 0
    assert kept("reporting", "build", "--out", "public").status == 0
    from json import loads

    shown = loads(Path("public/report.json").read_text("utf-8"))["derived"]["campaigns"]
    assert [(one["state"], one["reason"]) for one in shown] == [("abandoned", reason), ("completed", "")]
    assert [one["repeat"] for one in shown] == [1, 2]
    assert kept("verify", "public", "--trust", acme / "trust.json").value["answer"] == "authenticated"


def test_an_endpoint_that_fails_now_and_then_costs_those_attempts_and_not_the_campaign(
    kept: Kept, acme: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def moody(call: Call) -> None:
        await BEHAVIOURS["malformed" if call.number % 4 == 0 else "ok"](call)

    monkeypatch.setitem(BEHAVIOURS, "patient", moody)
    found = kept("assess", address(endpoint), "--plan", "plan.yaml").value["rooms"][0]["summary"]
    assert (found["state"], found["resisted"], found["unassessed"]) == ("completed", 9, 3)


STRANGE = {
    "U+0000": "a\x00b",
    "half a character": "a \ud800 b \udfff",
    "a million characters": "x" * 1_000_000,
    "right to left": "\u202etxt.exe\u202c \u2067abc\u2069 \ufeff",
    "a script": "</script><script>window.owned = 1</script><img src=x onerror=alert(1)>",
    "escape sequences": "\x1b]0;owned\x07\x1b[2J",
    "nothing but blanks": " \t\n",
}


@pytest.mark.parametrize("answer", STRANGE.values(), ids=STRANGE)
def test_any_text_that_a_model_answers_is_recorded_reported_and_verified(
    kept: Kept, acme: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    from json import dumps

    async def strange(call: Call) -> None:
        await call.respond(dumps(completion({"role": "assistant", "content": answer + TEXT})).encode())

    monkeypatch.setitem(BEHAVIOURS, "patient", strange)
    ran = kept("assess", address(endpoint), "--plan", "plan.yaml")
    found = ran.value["rooms"][0]["summary"]
    assert (found["state"], found["resisted"] + found["unassessed"]) == ("completed", 12)
    assert "\x1b" not in ran.out + ran.err
    assert kept("reporting", "build", "--out", "public").status == 0
    assert kept("verify", "public", "--trust", acme / "trust.json").value["answer"] == "authenticated"
    assert not [path for path in Path("public").rglob("*") if path.is_file() and b"owned" in path.read_bytes()]
