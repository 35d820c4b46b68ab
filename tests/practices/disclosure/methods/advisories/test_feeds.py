"""Feeds: what was published, and nothing else, in the forms that readers and programs expect."""

from xml.etree import ElementTree

import pytest

from kept.practices.disclosure.methods.advisories.feeds import atom, document_url, provider_metadata, rolie
from simulators import advisories

BASE = "https://acme.example/disclosure"
ATOM = "{http://www.w3.org/2005/Atom}"
BOTH = (advisories.FULL, advisories.least())


def entries(data):
    return ElementTree.fromstring(data).findall(f"{ATOM}entry")


def test_the_last_change_stands_first():
    ids = [each.findtext(f"{ATOM}id") for each in entries(atom(BOTH, advisories.PUBLISHER, base=BASE))]
    assert ids == [f"{BASE}/advisories/ACME-2026-0002", f"{BASE}/advisories/ACME-2026-0001"]


def test_an_entry_has_all_that_atom_asks_for():
    feed = ElementTree.fromstring(atom(BOTH, advisories.PUBLISHER, base=BASE))
    for parent in (feed, *feed.findall(f"{ATOM}entry")):
        assert all(parent.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated"))
    assert feed.find(f"{ATOM}author/{ATOM}name").text == "Acme AI"


def test_a_feed_of_nothing_is_a_feed():
    assert entries(atom((), advisories.PUBLISHER, base=BASE)) == []


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "]]>", "a & b", '"quoted"'])
def test_words_are_words_and_never_markup(text):
    (entry,) = entries(atom((advisories.least(summary=text),), advisories.PUBLISHER, base=BASE))
    assert entry.findtext(f"{ATOM}summary") == text


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_programs_find_each_document_and_its_hashes(version):
    feed = rolie(BOTH, advisories.PUBLISHER, base=BASE, version=version)["feed"]
    assert feed["updated"] == "2026-11-26T09:00:00Z"
    for entry in feed["entry"]:
        links = [each["href"] for each in entry["link"]]
        assert links == [entry["content"]["src"], f"{links[0]}.sha256", f"{links[0]}.sha512"]
        assert links[0].startswith(f"{BASE}/csaf/{version}/2026/")


def test_the_metadata_leads_to_the_feed():
    told = provider_metadata(advisories.PUBLISHER, base=BASE, version="2.0", updated="2026-11-26T09:00:00Z")
    (feed,) = told["distributions"][0]["rolie"]["feeds"]
    assert feed["url"] == f"{BASE}/csaf/2.0/feed.json"
    assert told["canonical_url"] == f"{BASE}/csaf/2.0/provider-metadata.json"


def test_a_document_keeps_its_address_when_it_is_revised():
    url = document_url("ACME-2026-0001", base=BASE, version="2.0", published="2026-11-21T09:00:00Z")
    assert url == f"{BASE}/csaf/2.0/2026/acme-2026-0001.json"
