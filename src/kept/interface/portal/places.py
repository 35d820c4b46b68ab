"""Where to go from any page: the places that are mounted, for everybody, and for those who have signed in."""

from __future__ import annotations

import inspect
import math
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from kept.errors import KeptError

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
    "triage": ("/disclosure/triage", frozenset({"triage"})),
    "rewards": ("/disclosure/rewards", frozenset({"reward"})),
    "publishing": ("/disclosure/publishing", frozenset({"publish", "admin"})),
    "sharing": ("/sharing/", frozenset({"share", "admin"})),
    "weights": ("/weights/", frozenset({"admin"})),
    "accounts": ("/accounts", frozenset({"admin"})),
}
# Pages that belong to a place under which they don't stand.
_OF: Mapping[str, str] = {
    "/disclosure/quarantine": "/disclosure/triage",
    "/disclosure/thanks": "/disclosure/advisories",
}
BENEATH: Mapping[str, str] = {
    "workspace": "/red-team/workspace/",
    "security": "/.well-known/security.txt",
    "programs": "/openapi.json",
}

SURE_FOR = 60.0
"""For how many seconds a place that had something to show is believed to have it still."""


def head(application: FastAPI, visitor: Visitor, words: Mapping[str, Any]) -> dict[str, str]:
    """Addresses and their names, for the head of a page; only of what is mounted and open to the visitor."""
    found = {path: name for name, path in PUBLIC.items()}
    found |= {path: name for name, (path, roles) in STAFF.items() if visitor.has(*roles)}
    return _named(application, found, words)


def current(places: Mapping[str, str], path: str) -> str:
    """The place at which a page stands: the longest of the addresses that its own begins with, or ""."""
    path = _OF.get(path, path)
    found = [place for place in places if path == place or (place != "/" and path.startswith(place))]
    return max(found, key=len, default="")


def beneath(application: FastAPI, words: Mapping[str, Any]) -> dict[str, str]:
    """Addresses and their names, for the foot of a page; of what refuses for now, nothing is shown."""
    named = _named(application, {path: name for name, path in BENEATH.items()}, words)
    return {path: name for path, name in named.items() if _answers(application, path)}


def mounted(application: FastAPI) -> frozenset[str]:
    """The paths that an application answers."""
    return frozenset(_handlers(application))


def _answers(application: FastAPI, path: str) -> bool:
    """Whether a place has something to show; one whose handler needs nothing of a request is asked, now and then."""
    handler, sure = _handlers(application)[path], _sure(application)
    if handler is None or time.monotonic() < sure.setdefault(path, 0.0 if _needs_nothing(handler) else math.inf):
        return True
    try:
        handler()
    except KeptError:
        return False
    sure[path] = time.monotonic() + SURE_FOR
    return True


def _needs_nothing(handler: Callable[..., Any]) -> bool:
    return (
        inspect.isfunction(handler)
        and not inspect.iscoroutinefunction(handler)
        and not inspect.signature(handler).parameters
    )


def _handlers(application: FastAPI) -> Mapping[str, Callable[..., Any] | None]:
    """What answers each path of an application, found once."""
    found: Mapping[str, Callable[..., Any] | None] | None = getattr(application.state, "handlers", None)
    if found is None:
        from fastapi.routing import iter_route_contexts

        found = {
            route.path: getattr(route.original_route, "endpoint", None)
            for route in iter_route_contexts(application.routes)
            if route.path
        }
        application.state.handlers = found
    return found


def _sure(application: FastAPI) -> dict[str, float]:
    """Until when each place is believed to have something to show."""
    found: dict[str, float] | None = getattr(application.state, "sure", None)
    if found is None:
        found = application.state.sure = {}
    return found


def _named(application: FastAPI, places: Mapping[str, str], words: Mapping[str, Any]) -> dict[str, str]:
    here = mounted(application)
    return {path: words["places"][name] for path, name in places.items() if path in here}
