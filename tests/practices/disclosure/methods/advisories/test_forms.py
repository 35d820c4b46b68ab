"""The forms of an advisory: bytes that stay the same, with their digests."""

import hashlib
import json

from kept.practices.disclosure.methods.advisories.forms import NAMES, forms
from simulators import advisories

BASE = "https://acme.example/disclosure"


def made():
    return forms(advisories.FULL, advisories.PUBLISHER, base=BASE, generator="kept 0.1.0")


def test_every_form_has_the_digest_of_its_bytes():
    assert [each.name for each in made()] == list(NAMES)
    for each in made():
        assert each.digest == f"sha256:{hashlib.sha256(each.content).hexdigest()}"
        assert json.loads(each.content)


def test_the_same_advisory_makes_the_same_bytes():
    assert made() == made()


def test_each_csaf_document_says_where_it_is_found():
    for each, version in zip(made(), ("2.0", "2.1"), strict=False):
        told = json.loads(each.content)["document"]
        assert told["csaf_version"] == version
        assert told["references"][0]["url"] == f"{BASE}/csaf/{version}/2026/acme-2026-0001.json"
