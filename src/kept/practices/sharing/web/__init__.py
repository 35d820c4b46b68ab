"""The room's pages and interfaces under `/sharing`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fastapi import APIRouter

if TYPE_CHECKING:
    from kept.practices.sharing.service import Service


def router(service: Callable[[], Service]) -> APIRouter:
    """What each part of the room serves."""
    return APIRouter()
