"""Where to go from any page: the places that are mounted, for everybody, and for those who have signed in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import FastAPI

    from kept.interface.portal.visiting import Visitor

# At the head of every page, in this order; a word of the table `places`, and where it leads.
PUBLIC: Mapping[str, str] = {
    "front": "/",
    "check": "/provenance/",
    "report": "/disclosure/",
    "advisories": "/disclosure/advisories",
    "reports": "/reporting/",
}
# For whoever acts in one of the roles; none named is for everybody who has signed in.
STAFF: Mapping[str, tuple[str, frozenset[str]]] = {
    "triage": ("/disclosure/triage", frozenset({"triage", "reward", "publish"})),
    "sharing": ("/sharing/", frozenset({"share", "publish"})),
    "accounts": ("/accounts", frozenset({"admin"})),
}
BENEATH: Mapping[str, str] = {
    "workspace": "/red-team/workspace/",
    "security": "/.well-known/security.txt",
    "programs": "/openapi.json",
}


def head(application: FastAPI, visitor: Visitor, words: Mapping[str, Any]) -> dict[str, str]:
    """Addresses and their names, for the head of a page; only of what is mounted and open to the visitor."""
    found = {path: name for name, path in PUBLIC.items()}
    found |= {path: name for name, (path, roles) in STAFF.items() if visitor.has(*roles)}
    return _named(application, found, words)


def current(places: Mapping[str, str], path: str) -> str:
    """The place at which a page stands: the longest of the addresses that its own begins with, or ""."""
    found = [place for place in places if path == place or (place != "/" and path.startswith(place))]
    return max(found, key=len, default="")


def beneath(application: FastAPI, words: Mapping[str, Any]) -> dict[str, str]:
    """Addresses and their names, for the foot of a page."""
    return _named(application, {path: name for name, path in BENEATH.items()}, words)


def mounted(application: FastAPI) -> frozenset[str]:
    """The paths that an application answers, found once."""
    found: frozenset[str] | None = getattr(application.state, "mounted", None)
    if found is None:
        from fastapi.routing import iter_route_contexts

        found = frozenset(route.path for route in iter_route_contexts(application.routes) if route.path)
        application.state.mounted = found
    return found


def _named(application: FastAPI, places: Mapping[str, str], words: Mapping[str, Any]) -> dict[str, str]:
    here = mounted(application)
    return {path: words["places"][name] for path, name in places.items() if path in here}
