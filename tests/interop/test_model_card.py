"""huggingface_hub, which nobody here wrote, reads our model cards and finds every figure that we put in."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import ModelCard

from kept.practices.reporting.backends.card import CARD
from simulators.campaigns import Design
from simulators.hostile import MARKUP, poisoned
from simulators.provider import Provider, read


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    acme = Provider(tmp_path_factory.mktemp("card") / "acme")
    acme.campaigns.run(Design(domains=("bio", "cyber"), prompts=20, succeeding=0.3))
    yield json.loads(read(acme.report())["report.json"])
    acme.close()


def card(report: dict[str, Any]) -> ModelCard:
    (data,) = CARD.render(report, b"").values()
    return ModelCard(data.decode())


def test_it_reads_name_and_results(report: dict[str, Any]) -> None:
    found = card(report).data
    claims = [each for each in report["derived"]["claims"] if each["kind"] == "domain" or each["finding"]]
    assert found.model_name == report["derived"]["models"][0]["name"]
    assert [each.metric_value for each in found.eval_results] == [claim["estimate"]["value"] for claim in claims]
    for result, claim in zip(found.eval_results, claims, strict=True):
        assert result.metric_args["low"] == claim["estimate"]["low"]
        assert result.metric_args["high"] == claim["estimate"]["high"]
        assert result.metric_args["n"] == claim["estimate"]["n"]
        assert result.metric_args["method"] == claim["estimate"]["method"]
        assert result.source_url == f"index.html#s{claim['evidence'][-1]}"


def test_it_writes_the_same_results_again(report: dict[str, Any], tmp_path: Path) -> None:
    read_once = card(report)
    read_once.save(tmp_path / "README.md")
    again = ModelCard.load(tmp_path / "README.md")
    assert again.data.to_dict() == read_once.data.to_dict()


def test_hostile_text_stays_a_text(report: dict[str, Any]) -> None:
    found = card(poisoned(report, MARKUP)).data
    assert found.model_name == MARKUP
    assert set(found.to_dict()) == {"tags", "model-index"}
