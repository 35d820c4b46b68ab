"""The C2PA Soft Binding Resolution API: who has content whose manifest was lost finds it again here.

Paths, members and statuses are those of "C2PA Soft Binding API" (C2PA 2.x; its OpenAPI document, version 1.0.0). Other
sites' pages may call it from a browser: it is public, and knows no cookie.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from kept.core import canonical
from kept.errors import Invalid, KeptError
from kept.interface.pages import body, refusal
from kept.practices.provenance.methods import jumbf
from kept.practices.provenance.web.checking import REFUSALS
from kept.practices.provenance.web.desk import Desk

if TYPE_CHECKING:
    from kept.practices.provenance.records import Match
    from kept.practices.provenance.service import Service

MANIFEST_TYPE = "application/c2pa"
OPEN = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
PREFLIGHT = {
    **OPEN,
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": "86400",
}
BODY_LIMIT = 64 * 1024
IN_ADDRESS = 2048
MOST = 100

Most = Annotated[int, Query(alias="maxResults", ge=1, description=f"At most so many; more than {MOST} never are.")]
Algorithm = Annotated[str, Query(description="The name of the soft binding's algorithm.")]
BAD_QUERY: dict[int | str, dict[str, Any]] = {400: {"description": "Invalid query value"}}


class AlgorithmName(BaseModel):
    """A soft binding algorithm."""

    alg: str


class Algorithms(BaseModel):
    """`c2pa.softBindingAlgList`: our watermark's name is not on C2PA's list, and says so."""

    watermarks: list[AlgorithmName]
    fingerprints: list[AlgorithmName]


class BindingQuery(BaseModel):
    """`c2pa.softBindingQuery`: a soft binding, its value in base64."""

    alg: str
    value: str


class MatchedManifest(BaseModel):
    """A manifest that is to be had here, at `/manifests/{manifestId}`."""

    manifestId: str
    similarityScore: int = Field(ge=0, le=100, description="100 is the strongest match.")


class Matches(BaseModel):
    """`c2pa.softBindingQueryResult`, the best first."""

    matches: list[MatchedManifest]


def add_resolution(routes: APIRouter, service: Callable[[], Service], desk: Desk) -> None:
    """`/matches/…`, `/manifests/…` and `/services/supportedAlgorithms`."""
    _add_bindings(routes, service)
    _add_contents(routes, service, desk)
    _add_manifests(routes, service)

    @routes.get("/services/supportedAlgorithms", response_model=Algorithms)
    def supported_algorithms() -> JSONResponse:
        """The names of the algorithms that can be asked with."""
        return JSONResponse(dict(service().supported_algorithms()), headers=OPEN)

    @routes.options("/matches/{kind}", include_in_schema=False)
    def preflight(kind: str) -> Response:
        return Response(status_code=204, headers=PREFLIGHT)


def _add_bindings(routes: APIRouter, service: Callable[[], Service]) -> None:
    too_long: dict[int | str, dict[str, Any]] = {414: {"description": "Query too long, consider using POST instead"}}

    @routes.get("/matches/byBinding", response_model=Matches, responses={**BAD_QUERY, **too_long})
    def by_binding(
        alg: Algorithm,
        value: Annotated[str, Query(description="The value of the soft binding, in base64.")],
        most: Most = 10,
    ) -> JSONResponse:
        """The manifests that a soft binding leads to."""
        if len(value) > IN_ADDRESS:
            return refusal(Invalid("The value is too long for an address.", code="binding.long"), status=414)
        return _answered(lambda: service().matches_by_binding(alg, value, max_results=min(most, MOST)))

    @routes.post(
        "/matches/byBinding",
        response_model=Matches,
        responses={**BAD_QUERY, 413: {"description": "Body too large"}},
        openapi_extra=_body({"application/json": BindingQuery.model_json_schema()}),
    )
    async def by_large_binding(request: Request, most: Most = 10) -> JSONResponse:
        """The manifests that a soft binding leads to, whose value doesn't fit into an address."""
        try:
            alg, value = _query(await body(request, limit=BODY_LIMIT))
        except KeptError as error:
            return refusal(error, headers=OPEN)
        return await run_in_threadpool(
            lambda: _answered(lambda: service().matches_by_binding(alg, value, max_results=min(most, MOST)))
        )


def _add_contents(routes: APIRouter, service: Callable[[], Service], desk: Desk) -> None:
    media = {kind: {"type": "string", "format": "binary"} for kind in ("image/*", "audio/*", "video/*")}

    @routes.post(
        "/matches/byContent",
        response_model=Matches,
        responses={**REFUSALS, 415: {"description": "Invalid asset type"}},
        openapi_extra=_body(media),
    )
    async def by_content(
        request: Request,
        alg: Annotated[str | None, Query(description="Only by this algorithm; without it, by every one.")] = None,
        most: Most = 10,
        hint_alg: Annotated[str | None, Query(alias="hintAlg")] = None,
        hint_value: Annotated[str | None, Query(alias="hintValue")] = None,
    ) -> JSONResponse:
        """The manifests of content that is like what is uploaded, or that its mark leads to; it takes a check's turn.

        A hint is accepted and not needed: what is in the content counts.
        """
        try:
            async with desk.upload(request) as upload:
                found = await run_in_threadpool(
                    lambda: service().matches_by_content(
                        upload.content, upload.media_type, alg=alg, max_results=min(most, MOST)
                    )
                )
        except KeptError as error:
            return refusal(error, headers=OPEN)
        return _matches(found)


def _add_manifests(routes: APIRouter, service: Callable[[], Service]) -> None:
    manifest: dict[int | str, dict[str, Any]] = {
        200: {"description": "The manifest", "content": {MANIFEST_TYPE: {}}},
        404: {"description": "C2PA Manifest Id not found"},
    }

    @routes.get("/manifests/{manifestId}", responses={**BAD_QUERY, **manifest}, response_class=Response)
    def get_manifest(
        manifest_id: Annotated[str, Path(alias="manifestId")],
        active: Annotated[bool, Query(alias="returnActiveManifest", description="Only the active manifest.")] = False,
    ) -> Response:
        """A C2PA manifest store by the id of its active manifest, or that manifest alone."""
        try:
            data = service().get_manifest(manifest_id)
            found = jumbf.active_manifest(data) if active else data
        except KeptError as error:
            return refusal(error, headers=OPEN)
        return Response(found, media_type=MANIFEST_TYPE, headers=OPEN)


def _answered(verb: Callable[[], tuple[Match, ...]]) -> JSONResponse:
    try:
        return _matches(verb())
    except KeptError as error:
        return refusal(error, headers=OPEN)


def _matches(found: tuple[Match, ...]) -> JSONResponse:
    told = [MatchedManifest(manifestId=each.manifest_id, similarityScore=each.similarity_score) for each in found]
    return JSONResponse(Matches(matches=told).model_dump(), headers=OPEN)


def _query(data: bytes) -> tuple[str, str]:
    document = canonical.decode(data, limit=BODY_LIMIT, what="The body")
    if not isinstance(document, dict):
        raise Invalid("The body is an object with alg and value.", code="binding.body")
    alg, value = document.get("alg"), document.get("value")
    if not isinstance(alg, str) or not isinstance(value, str):
        raise Invalid("The body is an object whose alg and value are texts.", code="binding.body")
    return alg, value


def _body(schemas: dict[str, dict[str, Any]]) -> dict[str, Any]:
    content = {media_type: {"schema": schema} for media_type, schema in schemas.items()}
    return {"requestBody": {"required": True, "content": content}}
