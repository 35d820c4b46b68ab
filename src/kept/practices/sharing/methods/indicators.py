"""What a shared STIX object says to match prompts by."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from kept.errors import Invalid
from kept.practices.sharing.methods.objects import kind_of
from kept.practices.sharing.methods.objects.reading import read
from kept.practices.sharing.records.contents import Circumvention
from kept.practices.sharing.records.matching import Indicator, IndicatorKind, Refusal

_TYPES: Mapping[str, IndicatorKind] = {"pcre": "regex", "re2": "regex", "nova": "nova"}


def of_body(body: bytes, peer: str, *, now: str) -> Iterator[Indicator | Refusal]:
    """The indicators of an object's bytes at a time of STIX; what it says in vain is named as a refusal."""
    document = json.loads(body)
    if document.get("type") != "indicator" or document.get("revoked") or _is_past(document, now):
        return
    named, name = str(document.get("id")), str(document.get("name") or "")[:256]
    kind = _TYPES.get(str(document.get("pattern_type")))
    try:
        if kind is None:
            raise Invalid(
                f"Prompts aren't matched by patterns of the type {str(document.get('pattern_type'))[:40]!r}.",
                code="indicator.type",
            )
        sketch = _sketch(document)
    except Invalid as error:
        yield Refusal(named, peer, name, error.code, error.message)
        return
    yield Indicator(named, peer, kind, str(document.get("pattern")), name)
    if sketch:
        yield Indicator(named, peer, "sketch", sketch, name)


def _is_past(document: Mapping[str, Any], now: str) -> bool:
    until = document.get("valid_until")
    return isinstance(until, str) and until[:19] <= now[:19]


def _sketch(document: Mapping[str, Any]) -> str:
    if kind_of(document) != "circumvention-pattern":
        return ""
    content = read(document).content
    return content.sketch if isinstance(content, Circumvention) else ""
