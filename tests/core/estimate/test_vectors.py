"""Every estimate that a report shows gives what the vectors pin; the browser reads the same ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from kept.core import estimate
from kept.core.estimate import Calibration, Stop
from kept.errors import Invalid

VECTORS = Path(__file__).parents[2] / "vectors" / "estimate"
FIELDS = {"value", "low", "high"}


@pytest.mark.parametrize("path", sorted(VECTORS.glob("*.json")), ids=lambda path: path.stem)
def test_vectors(path: Path) -> None:
    for vector in json.loads(path.read_text()):
        found = getattr(estimate, vector["function"])
        arguments = _read(vector["function"], vector["arguments"])
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


def _read(function: str, arguments: list[Any]) -> list[Any]:
    if function == "clustered":
        return [tuple(map(tuple, one)) for one in arguments]
    if function.startswith("corrected"):
        return [arguments[0], arguments[1] and Calibration(**arguments[1])]
    return arguments


def test_there_are_vectors() -> None:
    assert {path.stem for path in VECTORS.glob("*.json")} == {
        "intervals",
        "clusters",
        "refused",
        "sequential",
        "corrected",
    }
