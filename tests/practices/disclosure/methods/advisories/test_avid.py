"""Reports for the AI Vulnerability Database."""

import json

from kept.practices.disclosure.methods.advisories.avid import DOMAINS, VIEWS, avid
from simulators import advisories

URL = "https://acme.example/disclosure/advisories/ACME-2026-0001"
# The fields of AVID's own data model, which its library fills (avidtools 0.1.2, MIT).
FIELDS = {
    "data_type", "data_version", "metadata", "affects", "problemtype", "metrics", "references", "description",
    "impact", "credit", "reported_date",
}  # fmt: skip


def test_it_has_the_fields_of_the_data_model_and_no_others():
    assert set(avid(advisories.FULL, advisories.PUBLISHER, url=URL)) == FIELDS


def test_only_versions_that_have_the_weakness_are_affected():
    affected = avid(advisories.FULL, advisories.PUBLISHER, url=URL)["affects"]["artifacts"]
    assert affected == [{"type": "Model", "name": "assistant 1"}]


def test_the_reproduction_is_a_metric_with_its_bound():
    (metric,) = avid(advisories.FULL, advisories.PUBLISHER, url=URL)["metrics"]
    assert metric["results"] == {"n": 20, "successes": 18, "lower_bound": 0.7174, "level": 0.95}


def test_without_replays_there_is_no_metric():
    assert avid(advisories.least(), advisories.PUBLISHER, url=URL)["metrics"] == []


def test_the_first_reference_is_the_advisory_itself():
    assert avid(advisories.FULL, advisories.PUBLISHER, url=URL)["references"][0]["url"] == URL


def test_a_name_without_consent_is_nowhere():
    assert "Finder" not in json.dumps(avid(advisories.advisory(credits=()), advisories.PUBLISHER, url=URL))


def test_the_taxonomy_has_no_view_twice_and_each_belongs_to_a_domain():
    assert len(set(VIEWS)) == len(VIEWS)
    assert {view[0] for view in VIEWS} == {domain[0] for domain in DOMAINS}
