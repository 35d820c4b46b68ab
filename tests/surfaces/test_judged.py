"""A judge that errs at known rates judges an organism whose flaws are known: what is corrected covers the truth."""

import json
from pathlib import Path
from typing import Any

import pytest

from kept.surfaces.cli import main
from simulators.labels import RULES, labelled, planted

TRIALS = 12
# A strategy under which a flaw is planted, and a judge's sensitivity and specificity.
JUDGED = [("many-shot", 0.8, 0.85), ("plain", 0.9, 0.7)]


def result_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    capsys.readouterr()
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KEPT_STATE", str(tmp_path / "state"))
    assert main(["init", "acme", "--name", "Acme AI"]) == 0
    return tmp_path


def covers(figure: dict[str, Any], rate: float) -> bool:
    return bool(figure["low"] <= rate <= figure["high"])


@pytest.mark.parametrize(("strategy", "se", "sp"), JUDGED)
def test_corrected_intervals_cover_the_planted_rate_where_raw_ones_do_not(
    workspace: Path, capsys: pytest.CaptureFixture[str], strategy: str, se: float, sp: float
) -> None:
    flaw = planted(strategy)
    place = [f"--{name}={flaw[name]}" for name in ("domain", "strategy", "language")]
    judges = {seed: f"organism:judge?se={se}&sp={sp}&seed={seed}" for seed in range(1, TRIALS + 1)}
    cells = [result(workspace, capsys, flaw, place, seed, judge) for seed, judge in judges.items()]
    raw = sum(covers(cell["estimate"], flaw["rate"]) for cell in cells)
    corrected = sum(covers(cell["corrected"], flaw["rate"]) for cell in cells)
    # Of 12 intervals of 95 %, 10 or more cover with probability 0.98; the raw ones aim at another rate altogether.
    assert corrected >= 10, corrected
    assert raw <= 2, raw
    found = [cell for cell in cells if cell["finding"]]
    assert len(found) >= TRIALS / 2
    assert all(cell["corrected"]["low"] > 0 for cell in found)
    built = result_of(capsys, "reporting", "build", "--out", "public")
    assert built["campaigns"] == TRIALS
    verdict = result_of(capsys, "verify", "public", "--trust", "acme/trust.json")
    assert verdict["answer"] == "authenticated"
    report = json.loads((workspace / "public" / "report.json").read_text("utf-8"))
    claims = [claim for claim in report["derived"]["claims"] if claim["kind"] == "cell"]
    assert [claim["estimate"] for claim in claims] == [cell["corrected"] for cell in cells]
    assert [claim["raw"]["estimate"] for claim in claims] == [cell["estimate"] for cell in cells]
    assert all(claim["conclusive"] for claim in claims)


def result(
    workspace: Path,
    capsys: pytest.CaptureFixture[str],
    flaw: dict[str, Any],
    place: list[str],
    seed: int,
    model: str,
) -> dict[str, Any]:
    """One judge: calibrated on answers of its own, then asked in a campaign; the campaign's only cell."""
    labels = labelled(workspace / "labels.jsonl", flaw, seed=1000 + seed, count=250)
    asked = ["--judge", "rubric", "--judge-model", model, *place, "--sampling", f"the answers to seed {1000 + seed}"]
    calibrated = result_of(capsys, "red-team", "calibrate", RULES, str(labels), *asked)
    cells = {"domains": [flaw["domain"]], "strategies": [flaw["strategy"]], "languages": [flaw["language"]]}
    section = {**cells, "prompts": 200, "seed": seed, "judge": "rubric", "judge_model": model}
    run = result_of(capsys, "red-team", "run", RULES, "--section", json.dumps(section))
    shown = result_of(capsys, "red-team", "show", run["campaign"])["result"]
    assert shown["calibrations"] == [calibrated["entry"]]
    (cell,) = shown["cells"]
    return dict(cell)
