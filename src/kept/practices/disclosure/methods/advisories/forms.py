"""The bytes in which an advisory is served, and their digests."""

import hashlib
import json
from typing import Any, Final

from kept.practices.disclosure.methods.advisories.avid import avid
from kept.practices.disclosure.methods.advisories.csaf import VERSIONS, csaf
from kept.practices.disclosure.methods.advisories.feeds import document_url
from kept.practices.disclosure.records.advisories import Advisory, Form, Publisher

NAMES: Final = (*(f"csaf-{version}" for version in VERSIONS), "avid")
JSON = "application/json"


def forms(advisory: Advisory, publisher: Publisher, *, base: str, generator: str) -> tuple[Form, ...]:
    """Every form of an advisory that has a revision; `base` is the room's public address, `generator` the program."""
    first, last = advisory.revisions[0].date, advisory.revisions[-1].date
    documents: dict[str, dict[str, Any]] = {}
    for version in VERSIONS:
        url = document_url(advisory, base=base, version=version, published=first)
        documents[f"csaf-{version}"] = csaf(
            advisory, publisher, version=version, url=url, generator=generator, now=last
        )
    documents["avid"] = avid(advisory, publisher, url=f"{base}/advisories/{advisory.id}")
    return tuple(_form(name, document) for name, document in documents.items())


def _form(name: str, document: dict[str, Any]) -> Form:
    content = json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"
    return Form(name, JSON, content, f"sha256:{hashlib.sha256(content).hexdigest()}")
