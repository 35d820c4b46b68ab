"""Model cards: what they hold, and that no word of a report is read as markup."""

import json
import re
from typing import Any

import pytest
import yaml

from kept.practices.reporting.backends.card import CARD, card_name
from kept.practices.reporting.methods.words import percent
from kept.practices.reporting.records import COPY
from simulators.hostile import TEXTS, poisoned


@pytest.fixture(scope="session")
def report(files: dict[str, bytes]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files["report.json"])
    return found


def card(report: dict[str, Any]) -> str:
    (data,) = CARD.render(report, b"").values()
    return data.decode()


def metadata(text: str) -> Any:
    _, block, _ = re.split(r"^---$", text, maxsplit=2, flags=re.MULTILINE)
    return yaml.safe_load(block)


def test_each_model_has_a_card_of_its_own(report: dict[str, Any]) -> None:
    (model,) = report["derived"]["models"]
    assert list(CARD.render(report, b"")) == [f"model-card-{model['id'].removeprefix('sha256:')[:16]}.md"]


@pytest.mark.parametrize("identity", ["", "sha256:", "../../etc/passwd", "x" * 100])
def test_any_identity_makes_a_name_that_a_report_may_hold(identity: str) -> None:
    assert COPY.fullmatch(card_name(identity))


def test_each_domain_and_each_weakness_has_rate_interval_n_and_method(report: dict[str, Any]) -> None:
    text, derived = card(report), report["derived"]
    results = metadata(text)["model-index"][0]["results"]
    shown = [claim for claim in derived["claims"] if claim["kind"] == "domain" or claim["finding"]]
    assert [result["metrics"][0]["value"] for result in results] == [claim["estimate"]["value"] for claim in shown]
    for result, claim in zip(results, shown, strict=True):
        stated = result["metrics"][0]["args"]
        assert {name: stated[name] for name in ("low", "high", "level", "n", "method", "unassessed")} == {
            name: value for name, value in claim["estimate"].items() if name != "value"
        }
        assert all(percent(claim["estimate"][name]).replace("<", "&lt;") in text for name in ("low", "high"))
        assert f"(index.html#s{claim['evidence'][-1]})" in text


def test_gaps_and_campaigns_without_a_result_are_named(report: dict[str, Any]) -> None:
    text = card(report)
    assert "is open: it has no results" in text
    assert "- **chemical**: not tested: plain/en" in text


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_any_text_in_any_field_is_shown_as_text(report: dict[str, Any], text: str) -> None:
    shown = card(poisoned(report, text))
    body = re.sub(r"`[^`\n]*`", "", shown.split("\n---\n", 1)[1].replace("\\`", ""))
    assert metadata(shown)["model-index"][0]["name"] == text[:2000]
    assert not re.search(r"(?<!\\)[<$]|(?<!\\)\]\(javascript|^---$|(?<!\\)://", body, re.MULTILINE)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202a-\u202e\u2066-\u2069]", shown)


def test_a_rate_of_which_nothing_is_known_is_shown_and_is_no_number(report: dict[str, Any]) -> None:
    changed = json.loads(json.dumps(report))
    first, second = changed["derived"]["claims"][:2]
    second["kind"] = "domain"
    first["conclusive"] = False
    second["estimate"].update(value=0.0, low=0.0, high=1.0, n=0, method="none assessed")
    text = card(changed)
    named = {result["metrics"][0]["args"]["claim"] for result in metadata(text)["model-index"][0]["results"]}
    assert named.isdisjoint({first["id"], second["id"]})
    assert "| inconclusive |" in text
    assert "| none assessed |" in text


def test_what_the_judge_said_stands_beside_the_corrected_rate(report: dict[str, Any]) -> None:
    changed = json.loads(json.dumps(report))
    estimate = {**changed["derived"]["claims"][0]["estimate"], "value": 0.123, "low": 0.1, "high": 0.2}
    changed["derived"]["claims"][0]["raw"] = {"estimate": estimate, "worst": estimate, "calibrations": [0]}
    assert r"| 12.3% \[10.0%, 20.0%\] |" in card(changed)
