"""What was published, as people and programs fetch it."""

import asyncio
import hashlib
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from kept.core.keys.openpgp import check_signature
from kept.practices.disclosure.service import Service
from simulators.portal import Portal, portal

ID = "ACME-2026-0001"
HARM = "<img src=x onerror=alert(1)>"
SETTINGS = """assistant = "organism:rules?seed=1"
[practices.disclosure]
public_url = "https://portal.test"
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as monkeypatch:
        folder: Path = tmp_path_factory.mktemp("site")
        with portal(folder, monkeypatch, models=SETTINGS) as found:
            publish(found)
            yield found


def publish(found: Portal) -> None:
    service, by = found.app.service("disclosure"), found.app.actor(None)
    service.programme_new(Service.programme_example().encode(), by=by)
    asyncio.run(service.programme_publish("assistant", by=by))
    text = Service.advisory_example().replace("Never how to do it.", HARM)
    service.advisory_new(text.encode(), by=by)
    service.publish(ID, by=by)
    service.signing_new(by=by)


def get(site: Portal, path: str, status: int = 200):
    found = site.client.get(f"/disclosure{path}")
    assert found.status_code == status, found.text
    return found


def test_the_list_leads_to_the_advisory(site: Portal) -> None:
    assert f'href="/disclosure/advisories/{ID}"' in get(site, "/advisories").text


def test_an_advisory_says_all_and_its_words_are_words(site: Portal) -> None:
    text = get(site, f"/advisories/{ID}").text
    assert HARM not in text
    assert "&lt;img" in text
    for form in ("csaf-2.0", "csaf-2.1", "avid"):
        assert f'href="/disclosure/advisories/{ID}/{form}"' in text


def test_nobody_is_thanked_without_asking(site: Portal) -> None:
    assert "Nobody is named yet." in get(site, "/thanks").text


def test_documents_and_their_hashes_agree(site: Portal) -> None:
    for version in ("2.0", "2.1"):
        document = get(site, f"/csaf/{version}/{year(site)}/acme-2026-0001.json")
        assert document.content == get(site, f"/advisories/{ID}/csaf-{version}").content
        for algorithm in ("sha256", "sha512"):
            told = get(site, f"/csaf/{version}/{year(site)}/acme-2026-0001.json.{algorithm}").text
            assert told == f"{hashlib.new(algorithm, document.content).hexdigest()}  acme-2026-0001.json\n"


def year(site: Portal) -> str:
    document = json.loads(get(site, f"/advisories/{ID}/csaf-2.0").content)
    return str(document["document"]["tracking"]["initial_release_date"][:4])


def test_feeds_are_what_they_say(site: Portal) -> None:
    feed = get(site, "/advisories/feed.xml")
    assert feed.headers["content-type"].startswith("application/atom+xml")
    assert ElementTree.fromstring(feed.content).tag == "{http://www.w3.org/2005/Atom}feed"
    assert get(site, "/csaf/2.0/feed.json").json()["feed"]["entry"][0]["id"] == ID


def test_a_signature_lies_beside_each_document_and_its_key_where_the_metadata_says(site: Portal) -> None:
    told = get(site, "/csaf/2.1/provider-metadata.json").json()
    (key,) = told["public_openpgp_keys"]
    assert (told["role"], key["url"].startswith("https://portal.test/disclosure/csaf/openpgp/")) == (
        "csaf_trusted_provider",
        True,
    )
    certificate = get(site, key["url"].removeprefix("https://portal.test/disclosure"))
    place = f"/csaf/2.1/{year(site)}/acme-2026-0001.json"
    signature = get(site, f"{place}.asc")
    assert {each.headers["content-type"] for each in (certificate, signature)} == {"text/plain; charset=us-ascii"}
    check_signature(get(site, place).content, signature.content, certificate.text)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/advisories/NOT-THERE", 404),
        (f"/advisories/{ID}/pdf", 400),
        ("/advisories/..%2f..%2fkept.toml", 404),
        ("/advisories/-x", 400),
        ("/csaf/3.0/feed.json", 400),
        ("/csaf/openpgp/" + "0" * 40 + ".asc", 404),
        ("/csaf/openpgp/..%2f..%2fkeys.asc", 404),
        ("/csaf/openpgp/short.asc", 400),
        ("/csaf/2.0/2026/nothing.json.asc", 404),
        ("/csaf/2.0/2026/nothing.json", 404),
        ("/csaf/2.0/2026/..%2f..%2fkeys", 404),
        ("/csaf/2.0/2026/UPPER.json", 400),
        ("/csaf/2.0/1999/acme-2026-0001.json", 404),
    ],
)
def test_what_is_not_published_is_refused(site: Portal, path: str, status: int) -> None:
    get(site, path, status)
