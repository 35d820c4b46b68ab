"""An advisory as people write it: all of it, and nothing that isn't an advisory."""

import json
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kept.errors import Invalid, KeptError
from kept.practices.disclosure.methods.advisories.reading import LIMIT, advisory_of, read_draft
from kept.practices.disclosure.records.triage import Cvss
from kept.practices.disclosure.service import Service
from simulators import advisories

EXAMPLE = Service.advisory_example()


def read(text: str):
    return read_draft(text.encode(), where="a.toml", score=lambda vector: Cvss(vector, 6.9, "medium"))


def changed(old: str, new: str) -> str:
    assert old in EXAMPLE
    return EXAMPLE.replace(old, new)


def test_the_example_is_an_advisory():
    made = read(EXAMPLE)
    assert made.advisory.id == "ACME-2026-0001"
    assert [each.standing for each in made.advisory.products] == ["affected", "fixed"]
    assert made.reports == ()
    assert made.advisory.revisions == ()


def test_a_vector_is_scored():
    assert read(changed("# cvss", "cvss")).advisory.score == Cvss(advisories.VECTOR, 6.9, "medium")


def test_what_the_store_keeps_is_read_back():
    for each in (advisories.FULL, advisories.draft(), advisories.least()):
        assert advisory_of(json.loads(json.dumps(asdict(each)))) == each


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('id = "ACME-2026-0001"', 'id = "../../etc"', "id"),
        ('severity = "high"', 'severity = "dire"', "severity"),
        ('received = "2026-11-01"', 'received = "2026-02-30"', "received"),
        ('fixed = "2026-11-20"', 'fixed = "2026-10-20"', "before it was received"),
        ('standing = "fixed"', 'standing = "affected"', "no version is"),
        ('version = "2"', 'version = "1"', "one version twice"),
        ('views = ["S0400: Model Bypass"]', 'views = ["S9999: Nothing"]', "no view"),
        ('domains = ["Security"]', 'domains = ["Luck"]', "domains"),
        ("reports = []", 'reports = ["1"]', "reports"),
        ("credits = []", 'credits = ["A. Finder"]', "whose reporters are named"),
        ("# cvss = ", 'cvss = "CVSS:3.1/AV:N" # ', "cvss"),
        ('title = "One line that says what happens"', 'title = "\\u202Ethgir ot tfel"', "title"),
        ('language = "en"', 'language = "en"\nsecret = 1', "secret"),
        ('remedy = "fix"', 'remedy = "pray"', "remedy"),
    ],
)
def test_what_is_no_advisory_is_refused_by_name(old, new, what):
    with pytest.raises(Invalid, match=what) as caught:
        read(changed(old, new))
    assert caught.value.code == "advisory.malformed"
    assert "a.toml" in caught.value.message


@pytest.mark.parametrize("url", ["http://acme.example", "javascript:alert(1)", "https://a b", 'https://a"onclick='])
def test_a_link_leads_to_an_address_over_https(url):
    links = f'[[links]]\nlabel = "x"\nurl = {json.dumps(url)}\n'
    with pytest.raises(Invalid, match="url"):
        read(EXAMPLE + links)


def test_a_long_file_is_not_read():
    with pytest.raises(Invalid, match="at most"):
        read_draft(b"#" * (LIMIT + 1), where="a.toml", score=None)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_whatever_the_bytes_the_answer_is_an_error_of_ours(data):
    with pytest.raises(KeptError):
        read_draft(data, where="a.toml", score=None)
