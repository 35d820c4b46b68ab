"""What a shared STIX object says to match prompts by."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kept.errors import Invalid, Unverified
from kept.practices.sharing.methods.objects import kind_of
from kept.practices.sharing.methods.objects.reading import sketch_of_pattern
from kept.practices.sharing.records.matching import Indicator, IndicatorKind, Refusal

_TYPES: Mapping[str, IndicatorKind] = {"pcre": "regex", "re2": "regex", "nova": "nova"}


@dataclass(frozen=True, slots=True)
class Said:
    """The indicators of an object, or why it has none, until a time of STIX; "" is without end."""

    found: tuple[Indicator | Refusal, ...]
    until: str = ""

    def at(self, now: str) -> tuple[Indicator | Refusal, ...]:
        """What it says at a time of STIX."""
        return () if self.until and self.until[:19] <= now[:19] else self.found


def said(body: bytes, peer: str) -> Said:
    """What an object's bytes say to match prompts by; what they say in vain is named as a refusal."""
    document = json.loads(body)
    if document.get("type") != "indicator" or document.get("revoked"):
        return Said(())
    until = document.get("valid_until")
    return Said(tuple(_found(document, peer)), until if isinstance(until, str) else "")


def _found(document: Mapping[str, Any], peer: str) -> Iterator[Indicator | Refusal]:
    named, name = str(document.get("id")), str(document.get("name") or "")[:256]
    kind = _TYPES.get(str(document.get("pattern_type")))
    try:
        if kind is None:
            raise Invalid(
                f"Prompts aren't matched by patterns of the type {str(document.get('pattern_type'))[:40]!r}.",
                code="indicator.type",
            )
        sketch = _sketch(document)
    except (Invalid, Unverified) as error:
        yield Refusal(named, peer, name, error.code, error.message)
        return
    yield Indicator(named, peer, kind, str(document.get("pattern")), name)
    if sketch:
        yield Indicator(named, peer, "sketch", sketch, name)


def _sketch(document: Mapping[str, Any]) -> str:
    return sketch_of_pattern(document) if kind_of(document) == "circumvention-pattern" else ""
