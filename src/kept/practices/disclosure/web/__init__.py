"""The room over HTTP: its public pages, and the same for programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fastapi import APIRouter

from kept.practices.disclosure.web.programmes import add_programmes

if TYPE_CHECKING:
    from kept.practices.disclosure.service import Service


def router(service: Callable[[], Service]) -> APIRouter:
    """The routes of every part; `/programmes` is the public interface to what may be reported, and how."""
    routes = APIRouter()
    add_programmes(routes, service)
    return routes
