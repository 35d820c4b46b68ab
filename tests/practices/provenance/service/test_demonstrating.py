"""What people are shown: a picture, what becomes of its mark, and the verdict on each copy."""

import json
from pathlib import Path

import pytest

from kept import models
from kept.errors import Unavailable
from simulators.provenance_room import opened

MODEL = "organism:rules?seed=7"


def test_every_copy_that_is_told_of_stands_in_the_folder(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    with opened(tmp_path, open_model=models.open_model) as room:
        room.service.keys_new()
        rows = room.service.demonstrate(out, model=MODEL)
        with pytest.raises(Unavailable, match="can't be written"):
            room.service.demonstrate(out / "verdicts.json", model=MODEL)
        assert room.service._registry.count() == 1
    assert json.loads((out / "verdicts.json").read_text()) == list(rows)
    assert {path.name for path in out.iterdir()} == {"verdicts.json", *(row["file"] for row in rows)}
    verdicts = {row["what"]: row["verdict"] for row in rows}
    assert (verdicts["original"], verdicts["marked"]) == ("fingerprint-only", "trusted-manifest")
    assert (verdicts["jpeg-50"], verdicts["copied-onto-another"]) == ("recovered", "copied-mark")
