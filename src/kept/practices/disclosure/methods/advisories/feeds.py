"""Feeds of what was published: Atom (RFC 4287) for people, ROLIE (RFC 8322) and CSAF's metadata for programs."""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from kept.practices.disclosure.methods.advisories.csaf import file_name
from kept.practices.disclosure.records.advisories import Advisory, Publisher

_ATOM = "http://www.w3.org/2005/Atom"
_CATEGORY = "urn:ietf:params:rolie:category:information-type"


def atom(advisories: Sequence[Advisory], publisher: Publisher, *, base: str) -> bytes:
    """The published advisories as an Atom feed, newest change first; `base` is the room's public address.

    An empty feed is dated by the beginning of time, since Atom asks for a date.
    """
    ordered = sorted(advisories, key=lambda each: each.revisions[-1].date, reverse=True)
    feed = Element("feed", xmlns=_ATOM)
    _text(feed, "id", f"{base}/advisories")
    _text(feed, "title", f"{publisher.name}: advisories")
    _text(feed, "updated", ordered[0].revisions[-1].date if ordered else "1970-01-01T00:00:00Z")
    _text(SubElement(feed, "author"), "name", publisher.name)
    SubElement(feed, "link", rel="self", type="application/atom+xml", href=f"{base}/advisories/feed.xml")
    SubElement(feed, "link", rel="alternate", type="text/html", href=f"{base}/advisories")
    for each in ordered:
        entry = SubElement(feed, "entry")
        _text(entry, "id", f"{base}/advisories/{each.id}")
        _text(entry, "title", f"{each.id}: {each.title}")
        _text(entry, "published", each.revisions[0].date)
        _text(entry, "updated", each.revisions[-1].date)
        _text(entry, "summary", each.summary)
        SubElement(entry, "category", term=each.severity)
        SubElement(entry, "link", rel="alternate", type="text/html", href=f"{base}/advisories/{each.id}")
    written: bytes = tostring(feed, encoding="utf-8")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + written


def rolie(
    advisories: Iterable[Advisory], publisher: Publisher, *, base: str, version: str, signed: Container[str] = ()
) -> dict[str, Any]:
    """The published CSAF documents of one version as a ROLIE feed (CSAF 2.0, requirement 15 of section 7.1).

    `signed` are the ids of those beside which a signature by OpenPGP lies.
    """
    ordered = sorted(advisories, key=lambda each: each.revisions[-1].date, reverse=True)
    here = f"{base}/csaf/{version}/feed.json"
    return {
        "feed": {
            "id": f"csaf-{version.replace('.', '-')}-tlp-clear",
            "title": f"{publisher.name}: CSAF {version}, TLP:CLEAR",
            "link": [{"rel": "self", "href": here}],
            "category": [{"scheme": _CATEGORY, "term": "csaf"}],
            "updated": ordered[0].revisions[-1].date if ordered else "1970-01-01T00:00:00Z",
            "entry": [_rolie_entry(each, base=base, version=version, signed=each.id in signed) for each in ordered],
        }
    }


def document_url(advisory: Advisory | str, *, base: str, version: str, published: str) -> str:
    """Where the CSAF document of an advisory is found: in the folder of the year that it was first published in."""
    id = advisory if isinstance(advisory, str) else advisory.id
    return f"{base}/csaf/{version}/{published[:4]}/{file_name(id)}"


def key_url(fingerprint: str, *, base: str) -> str:
    """Where the public half of an OpenPGP key is found."""
    return f"{base}/csaf/openpgp/{fingerprint}.asc"


def provider_metadata(
    publisher: Publisher, *, base: str, version: str, updated: str, keys: Sequence[str] = (), trusted: bool = False
) -> dict[str, Any]:
    """What a program finds this provider by (CSAF 2.0, requirement 7 of section 7.1).

    `keys` are the fingerprints of the OpenPGP keys whose signatures count, the one that signs now first. A provider is
    `trusted` whose every document has one (section 7.2.3).
    """
    place = f"{base}/csaf/{version}"
    feed: Mapping[str, str] = {
        "summary": f"CSAF {version}",
        "tlp_label": "CLEAR" if version == "2.1" else "WHITE",
        "url": f"{place}/feed.json",
    }
    return {
        "canonical_url": f"{place}/provider-metadata.json",
        "distributions": [{"rolie": {"feeds": [feed]}}],
        "last_updated": updated,
        "list_on_CSAF_aggregators": True,
        "metadata_version": version,
        "mirror_on_CSAF_aggregators": True,
        **(
            {"public_openpgp_keys": [{"fingerprint": key, "url": key_url(key, base=base)} for key in keys]}
            if keys
            else {}
        ),
        "publisher": {
            "category": "vendor",
            "contact_details": publisher.contact,
            "name": publisher.name,
            "namespace": publisher.namespace,
        },
        "role": "csaf_trusted_provider" if trusted else "csaf_provider",
    }


def _rolie_entry(advisory: Advisory, *, base: str, version: str, signed: bool) -> dict[str, Any]:
    first, last = advisory.revisions[0].date, advisory.revisions[-1].date
    url = document_url(advisory, base=base, version=version, published=first)
    schema = f"https://docs.oasis-open.org/csaf/csaf/v{version}/" + (
        "csaf_json_schema.json" if version == "2.0" else "schema/csaf.json"
    )
    return {
        "id": advisory.id,
        "title": advisory.title,
        "link": [
            {"rel": "self", "href": url},
            {"rel": "hash", "href": f"{url}.sha256"},
            {"rel": "hash", "href": f"{url}.sha512"},
            *([{"rel": "signature", "href": f"{url}.asc"}] if signed else []),
        ],
        "published": first,
        "updated": last,
        "summary": {"content": advisory.summary},
        "content": {"type": "application/json", "src": url},
        "format": {"schema": schema, "version": version},
    }


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text
