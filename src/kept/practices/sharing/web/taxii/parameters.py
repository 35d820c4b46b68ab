"""What a query asks for (TAXII 2.1, sections 3.4 and 3.5)."""

import base64
import binascii
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from starlette.datastructures import QueryParams

from kept.errors import Invalid
from kept.practices.sharing.methods.stix import sortable
from kept.practices.sharing.records import Filter

_MOST = 100
_WORDS = ("first", "last", "all")
_NEXT_BYTES = 8
_PAGED = ("limit", "next")
_MATCHED = ("match[id]", "match[type]", "match[version]", "match[spec_version]")
_KNOWN = (*_PAGED, "added_after", *_MATCHED)


def filters(query: Mapping[str, str], *, page_limit: int, object_id: str = "", every: bool = False) -> Filter:
    """The filter that a query says, for one object where `object_id` names it; `every` version unless it says which.

    A limit past `page_limit` is that. Raises Invalid, also for a parameter that stands twice: each stands once, and
    lists its values between commas.
    """
    _check_once(query)
    ids = (object_id,) if object_id else _listed(query, "match[id]")
    return Filter(
        limit=_limit(query.get("limit"), page_limit),
        after=max(_added_after(query.get("added_after")), _read_next(query.get("next"))),
        ids=ids,
        kinds=() if object_id else _listed(query, "match[type]"),
        versions=_versions(query, every=every),
        specifications=_listed(query, "match[spec_version]"),
    )


def next_of(number: int) -> str:
    """The opaque text that goes on after an object."""
    return base64.urlsafe_b64encode(number.to_bytes(_NEXT_BYTES, "big")).rstrip(b"=").decode()


def declared(*, matches: bool = True, paged: bool = True) -> dict[str, Any]:
    """The parameters as OpenAPI declares them."""
    names = [*(["added_after"] if paged else []), *(_PAGED if paged else ()), *(_MATCHED if matches else ())]
    schemas = {
        "limit": {"type": "integer", "minimum": 1},
        "added_after": {"type": "string", "format": "date-time"},
    }
    return {
        "parameters": [
            {"name": name, "in": "query", "required": False, "schema": schemas.get(name, {"type": "string"})}
            for name in names
        ]
    }


def _check_once(query: Mapping[str, str]) -> None:
    pairs = query.multi_items() if isinstance(query, QueryParams) else query.items()
    counts = Counter(name for name, _ in pairs)
    twice = next((name for name in _KNOWN if counts[name] > 1), "")
    if twice:
        raise Invalid(
            f"{twice} stands {counts[twice]} times.", code="taxii.twice", hint="Put its values between commas."
        )


def _limit(text: str | None, most: int) -> int:
    if text is None:
        return most
    if not text.isascii() or not text.isdecimal() or not int(text[:20]):
        raise Invalid(f"limit={text[:20]!r} is no whole number above 0.", code="taxii.limit")
    return min(int(text[:20]), most)


def _added_after(text: str | None) -> int:
    if text is None:
        return 0
    try:
        whole, _, fraction = sortable(text).partition(".")
        moment = datetime.fromisoformat(f"{whole.replace(':60', ':59')}+00:00")
    except (Invalid, ValueError) as error:
        raise Invalid(
            f"added_after={text[:40]!r} is no time.",
            code="taxii.added-after",
            hint="Write 2026-11-22T07:30:00.000000Z.",
        ) from error
    return int(moment.timestamp()) * 1_000_000 + int(fraction[:6].ljust(6, "0") or 0)


def _read_next(text: str | None) -> int:
    if text is None:
        return 0
    try:
        data = base64.b64decode(text[:64] + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        data = b""
    number = int.from_bytes(data, "big")
    if len(data) != _NEXT_BYTES or number >> 63 or next_of(number) != text:
        raise Invalid("next is no text that a page before gave.", code="taxii.next", hint="Begin at the first page.")
    return number


def _listed(query: Mapping[str, str], name: str) -> tuple[str, ...]:
    text = query.get(name)
    if text is None:
        return ()
    found = tuple(dict.fromkeys(text.split(",")))
    if len(found) > _MOST or not all(found):
        raise Invalid(f"{name} lists 1 to {_MOST} values, between commas.", code="taxii.match")
    return found


def _versions(query: Mapping[str, str], *, every: bool) -> tuple[str, ...]:
    found = _listed(query, "match[version]") or (("all",) if every else ("last",))
    return tuple(each if each in _WORDS else sortable(each) for each in found)
