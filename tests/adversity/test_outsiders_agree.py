"""What outsiders signed at home stands in a report: `kept verify` and the reader's browser agree on whose it is."""

import asyncio
import base64
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kept.app import App, signing_roles
from kept.core.actor import Actor
from kept.core.founding import Founding, found
from kept.core.statement import Statement
from kept.errors import Unverified
from kept.practices.red_team.methods import drafts
from kept.predicates import external_finding
from simulators import foreign_logs, studies
from simulators.browser import chromium
from simulators.provider import read

ROOT = Actor("root", roles=frozenset({"root"}))
TELLS = ("issued", "by", "signed_by", "estimate", "worst", "compared", "found", "fixed", "transcripts")
VERIFY = """async ([files, trust]) => {
  const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  const folder = new Map(Object.entries(files).map(([name, text]) => [name, bytes(text)]));
  const release = { ...JSON.parse(document.getElementById("kept-release").textContent), page: window.asLoaded };
  return await window.kept.verifyFolder(folder, release, trust);
}"""


@dataclass
class Two:
    acme: App
    lab: App

    def record(self, kind: str, fields: dict[str, Any], *, on_behalf: bool = False) -> int:
        """Let the lab sign what these fields tell, and record it; its index."""
        told = {name: value for name, value in fields.items() if name not in TELLS}
        acme, lab = self.acme.actor(None), self.lab.actor(None)
        data = self.acme.service("red_team").external_draft(kind, told, by=acme)
        if not on_behalf:
            data = self.lab.service("red_team").external_sign(data, by=lab)
        index: int = self.acme.service("red_team").external_record(data, by=acme, on_behalf=on_behalf).index
        return index

    def report(self, name: str) -> Path:
        out = self.acme.workspace.folder.parent / name
        self.acme.service("reporting").build(out, by=self.acme.actor(None))
        return out


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Two]:
    monkeypatch.setenv("KEPT_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("KEPT_PASSPHRASE", raising=False)
    acme = App(found(Founding(tmp_path / "acme", "Acme AI", root=True, others=signing_roles()), entropy=os.urandom))
    lab = App(found(Founding(tmp_path / "lab", "Red Lab"), entropy=os.urandom))
    pem = lab.service("ledger").key_export(by=lab.actor(None)).encode()
    acme.service("ledger").key_introduce("Red Lab", pem, roles=["tester"], by=ROOT)
    yield Two(acme, lab)
    acme.close()
    lab.close()


def in_browser(files: dict[str, bytes], saved: Path, trust: Any) -> Any:
    """The verdict of the verifier that a reader saved."""
    saved.write_bytes(files["verify.html"])
    encoded = {name: base64.b64encode(data).decode() for name, data in files.items()}
    with chromium() as browser:
        page = browser.new_page()
        page.goto(saved.as_uri())
        page.evaluate("window.asLoaded = window.kept.outline(document)")
        return page.evaluate(VERIFY, [encoded, trust])


def test_both_readers_tell_whose_it_is_and_compute_its_figures_again(two: Two, tmp_path: Path) -> None:
    two.record("finding", studies.finding())
    two.record("sign-off", studies.sign_off(seen=[0, 1]))
    two.record("uplift-study", studies.scored_uplift(design={**studies.DESIGN, "preregistered": 0}))
    two.record("uplift-study", studies.counted_uplift(design={**studies.DESIGN, "preregistered": 0}))
    two.record("defensive-study", studies.defence(design={**studies.DESIGN, "preregistered": 0}), on_behalf=True)
    log = foreign_logs.garak(tmp_path / "r.jsonl")
    asyncio.run(two.acme.service("red_team").evaluation_import("garak", log, by=two.acme.actor(None)))
    files = read(two.report("report"))
    shown = json.loads(files["report.json"])["derived"]["studies"]
    assert [each["assurance"] for each in shown] == ["third party"] * 4 + ["self"] * 2
    trust = json.loads(two.acme.workspace.trust_file.read_bytes())
    theirs = in_browser(files, tmp_path / "saved.html", trust)
    assert theirs["answer"] == "authenticated", theirs["steps"]
    assert [each["assurance"] for each in theirs["derived"]["studies"]] == ["third party"] * 4 + ["self"] * 2
    ours = two.acme.service("reporting").verify(
        tmp_path / "report", trust=two.acme.workspace.trust_file, now=two.acme.ledger.published()
    )
    assert ours.answer == "authenticated"


def test_a_wrong_figure_that_the_lab_signed_is_in_no_report(two: Two) -> None:
    made = drafts.draft(
        "finding",
        {name: value for name, value in studies.finding().items() if name not in TELLS},
        issued="2026-11-22T07:30:00Z",
        by="Red Lab",
    ).to_statement()
    wrong = Statement(made.subjects, external_finding.TYPE, {**made.predicate, "succeeded": 0})
    signed = two.lab.ledger.sign(wrong, by=two.lab.actor(None))
    two.acme.ledger.record_signed(signed, model=studies.MODEL)
    with pytest.raises(Unverified, match="its own counts give"):
        two.report("report")


def test_what_a_stranger_signed_is_void_and_spoils_nothing(two: Two, tmp_path: Path) -> None:
    stranger = App(found(Founding(tmp_path / "stranger", "Stranger"), entropy=os.urandom))
    told = {name: value for name, value in studies.finding().items() if name not in TELLS}
    data = two.acme.service("red_team").external_draft("finding", told, by=two.acme.actor(None))
    signed = stranger.ledger.sign(Statement.parse(data), by=stranger.actor(None))
    stranger.close()
    index = two.acme.ledger.record_signed(signed, model=studies.MODEL).index
    derived = json.loads(read(two.report("report"))["report.json"])["derived"]
    assert derived["void"] == [index]
    assert derived["studies"] == []
