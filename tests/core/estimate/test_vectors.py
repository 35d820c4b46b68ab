"""Every estimate that a report shows gives what the vectors pin; the browser reads the same ones."""

import json
from pathlib import Path

import pytest

from kept.core import estimate
from kept.core.estimate import Stop
from kept.errors import Invalid

VECTORS = Path(__file__).parents[2] / "vectors" / "estimate"
FIELDS = {"value", "low", "high"}


@pytest.mark.parametrize("path", sorted(VECTORS.glob("*.json")), ids=lambda path: path.stem)
def test_vectors(path: Path) -> None:
    for vector in json.loads(path.read_text()):
        found = getattr(estimate, vector["function"])
        arguments = [
            tuple(map(tuple, one)) if vector["function"] == "clustered" else one for one in vector["arguments"]
        ]
        if "error" in vector:
            with pytest.raises(Invalid) as caught:
                found(*arguments, **vector["options"])
            assert caught.value.code == vector["error"], vector["name"]
            continue
        got = found(*arguments, **vector["options"])
        got = got._asdict() if isinstance(got, Stop) else got.document()
        for name in FIELDS & got.keys():
            assert got.pop(name) == pytest.approx(vector["expect"].pop(name), abs=1e-12), vector["name"]
        assert got == vector["expect"], vector["name"]


def test_there_are_vectors() -> None:
    assert {path.stem for path in VECTORS.glob("*.json")} == {"intervals", "clusters", "refused", "sequential"}
