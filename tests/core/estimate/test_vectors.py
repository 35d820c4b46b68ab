"""Every estimate that a report shows gives what the vectors pin; the browser reads the same ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from kept.core import estimate
from kept.core.estimate import Calibration
from kept.errors import Invalid
from vectors.generate_estimates import plain

VECTORS = Path(__file__).parents[2] / "vectors" / "estimate"


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
        assert _close(plain(found(*arguments, **vector["options"])), vector["expect"]), vector["name"]


def _close(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return set(one) == set(other) and all(_close(one[key], other[key]) for key in one)
    if isinstance(one, float):
        return abs(one - other) <= 1e-12
    return bool(one == other)


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
        "paired",
    }
