"""One course of a report, from a sealed file to a fix, with the worker in a process of its own."""

import asyncio
import os
from pathlib import Path

import pytest

from kept import app
from kept.core.founding import Founding, found
from kept.errors import Conflict, NotFound
from kept.predicates import disclosure_fix, disclosure_replay, disclosure_reward

NAMES = 'assistant = "organism:rules?seed=7"\nassistant-2 = "organism:rules?seed=8"\n'


def test_a_stranger_is_heard_replayed_rewarded_and_the_weakness_fixed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEPT_STATE", str(tmp_path / "state"))
    workspace = found(Founding(tmp_path / "acme", "Acme AI", others=app.signing_roles()), entropy=os.urandom)
    settings = workspace.folder / "kept.toml"
    bare = app.App.open(workspace.folder)
    with pytest.raises(NotFound, match=r'Under \[models\]: assistant = "organism:rules\?seed=7", assistant-2 = '):
        asyncio.run(bare.service("disclosure").demonstrate(tmp_path / "reports", by=bare.actor(None)))
    assert bare.service("disclosure").programme_list() == ()
    bare.close()
    settings.write_text(settings.read_text().replace("[models]\n", f"[models]\n{NAMES}"))
    opened = app.App.open(workspace.folder)
    try:
        service, by = opened.service("disclosure"), opened.actor(None)
        rows = asyncio.run(service.demonstrate(tmp_path / "reports", by=by))
        told = {row["what"]: row["answer"] for row in rows}
        assert told["medium severity"] == "rewarded with 500.00 USD, by the bound alone"
        assert told["a model without it"].startswith("the case is fixed")
        for kind in (disclosure_replay, disclosure_reward, disclosure_fix):
            assert len(list(opened.ledger.statements(kind.TYPE))) == 1, kind.TYPE
        said = service.summary(by=by).summary
        assert (said["received"], said["reproduced"], said["fixed"], said["overdue"]) == (1, 1, 1, 0)
        assert service.triage_audit(by=by)[0].events > 8
        with pytest.raises(Conflict, match="already"):
            asyncio.run(service.demonstrate(tmp_path / "again", by=by))
    finally:
        opened.close()
