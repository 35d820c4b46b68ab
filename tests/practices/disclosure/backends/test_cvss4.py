"""Scores are those that FIRST publishes, and those that another implementation finds."""

import json
import random
import sys
from pathlib import Path
from typing import Any

import pytest

from kept.errors import Invalid, Unavailable
from kept.practices.disclosure.backends.cvss4 import score
from simulators import node

VECTORS = Path(__file__).parents[3] / "vectors" / "cvss" / "examples.json"
EXAMPLES: list[dict[str, Any]] = json.loads(VECTORS.read_text())["cases"]
BASE = {
    "AV": "NALP", "AC": "LH", "AT": "NP", "PR": "NLH", "UI": "NPA",
    "VC": "HLN", "VI": "HLN", "VA": "HLN", "SC": "HLN", "SI": "HLN", "SA": "HLN",
}  # fmt: skip
MORE = {
    "E": "XAPU", "CR": "XHML", "IR": "XHML", "AR": "XHML", "MAV": "XNALP", "MAC": "XLH", "MAT": "XNP", "MPR": "XNLH",
    "MUI": "XNPA", "MVC": "XHLN", "MVI": "XHLN", "MVA": "XHLN", "MSC": "XHLN", "MSI": "XSHLN", "MSA": "XSHLN",
}  # fmt: skip
ANOTHER = """
import calculator from "ae-cvss-calculator";
import { readFileSync } from "node:fs";
const vectors = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(vectors.map((each) => new calculator.Cvss4P0(each).calculateScores().overall)));
"""


def drawn(n: int) -> list[str]:
    chance = random.Random(40)
    found = []
    for at in range(n):
        metrics = dict(BASE) if at % 2 else BASE | MORE
        found.append("CVSS:4.0/" + "/".join(f"{name}:{chance.choice(values)}" for name, values in metrics.items()))
    return found


@pytest.mark.parametrize("case", EXAMPLES, ids=lambda case: str(case["vector"])[9:60])
def test_the_examples_of_first(case: dict[str, Any]) -> None:
    found = score(case["vector"])
    assert found.score == case["score"]
    low = {"low": 0.1, "medium": 4.0, "high": 7.0, "critical": 9.0}[found.severity]
    assert low <= found.score


def test_there_are_all_of_them() -> None:
    assert len(EXAMPLES) == len({case["vector"] for case in EXAMPLES}) == 44


@node.needed
def test_another_implementation_finds_the_same() -> None:
    vectors = [case["vector"] for case in EXAMPLES] + drawn(3000)
    theirs = json.loads(node.run(ANOTHER, given=json.dumps(vectors)))
    assert [score(each).score for each in vectors] == theirs


def test_metrics_are_told_in_the_order_of_the_specification() -> None:
    swapped = "CVSS:4.0/AC:L/AV:N/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N"
    assert score(swapped).vector == "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N"
    assert (score(swapped).score, score(swapped).severity) == (0.0, "none")


@pytest.mark.parametrize(
    ("vector", "what"),
    [
        ("", "no vector"),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "no vector"),
        ("CVSS:4.0/AV:N", "Missing|mandatory"),
        ("CVSS:4.0/AV:N/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", "Duplicate"),
        ("CVSS:4.0/AV:Q/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", "Invalid metric value"),
        ("CVSS:4.0/" + "AV:N/" * 1000, "no vector"),
        ("CVSS:4.0/AV:N\n", "no vector"),
    ],
)
def test_what_is_no_vector_is_refused(vector: str, what: str) -> None:
    with pytest.raises(Invalid, match=what):
        score(vector)


def test_without_the_package_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cvss", None)
    with pytest.raises(Unavailable, match="cvss") as told:
        score(EXAMPLES[0]["vector"])
    assert told.value.hint == "Install kept[disclosure]."
