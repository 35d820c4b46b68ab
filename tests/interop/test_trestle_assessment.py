"""compliance-trestle, which nobody here wrote, validates our OSCAL assessment-results."""

import json
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from trestle.common.const import VAL_MODE_ALL
from trestle.core.validator_factory import validator_factory
from trestle.oscal.assessment_results import AssessmentResults

from kept.practices.reporting.backends.oscal import OSCAL
from simulators.campaigns import Design
from simulators.hostile import TEXTS, poisoned
from simulators.provider import Provider, read

SMALL = Design(domains=("bio", "cyber"), prompts=8, succeeding=0.3, unassessed=0.1)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("oscal")
    empty, full = Provider(folder / "empty" / "acme"), Provider(folder / "full" / "acme", minimum_witnesses=1)
    full.publish_every_kind(SMALL)
    yield {
        "empty": json.loads(read(empty.report())["report.json"]),
        "full": json.loads(read(folder / "full" / "report")["report.json"]),
    }
    empty.close()
    full.close()


def written(report: dict[str, Any], folder: Path) -> Path:
    path = folder / "assessment-results.json"
    path.write_bytes(OSCAL.render(report, b"")[path.name])
    return path


@pytest.mark.parametrize("kind", ["empty", "full"])
def test_its_validators_accept_the_results(reports: dict[str, dict[str, Any]], kind: str, tmp_path: Path) -> None:
    found = AssessmentResults.oscal_read(written(reports[kind], tmp_path))
    assert found is not None
    assert validator_factory.get(Namespace(mode=VAL_MODE_ALL)).model_is_valid(found, True)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_they_stay_valid_whatever_a_field_says(reports: dict[str, dict[str, Any]], text: str, tmp_path: Path) -> None:
    found = AssessmentResults.oscal_read(written(poisoned(reports["full"], text), tmp_path))
    assert found is not None
    assert validator_factory.get(Namespace(mode=VAL_MODE_ALL)).model_is_valid(found, True)


def test_its_command_line_imports_and_validates_them(reports: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    source = written(reports["full"], tmp_path)
    home = tmp_path / "home"
    home.mkdir()
    for arguments in (
        ("init",),
        ("import", "-f", str(source), "-o", "kept"),
        ("validate", "-t", "assessment-results", "-n", "kept"),
    ):
        command = [sys.executable, "-m", "trestle", *arguments]
        done = subprocess.run(command, cwd=home, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
