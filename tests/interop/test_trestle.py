"""compliance-trestle, which nobody here wrote, validates our OSCAL catalog and reads back what we put in."""

import json
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest
from trestle.common.const import VAL_MODE_ALL
from trestle.core.catalog.catalog_interface import CatalogInterface
from trestle.core.validator_factory import validator_factory
from trestle.oscal import OSCAL_VERSION
from trestle.oscal.catalog import Catalog

from kept.core.commitments import catalog as promises
from kept.core.commitments import crosswalk, oscal

DOCUMENT = oscal.catalog()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("oscal") / "catalog.json"
    path.write_text(json.dumps(DOCUMENT))
    return path


@pytest.fixture(scope="module")
def read(written: Path) -> Catalog:
    found = Catalog.oscal_read(written)
    assert found is not None
    return found


def test_its_validators_accept_the_catalog(read: Catalog) -> None:
    assert validator_factory.get(Namespace(mode=VAL_MODE_ALL)).model_is_valid(read, True)
    assert OSCAL_VERSION == oscal.OSCAL_VERSION == read.metadata.oscal_version.root.root


def test_every_promise_is_a_control_and_every_requirement_an_objective(read: Catalog) -> None:
    controls = {control.id: control for control in CatalogInterface(read).get_all_controls_from_catalog(True)}
    assert list(controls) == [commitment.id for commitment in promises.load()]
    for commitment in promises.load():
        parts = controls[commitment.id].parts
        assert parts[0].prose == commitment.summary
        assert [part.prose for part in parts[1:]] == [each.text for each in commitment.requirements]


def test_every_comparison_is_a_link_to_a_cited_resource(read: Catalog) -> None:
    cited = {f"#{resource.uuid}" for resource in read.back_matter.resources}
    links = [link for group in read.groups for control in group.controls for link in control.links]
    assert {link.href for link in links} <= cited
    assert sum(link.rel.startswith("crosswalk-") for link in links if isinstance(link.rel, str)) == len(
        crosswalk.rows()
    )


def test_its_command_line_imports_and_validates_the_catalog(written: Path, tmp_path: Path) -> None:
    def trestle(*arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "trestle", *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stdout + done.stderr

    trestle("init")
    trestle("import", "-f", str(written), "-o", "kept")
    trestle("validate", "-t", "catalog", "-n", "kept")


def test_its_model_refuses_a_catalog_with_a_broken_identifier() -> None:
    broken = json.loads(json.dumps(DOCUMENT["catalog"]))
    broken["uuid"] = "not-a-uuid"
    with pytest.raises(ValueError, match="uuid"):
        Catalog(**broken)
