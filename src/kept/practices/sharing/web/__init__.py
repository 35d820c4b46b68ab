"""The room's pages under `/sharing`, for staff who may share; TAXII stands beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fastapi import APIRouter

from kept.practices.sharing.web.collections import add_collections
from kept.practices.sharing.web.desk import add_desk
from kept.practices.sharing.web.groups import add_groups
from kept.practices.sharing.web.making import add_making
from kept.practices.sharing.web.matching import add_matching
from kept.practices.sharing.web.notices import add_notices
from kept.practices.sharing.web.objects import add_objects
from kept.practices.sharing.web.peers import add_peers
from kept.practices.sharing.web.replays import add_replays
from kept.practices.sharing.web.statements import add_statements
from kept.practices.sharing.web.telling import add_telling

if TYPE_CHECKING:
    from kept.practices.sharing.service import Service


def router(service: Callable[[], Service]) -> APIRouter:
    """`/` is the desk; each part has its pages beneath."""
    routes = APIRouter()
    add_desk(routes, service)
    add_notices(routes, service)
    add_making(routes, service)
    add_telling(routes, service)
    add_objects(routes, service)
    add_replays(routes, service)
    add_groups(routes, service)
    add_peers(routes, service)
    add_collections(routes, service)
    add_matching(routes, service)
    add_statements(routes, service)
    return routes
