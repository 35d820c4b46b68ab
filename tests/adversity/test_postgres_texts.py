"""Any text that a model answers, and a name that is markup, on a PostgreSQL server: recorded, reported, verified."""

from collections.abc import Callable
from json import dumps
from pathlib import Path

import pytest

from simulators.command_line import Ran
from simulators.endpoint import BEHAVIOURS, TEXT, Call, completion
from simulators.served_endpoint import served

Kept = Callable[..., Ran]
STRANGE = (
    "a\x00b",
    "a \ud800 b \udfff",
    "x" * 1_000_000,
    "\u202etxt.exe\u202c \u2067abc\u2069",
    "</script>'; DROP TABLE x --",
)


def test_any_answer_is_recorded_reported_and_verified(
    kept: Kept, acme: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def strange(call: Call) -> None:
        answer = STRANGE[call.number % len(STRANGE)] + TEXT
        await call.respond(dumps(completion({"role": "assistant", "content": answer})).encode())

    monkeypatch.setitem(BEHAVIOURS, "patient", strange)
    settings = (acme / "kept.toml").read_text()
    assert "sqlite:///store.db" in settings
    (acme / "kept.toml").write_text(settings.replace("sqlite:///store.db", postgres_url))
    for path in acme.glob("store.db*"):
        path.unlink()
    with served() as endpoint:
        ran = kept("assess", f"openai:{endpoint.base}#patient", "--plan", "plan.yaml")
    summary = ran.value["rooms"][0]["summary"]
    assert (summary["state"], summary["resisted"] + summary["unassessed"]) == ("completed", 12)
    assert kept("ledger", "verify").status == 0
    assert kept("reporting", "build", "--out", "public").status == 0
    assert kept("verify", "public", "--trust", acme / "trust.json").value["answer"] == "authenticated"
    assert not (acme / "store.db").exists()
