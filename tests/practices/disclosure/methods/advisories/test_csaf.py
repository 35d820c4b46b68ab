"""CSAF documents, as the validator library of the standard's own reference tool judges them."""

import json

import pytest

from kept.practices.disclosure.methods.advisories.csaf import VERSIONS, csaf, file_name
from kept.practices.disclosure.methods.advisories.feeds import document_url
from kept.practices.disclosure.methods.advisories.ssvc import POINTS, TABLES
from kept.practices.disclosure.methods.triage.decisions import ssvc
from simulators import advisories, node

BASE = "https://acme.example/disclosure"
# Loading the judges takes far longer than judging, so one process judges everything.
SCRIPT = """
import validate from '@secvisogram/csaf-validator-lib/validate.js'
import * as v20 from '@secvisogram/csaf-validator-lib/full.js'
import * as v21 from '@secvisogram/csaf-validator-lib/csaf_2_1/full.js'
let text = ''
for await (const part of process.stdin) text += part
const told = []
for (const document of JSON.parse(text)) {
  const judges = document.document.csaf_version === '2.0' ? v20 : v21
  // Not those that fetch what an address leads to, nor the spelling by hunspell.
  const tests = Object.values(judges).filter((test) => !/_6_3_[678]$/.test(test.name))
  const found = await validate(tests, document)
  const warned = found.tests.filter((test) => test.warnings.length).map((test) => test.name.split('Test_')[1])
  const wrong = found.tests.flatMap((test) => test.errors.map((each) => `${test.name} ${each.message}`))
  told.push({ valid: found.isValid, wrong, warned })
}
console.log(JSON.stringify(told))
"""
CASES = {
    "all that can be said": advisories.FULL,
    "a draft": advisories.draft(),
    "no more than must be said": advisories.least(),
    "every version fixed": advisories.advisory(products=(advisories.FULL.products[1],)),
    "decided by a coordinator, and not scored": advisories.advisory(
        score=None,
        decision=advisories.Decision(
            "cisa-coordinator",
            (
                ("exploitation", "active"),
                ("automatable", "yes"),
                ("technical impact", "total"),
                ("mission and well-being", "high"),
            ),
            "act",
            "2026-11-03T09:00:00Z",
        ),
    ),
    "under a CVE": advisories.advisory(cve="CVE-2026-12345"),
    "in another language": advisories.advisory(language="de", title="Ein Wort öffnet die Kammer"),
    "with two families": advisories.advisory(
        products=(*advisories.FULL.products, advisories.Product("helper", "8", "affected"))
    ),
}
# 6.2.3: CSAF 2.0 has no place for a score by CVSS 4.0.
# 6.2.20 of 2.1: the library compares with the schema of 2.0.
ALLOWED = {"2.0": {"6_2_3"}, "2.1": {"6_2_20"}}


def made(advisory, version):
    published = advisory.revisions[0].date if advisory.revisions else "2026"
    url = document_url(advisory, base=BASE, version=version, published=published)
    return csaf(
        advisory,
        advisories.PUBLISHER,
        version=version,
        url=url,
        generator="kept 0.1.0",
        now="2026-11-26T10:00:00Z",
    )


@pytest.fixture(scope="module")
def verdicts():
    """What the judges say of each case in each version; the case None is one that was broken on purpose."""
    documents = {(name, version): made(each, version) for name, each in CASES.items() for version in VERSIONS}
    for version in VERSIONS:
        broken = made(advisories.FULL, version)
        broken["vulnerabilities"][0]["product_status"]["fixed"].append("assistant:1")
        documents[None, version] = broken
    told = json.loads(node.run(SCRIPT, given=json.dumps(list(documents.values()))))
    return dict(zip(documents, told, strict=True))


@node.needed
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", CASES)
def test_every_document_is_valid_and_warns_of_nothing_that_could_be_mended(verdicts, name, version):
    verdict = verdicts[name, version]
    assert verdict["valid"], verdict["wrong"]
    assert set(verdict["warned"]) <= ALLOWED[version]


@node.needed
@pytest.mark.parametrize("version", VERSIONS)
def test_the_judge_does_judge(verdicts, version):
    assert not verdicts[None, version]["valid"]


def test_a_draft_says_that_it_is_one():
    tracking = made(advisories.draft(), "2.0")["document"]["tracking"]
    assert (tracking["status"], tracking["version"]) == ("draft", "0")


def test_the_last_revision_is_the_version():
    tracking = made(advisories.FULL, "2.1")["document"]["tracking"]
    assert (tracking["status"], tracking["version"]) == ("final", "2")
    assert tracking["initial_release_date"] < tracking["current_release_date"]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_score_is_said_in_both_versions_where_each_has_room(version):
    assert advisories.VECTOR in json.dumps(made(advisories.FULL, version))


def test_a_decision_by_ssvc_is_a_metric_where_there_is_room_and_a_note_with_its_outcome_everywhere():
    (metric,) = made(advisories.advisory(cve="CVE-2026-12345"), "2.1")["vulnerabilities"][0]["metrics"]
    decided = metric["content"]["ssvc_v1"]
    assert (decided["id"], decided["role"]) == ("CVE-2026-12345", "Supplier")
    assert decided["selections"][0]["values"] == ["Public PoC"]
    assert (
        made(advisories.FULL, "2.1")["vulnerabilities"][0]["metrics"][0]["content"]["ssvc_v1"]["id"] == "ACME-2026-0001"
    )
    for version in VERSIONS:
        (note,) = [each for each in made(advisories.FULL, version)["document"]["notes"] if each["title"] == "SSVC"]
        assert note["text"].startswith("out-of-cycle (Supplier), 2026-11-03; Exploitation: Public PoC, ")
    assert "metrics" not in made(advisories.FULL, "2.0")["vulnerabilities"][0]


def test_every_question_of_a_table_that_tells_of_urgency_has_its_decision_point():
    for table in TABLES:
        for ask in ssvc(table).asks:
            assert ask.name in POINTS


def test_a_name_without_consent_is_nowhere():
    assert "Finder" not in json.dumps(made(advisories.advisory(credits=()), "2.1"))


@pytest.mark.parametrize(
    ("id", "name"), [("ACME-2026-0001", "acme-2026-0001.json"), ("a:b/../c é", "a_b____c__.json"), ("A+B", "a+b.json")]
)
def test_a_file_is_named_as_the_standard_says(id, name):
    assert file_name(id) == name
