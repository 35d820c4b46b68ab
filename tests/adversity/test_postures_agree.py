"""A report with custody of one model under two set-ups, and a posture that rests on it: both verifiers agree on it."""

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest

from kept.core.ledger import Draft
from kept.core.model import Sampling
from kept.errors import Unverified
from kept.practices.reporting.records import Known
from kept.predicates import weights_custody
from kept.predicates.security_posture import SecurityPosture
from kept.predicates.weights_custody import WeightsCustody
from simulators import custody, postures
from simulators.browser import chromium
from simulators.campaigns import MODEL, Design
from simulators.provider import PROVIDER, Provider, check, read

SMALL = Design(domains=("bio",), prompts=4)
HOT = replace(MODEL, sampling=Sampling(temperature=0.75, max_tokens=64), system_prompt="sha256:" + "3e" * 32)
VERIFY = """async ([files, trust]) => {
  const asLoaded = window.kept.outline(document);
  const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  const folder = new Map(Object.entries(files).map(([name, text]) => [name, bytes(text)]));
  const release = { ...JSON.parse(document.getElementById("kept-release").textContent), page: asLoaded };
  const found = await window.kept.verifyFolder(folder, release, trust);
  return { answer: found.answer, states: found.derived.studies.map(({ state }) => state), steps: found.steps };
}"""


@pytest.fixture
def acme(tmp_path: Path):
    made = Provider(tmp_path / "acme")
    for model in (MODEL, HOT):
        made.campaigns.run(replace(SMALL, model=model))
        said = WeightsCustody.of(**custody.custody(model=model.id))
        made.ledger.record(Draft(said.to_statement(), model=model.id), by=PROVIDER)
    yield made
    made.close()


def stands(acme: Provider, **more: object) -> None:
    """Record the posture of now, or one that says something else."""
    told = [
        Known(each.index, each.entry.predicate, each.entry.model, each.predicate)
        for each in acme.ledger.statements(weights_custody.TYPE)
    ]
    said = postures.stated(told, size=acme.ledger.size()) | more
    acme.ledger.record(Draft(SecurityPosture.of(**said).to_statement()), by=PROVIDER)


def test_both_compute_the_posture_again_and_show_what_set_ups_differ_in(acme: Provider, tmp_path: Path) -> None:
    stands(acme)
    report = acme.report()
    assert check(report, acme).answer == "authenticated"
    files = read(report)
    page = files["index.html"].decode()
    for model, shown in ((MODEL, "temperature 0"), (HOT, "temperature 0.75")):
        assert f"set-up <code>{model.id.removeprefix('sha256:')[:8]}</code>: {shown}" in page
    assert "system prompt <code>3e3e3e3e</code>" in page
    assert "readings: computed again" in page
    saved = tmp_path / "saved.html"
    saved.write_bytes(files["verify.html"])
    encoded = {name: base64.b64encode(data).decode() for name, data in files.items()}
    with chromium() as browser:
        opened = browser.new_page()
        opened.goto(saved.as_uri())
        found = opened.evaluate(VERIFY, [encoded, json.loads(acme.trust.to_bytes())])
    assert found["answer"] == "authenticated", found["steps"]
    assert found["states"][-1] == "computed again"


def test_no_report_is_built_over_a_posture_that_its_log_does_not_give(acme: Provider) -> None:
    measures = postures.stated([])["measures"]
    stands(acme, measures=measures, met=0, level=0)
    with pytest.raises(Unverified, match="readings that its log does not give"):
        acme.report()
