"""The OSCAL catalog: the same data gives the same bytes, and nothing in it is left out."""

import json

from kept.core.canonical import encode
from kept.core.commitments import catalog, oscal


def test_the_same_data_gives_the_same_bytes() -> None:
    assert encode(oscal.catalog()) == encode(oscal.catalog())


def test_identifiers_are_unique() -> None:
    text = json.dumps(oscal.catalog())
    found = oscal.catalog()["catalog"]
    controls = [control for group in found["groups"] for control in group["controls"]]
    ids = [control["id"] for control in controls] + [part["id"] for control in controls for part in control["parts"]]
    resources = [resource["uuid"] for resource in found["back-matter"]["resources"]]
    assert len(set(ids)) == len(ids)
    assert len(set(resources)) == len(resources)
    assert catalog.document()["digest"] in text


def test_each_objective_carries_its_rule() -> None:
    controls = [control for group in oscal.catalog()["catalog"]["groups"] for control in group["controls"]]
    for commitment, control in zip(catalog.load(), controls, strict=True):
        for requirement, part in zip(commitment.requirements, control["parts"][1:], strict=True):
            props = {prop["name"]: prop["value"] for prop in part["props"]}
            assert props["predicate"] == requirement.predicate
            assert int(props["validity-days"]) == requirement.validity_days
            rule = json.loads(props["rule"])
            assert [each["field"] for each in rule.get("where", [])] == [each.field for each in requirement.where]
