"""What is shared in the demonstration goes to another workspace over HTTP, is tried there, and shows in the report."""

import asyncio
import json
import os
from pathlib import Path

import pytest

from kept import app
from kept.core.founding import Founding, found
from kept.predicates import sharing_release, sharing_sighting
from kept.surfaces.partner import share

RULES = "organism:rules?seed=7"


def test_a_partner_fetches_what_is_shared_tries_it_and_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT_STATE", str(tmp_path / "state"))
    plan = Founding(tmp_path / "acme", "Acme AI", post_quantum=True, others=app.signing_roles())
    opened = app.App.open(found(plan, entropy=os.urandom).folder)
    try:
        rows = asyncio.run(share(opened, tmp_path / "partner", model=RULES))
        told = {row["what"]: row["answer"] for row in rows}
        assert told["fetched over TAXII"] == "TLP:GREEN, and the signature is valid"
        assert told["a sighting comes back"] == "from example-lab, and the signature is valid"
        (replayed,) = (answer for what, answer in told.items() if what.startswith("replayed 20 times"))
        assert replayed.startswith("it works in at least ")
        assert "at least 0%" not in replayed
        assert len(list(opened.ledger.statements(sharing_release.TYPE))) == 1
        opened.service("reporting").build(tmp_path / "report", by=opened.actor(None))
    finally:
        opened.close()
    shown = json.loads((tmp_path / "report" / "report.json").read_text())["derived"]["sharing"]["released"]
    assert (shown["items"], shown["recipients"], shown["received"]) == (1, 1, 1)
    assert shown["kinds"] == [{"kind": "circumvention", "tlp": "green", "count": 1}]
    partner = app.App.open(tmp_path / "partner")
    try:
        assert len(list(partner.ledger.statements(sharing_sighting.TYPE))) == 1
    finally:
        partner.close()
