"""The room over HTTP: its public pages, and the same for programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fastapi import APIRouter

from kept.practices.disclosure.web.advisories import add_advisories
from kept.practices.disclosure.web.contests import add_contests
from kept.practices.disclosure.web.programmes import add_programmes
from kept.practices.disclosure.web.publishing import add_publishing
from kept.practices.disclosure.web.reading import add_reading
from kept.practices.disclosure.web.reporting import add_reporting
from kept.practices.disclosure.web.rewarding import add_rewarding
from kept.practices.disclosure.web.threads import add_threads
from kept.practices.disclosure.web.triage import add_triage
from kept.practices.disclosure.web.uploads import Desk

if TYPE_CHECKING:
    from kept.practices.disclosure.service import Service


def router(service: Callable[[], Service]) -> APIRouter:
    """`/` is the public page; `/report`, `/upload` and `/thread` are a reporter's, and `/reports` is for programs."""
    routes = APIRouter()
    desk = Desk()
    add_programmes(routes, service)
    add_reporting(routes, service, desk)
    add_threads(routes, service, desk)
    add_advisories(routes, service)
    # Before the actions of a case, among which its addresses would be looked for.
    add_reading(routes, service)
    add_rewarding(routes, service)
    add_triage(routes, service)
    add_contests(routes, service)
    add_publishing(routes, service)
    return routes
