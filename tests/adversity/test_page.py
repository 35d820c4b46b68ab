"""Names, reasons and answers that are HTML or script: a real browser shows them as text, and runs none."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page

from simulators.browser import chromium
from simulators.command_line import Ran
from simulators.endpoint import BEHAVIOURS, Call, Endpoint, completion
from simulators.served_endpoint import served

Kept = Callable[..., Ran]
EVIL = (
    "</script><script>window.owned=1</script><img src=x onerror=window.owned=2><svg onload=window.owned=3>"
    "\"'><iframe src=javascript:window.owned=4></iframe><!--<script>{{7*7}}${7*7}&lt;"
)


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    async def evil(call: Call) -> None:
        await call.respond(json.dumps(completion({"role": "assistant", "content": EVIL})).encode())

    monkeypatch.setitem(BEHAVIOURS, EVIL_NAME, evil)
    with served() as running:
        yield running


EVIL_NAME = "<script>window.owned=5</script><b>m"


@contextmanager
def opened(path: Path) -> Iterator[Page]:
    """The page in a browser; in the end it opened no dialog, asked for nothing, threw nothing, ran nothing."""
    done: list[str] = []
    with chromium() as browser:
        page = browser.new_page()
        page.on("dialog", lambda dialog: (done.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("pageerror", lambda error: done.append(f"error {error}"))
        page.on("request", lambda request: done.append(request.url) if request.url != path.as_uri() else None)
        page.goto(path.as_uri())
        yield page
        assert page.evaluate("window.owned") is None
        assert page.query_selector("iframe, img, [onload], [onerror], b") is None
        assert done == []


def verified(page: Page, *, folder: Path | None = None, trust: Path | None = None) -> dict[str, object]:
    """What the page answers to whoever presses its button."""
    if folder:
        page.set_input_files("#folder", folder)
    if trust:
        page.set_input_files("#trust", trust)
    page.click("#verify")
    page.wait_for_selector("#verdict[data-answer]", timeout=60_000)
    told: dict[str, object] = page.evaluate("({ answer: window.keptVerdict.answer, error: window.keptVerdict.error })")
    return told


def test_markup_in_every_name_and_text_is_shown_as_text_and_the_page_verifies(
    kept: Kept, home: Path, endpoint: Endpoint
) -> None:
    organisation = f"Acme {EVIL}"
    assert kept("init", "acme", "--name", organisation).status == 0
    uri = f"openai:{endpoint.base}?timeout=5&retries=0#{EVIL_NAME.replace('<', '%3C').replace('>', '%3E')}"
    assert kept("assess", uri, "--plan", "plan.yaml").status == 0
    BEHAVIOURS[EVIL_NAME] = BEHAVIOURS["refuse-401"]
    assert kept("assess", uri, "--plan", "plan.yaml").status == 4
    (left,) = [one for one in kept("red-team", "list").value if one["state"] == "open"]
    assert kept("red-team", "abandon", left["campaign"], "--reason", EVIL).status == 0
    law = ("--law", EVIL, "--jurisdiction", EVIL, "--effective", "2026-01-01", "--rationale", EVIL)
    ran = kept("reporting", "supersede", "C2", *law, "--url", "javascript:window.owned=6")
    if ran.status:
        assert ran.error["error"] == "invalid"
        assert kept("reporting", "supersede", "C2", *law, "--url", "https://law.example/").status == 0
    assert kept("reporting", "build", "--out", "public").status == 0
    assert kept("verify", "public", "--trust", "acme/trust.json").value["answer"] == "authenticated"

    with opened(home / "public/index.html") as page:
        assert " ".join(organisation.split()) in " ".join(page.inner_text("h1").split())
        assert EVIL_NAME in page.inner_text("body")
        assert verified(page, trust=home / "acme/trust.json")["answer"] == "authenticated"
    with opened(home / "public/verify.html") as page:
        told = verified(page, folder=home / "public", trust=home / "acme/trust.json")
        assert told["answer"] == "authenticated"


def test_markup_in_a_forged_report_does_not_reach_whoever_checks_it(kept: Kept, home: Path, acme: Path) -> None:
    assert kept("assess", "organism:rules?seed=3", "--plan", "plan.yaml").status == 0
    assert kept("reporting", "build", "--out", "public").status == 0
    report = json.loads((home / "public/report.json").read_text("utf-8"))
    report["derived"]["models"] = [{EVIL: EVIL}]
    report["outcomes"] = {EVIL: EVIL}
    (home / "public/report.json").write_text(
        json.dumps(report, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    )
    (home / "verify.html").write_bytes((home / "public/verify.html").read_bytes())
    with opened(home / "verify.html") as page:
        assert verified(page, folder=home / "public") == {"answer": "failed", "error": None}


def test_a_report_of_fifty_megabytes_is_answered(kept: Kept, home: Path, acme: Path) -> None:
    assert kept("assess", "organism:rules?seed=3", "--plan", "plan.yaml").status == 0
    assert kept("reporting", "build", "--out", "public").status == 0
    report = json.loads((home / "public/report.json").read_text("utf-8"))
    report["outcomes"]["c-00000000000000ff"] = '{"clusters":["s","r"]}\n' * 2_200_000
    (home / "public/report.json").write_text(
        json.dumps(report, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    )
    assert (home / "public/report.json").stat().st_size > 50_000_000
    assert kept("verify", "public", "--trust", "acme/trust.json").status == 6
    (home / "verify.html").write_bytes((home / "public/verify.html").read_bytes())
    with opened(home / "verify.html") as page:
        assert verified(page, folder=home / "public") == {"answer": "failed", "error": None}
