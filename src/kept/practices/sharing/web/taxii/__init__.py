"""TAXII 2.1 (OASIS Standard, 10 June 2021): discovery at `/taxii2/`, and an API root for each community below it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from kept.errors import Invalid, NotFound
from kept.interface.pages import body
from kept.practices.sharing.records import Access, Reader
from kept.practices.sharing.service.admitting import StrangerError
from kept.practices.sharing.web.taxii.answers import TaxiiRoute, envelope, manifest, not_allowed, resource, versions
from kept.practices.sharing.web.taxii.gate import Gate
from kept.practices.sharing.web.taxii.models import ANSWERS, described
from kept.practices.sharing.web.taxii.negotiation import MEDIA_TYPE, STIX, NotAcceptableError, check_content
from kept.practices.sharing.web.taxii.parameters import declared, filters

if TYPE_CHECKING:
    from kept.practices.sharing.service import Service

ROOT = "/taxii2"
_OTHERS = ["DELETE", "OPTIONS", "PATCH", "POST", "PUT"]
OBJECTS = "/{community}/collections/{collection}/objects/"
ONE = OBJECTS + "{identifier}/"


def router(service: Callable[[], Service]) -> APIRouter:
    """Discovery, API roots, statuses, collections, manifests, objects and versions, each for whoever asks."""
    routes = APIRouter(route_class=TaxiiRoute, responses=ANSWERS)
    gate = Gate(lambda: service().desk, time.monotonic)
    _roots(routes, gate)
    _collections(routes, gate)
    _objects(routes, gate)
    _one_object(routes, gate)

    @routes.get("/{rest:path}", include_in_schema=False)
    def nothing(request: Request, rest: str) -> Response:
        gate.enter(request)
        raise NotFound(f"There is nothing at {rest[:80]!r}.", code="taxii.path")

    @routes.api_route("/{rest:path}", methods=_OTHERS, include_in_schema=False)
    def otherwise(request: Request, rest: str) -> Response:
        # What a path doesn't take is counted, too: the portal leaves it to this room how much each may ask.
        with suppress(StrangerError, NotAcceptableError):
            gate.enter(request)
        return not_allowed(_methods(routes, f"/{rest}"))

    return routes


def _methods(routes: APIRouter, path: str) -> set[str]:
    """What the routes of a path are asked by."""
    own = (route for route in routes.routes if isinstance(route, APIRoute) and route.path_regex.match(path))
    return {method for route in own for method in route.methods or () if route.methods != set(_OTHERS)}


def _roots(routes: APIRouter, gate: Gate) -> None:
    @routes.get("/", **described("discovery"))
    def discovery(request: Request) -> Response:
        reader = gate.enter(request)
        base = (gate.desk.settings.public_url or str(request.base_url)).rstrip("/")
        found = [f"{base}{ROOT}/{community}/" for community in gate.desk.communities(reader)]
        document: dict[str, Any] = {"title": gate.desk.organisation, "api_roots": found}
        document |= {"contact": gate.desk.settings.contact} if gate.desk.settings.contact else {}
        return resource(document | ({"default": found[0]} if found else {}))

    @routes.get("/{community}/", **described("root"))
    def root(request: Request, community: str) -> Response:
        reader = gate.enter(request)
        gate.desk.collections(reader, community)
        longest = gate.desk.settings.largest_post_mb * 1_000_000
        return resource({"title": community, "versions": [MEDIA_TYPE], "max_content_length": longest})

    @routes.get("/{community}/status/{status}/", **described("status"))
    def status(request: Request, community: str, status: str) -> Response:
        reader = gate.enter(request)
        return Response(gate.desk.status(reader, community, status), media_type=MEDIA_TYPE)


def _collections(routes: APIRouter, gate: Gate) -> None:
    @routes.get("/{community}/collections/", **described("collections"))
    def collections(request: Request, community: str) -> Response:
        reader = gate.enter(request)
        return resource({"collections": [_told(each) for each in gate.desk.collections(reader, community)]})

    @routes.get("/{community}/collections/{collection}/", **described("collection"))
    def collection(request: Request, community: str, collection: str) -> Response:
        reader = gate.enter(request)
        return resource(_told(gate.desk.collection(reader, community, collection)))


def _objects(routes: APIRouter, gate: Gate) -> None:
    @routes.get("/{community}/collections/{collection}/manifest/", **described("manifest"), openapi_extra=declared())
    def manifest_of(request: Request, community: str, collection: str) -> Response:
        reader = gate.enter(request)
        wanted = filters(request.query_params, page_limit=gate.desk.settings.page_limit)
        return manifest(gate.desk.page(reader, community, collection, wanted, bodies=False))

    @routes.get(OBJECTS, **described("objects"), openapi_extra=declared())
    def objects(request: Request, community: str, collection: str) -> Response:
        reader = gate.enter(request)
        wanted = filters(request.query_params, page_limit=gate.desk.settings.page_limit)
        return envelope(gate.desk.page(reader, community, collection, wanted, bodies=True))

    @routes.post(OBJECTS, **described("bring", status=202))
    async def bring(request: Request, community: str, collection: str) -> Response:
        def admitted() -> Reader:
            reader = gate.enter(request)
            check_content(request.headers.get("content-type", ""), encoding=request.headers.get("content-encoding", ""))
            gate.check_write(gate.desk.collection(reader, community, collection))
            return reader

        def taken(reader: Reader, data: bytes) -> bytes:
            gate.confirm(request, reader)
            gate.check_size(reader, len(data))
            return gate.desk.bring(reader, community, collection, data)

        reader = await run_in_threadpool(admitted)
        data = await body(request, limit=gate.desk.settings.largest_post_mb * 1_000_000, code="taxii.too-large")
        done = await run_in_threadpool(taken, reader, data)
        return Response(done, 202, media_type=MEDIA_TYPE)


def _one_object(routes: APIRouter, gate: Gate) -> None:
    @routes.get(ONE, **described("object"), openapi_extra=declared())
    def one(request: Request, community: str, collection: str, identifier: str) -> Response:
        reader = gate.enter(request)
        wanted = filters(request.query_params, page_limit=gate.desk.settings.page_limit, object_id=identifier)
        return envelope(gate.desk.of_object(reader, community, collection, wanted, bodies=True))

    @routes.delete(ONE, **described("delete"), openapi_extra=declared(paged=False))
    def delete(request: Request, community: str, collection: str, identifier: str) -> Response:
        reader = gate.enter(request)
        wanted = filters(request.query_params, page_limit=1, object_id=identifier, every=True)
        if wanted.specifications and "2.1" not in wanted.specifications:
            raise Invalid("Every object here is of STIX 2.1.", code="taxii.match")
        gate.desk.delete(reader, community, collection, wanted)
        return Response(b"{}", media_type=MEDIA_TYPE)

    @routes.get(ONE + "versions/", **described("versions"), openapi_extra=declared())
    def versions_of(request: Request, community: str, collection: str, identifier: str) -> Response:
        reader = gate.enter(request)
        limit = gate.desk.settings.page_limit
        wanted = filters(request.query_params, page_limit=limit, object_id=identifier, every=True)
        return versions(gate.desk.of_object(reader, community, collection, wanted, bodies=False))


def _told(access: Access) -> dict[str, Any]:
    row = access.collection
    found: dict[str, Any] = {
        "id": row.id,
        "title": row.title,
        "can_read": access.can_read,
        "can_write": access.can_write,
        "media_types": [STIX],
    }
    return found | ({"description": row.description} if row.description else {})
