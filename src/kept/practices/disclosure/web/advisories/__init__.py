"""What was published, for people and for programs: advisories, feeds, CSAF documents, and thanks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from kept.interface.portal import page
from kept.practices.disclosure.methods.advisories.csaf import VERSIONS
from kept.practices.disclosure.methods.advisories.forms import NAMES
from kept.practices.disclosure.methods.advisories.reading import ID

if TYPE_CHECKING:
    from kept.practices.disclosure.service import Service

HERE = "kept.practices.disclosure.web.advisories"
ARMORED = "text/plain; charset=us-ascii"
CACHED = {"Cache-Control": "public, max-age=60"}
_ID = Path(pattern=ID, description="The advisory's public name.")
_VERSION = Path(pattern=f"^({'|'.join(VERSIONS)})$", description="The version of CSAF.")
_FORM = Path(pattern=f"^({'|'.join(NAMES)})$", description="The form of the advisory.")
_YEAR = Path(pattern=r"^[0-9]{4}$", description="The year in which the advisory was first published.")
_KEY = Path(pattern=r"^[0-9A-Fa-f]{40}$", description="The fingerprint of the key.")
_FILE = Path(
    pattern=r"^[a-z0-9+_-]{1,64}\.json(\.sha256|\.sha512|\.asc)?$",
    description="The document, a hash, or a signature of it.",
)
_TOLD: dict[int | str, dict[str, Any]] = {
    400: {"description": "The request is malformed, or this server has no public address yet"},
    404: {"description": "Nothing of that name was published"},
    429: {"description": "Too many requests by this caller; Retry-After says when to come back"},
}


def add_advisories(routes: APIRouter, service: Callable[[], Service]) -> None:
    """GET `/advisories…`, `/csaf/…` and `/thanks`."""
    _add_pages(routes, service)
    _add_feeds(routes, service)
    _add_documents(routes, service)


def _add_pages(routes: APIRouter, service: Callable[[], Service]) -> None:
    @routes.get("/advisories", include_in_schema=False)
    def advisories(request: Request) -> HTMLResponse:
        return page(request, HERE, "advisories.html.j2", public=True, advisories=service().advisory_list())

    @routes.get("/advisories/feed.xml", responses=_TOLD)
    def feed() -> Response:
        """The published advisories as an Atom feed."""
        return Response(service().advisory_feed(), media_type="application/atom+xml", headers=CACHED)

    @routes.get("/advisories/{id}", include_in_schema=False)
    def advisory(request: Request, id: str = _ID) -> HTMLResponse:
        return page(request, HERE, "advisory.html.j2", public=True, published=service().advisory_show(id), forms=NAMES)

    @routes.get("/advisories/{id}/{form}", responses=_TOLD)
    def form(id: str = _ID, form: str = _FORM) -> Response:
        """An advisory as CSAF or AVID, by the bytes whose digest stands in the ledger."""
        found = service().advisory_form(id, form)
        return Response(found.content, media_type=found.media_type, headers=CACHED)

    @routes.get("/thanks", include_in_schema=False)
    def thanks(request: Request) -> HTMLResponse:
        return page(request, HERE, "thanks.html.j2", public=True, thanked=service().thanks())


def _add_feeds(routes: APIRouter, service: Callable[[], Service]) -> None:
    @routes.get("/csaf/{version}/provider-metadata.json", responses=_TOLD)
    def provider(version: str = _VERSION) -> JSONResponse:
        """By what programs find the CSAF documents here."""
        return JSONResponse(service().csaf_provider(version), headers=CACHED)

    @routes.get("/csaf/{version}/feed.json", responses=_TOLD)
    def rolie(version: str = _VERSION) -> JSONResponse:
        """The CSAF documents as a ROLIE feed."""
        return JSONResponse(service().csaf_feed(version), headers=CACHED)


def _add_documents(routes: APIRouter, service: Callable[[], Service]) -> None:
    @routes.get("/csaf/openpgp/{fingerprint}.asc", responses=_TOLD)
    def key(fingerprint: str = _KEY) -> Response:
        """The public half of an OpenPGP key that signs CSAF documents, or did."""
        return Response(service().signing_certificate(fingerprint), media_type=ARMORED, headers=CACHED)

    @routes.get("/csaf/{version}/{year}/{name}", responses=_TOLD)
    def document(version: str = _VERSION, year: str = _YEAR, name: str = _FILE) -> Response:
        """A CSAF document, its SHA-256 or SHA-512 as `sha256sum` writes it, or its OpenPGP signature."""
        stem, _, algorithm = name.partition(".json")
        if algorithm == ".asc":
            return Response(service().csaf_signature(version, year, f"{stem}.json"), media_type=ARMORED, headers=CACHED)
        found = service().csaf_document(version, year, f"{stem}.json")
        if not algorithm:
            return Response(found.content, media_type=found.media_type, headers=CACHED)
        digest = hashlib.new(algorithm.removeprefix("."), found.content).hexdigest()
        return PlainTextResponse(f"{digest}  {stem}.json\n", headers=CACHED)
