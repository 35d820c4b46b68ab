"""The room over HTTP: the workspace of whoever was invited to test, for programs and for people in a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fastapi import APIRouter

from kept.practices.red_team.web import api, workspace

if TYPE_CHECKING:
    from kept.practices.red_team.service import Service


def router(service: Callable[[], Service]) -> APIRouter:
    """`/external/sessions…` for programs that hold the invitation's token, `/workspace/…` for people."""
    routes = APIRouter()
    routes.include_router(api.router(service))
    routes.include_router(workspace.router(service))
    return routes
