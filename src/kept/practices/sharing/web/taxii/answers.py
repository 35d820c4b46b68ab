"""Answers of the TAXII server: resources from bytes as they are stored, and errors as TAXII has them."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from kept.errors import KeptError
from kept.interface.pages import status_of, waiting
from kept.practices.sharing.methods.stix import shown
from kept.practices.sharing.records import Entry, Page
from kept.practices.sharing.service.admitting import StrangerError
from kept.practices.sharing.service.moments import stamped
from kept.practices.sharing.web.taxii.negotiation import MEDIA_TYPE, STIX, NotAcceptableError
from kept.practices.sharing.web.taxii.parameters import next_of

CHALLENGE = 'Basic realm="taxii", charset="UTF-8", Bearer realm="taxii"'


class TaxiiRoute(APIRoute):
    """A route whose errors are TAXII's error message (section 3.6.1)."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with what it raises told as TAXII tells it."""
        inner = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await inner(request)
            except KeptError as error:
                return refusal(error)

        return handled


def resource(document: Mapping[str, Any], *, status: int = 200) -> Response:
    """A resource."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Response(body, status, media_type=MEDIA_TYPE)


def envelope(page: Page) -> Response:
    """An envelope (section 3.7) of objects, each in the bytes that are stored."""
    if not page.bodies:
        return Response(b"{}", media_type=MEDIA_TYPE)
    body = b"".join((_head(page), b'"objects":[', b",".join(page.bodies), b"]}"))
    return _dated(body, page)


def manifest(page: Page) -> Response:
    """The manifest (section 5.3.1): what there is, without its content."""
    if not page.entries:
        return Response(b"{}", media_type=MEDIA_TYPE)
    body = b"".join((_head(page), b'"objects":[', b",".join(map(_told, page.entries)), b"]}"))
    return _dated(body, page)


def versions(page: Page) -> Response:
    """The versions of one object (section 5.8.1), in the order in which they were added."""
    if not page.entries:
        return Response(b"{}", media_type=MEDIA_TYPE)
    listed = b",".join(b'"%s"' % shown(entry.version).encode() for entry in page.entries)
    body = _head(page) + b'"versions":[' + listed + b"]}"
    return _dated(body, page)


def not_allowed(methods: Iterable[str]) -> Response:
    """The answer to a method that a path doesn't take, with those that it does (RFC 9110, section 15.5.6).

    Where GET is answered, the portal answers HEAD, too.
    """
    found = set(methods)
    taken = ", ".join(sorted(found | {"HEAD"} if "GET" in found else found))
    document = {"title": "Method Not Allowed.", "description": f"It is asked by {taken}.", "http_status": "405"}
    answer = resource(document, status=405)
    answer.headers["Allow"] = taken
    return answer


def refusal(error: KeptError) -> Response:
    """An error as TAXII's error message, with its status."""
    status, headers = _status(error), waiting(error)
    if status == 401:
        headers["WWW-Authenticate"] = CHALLENGE
    document = {
        "title": error.message,
        "description": error.hint or error.message,
        "error_code": error.code,
        "http_status": str(status),
    }
    answer = resource(document, status=status)
    answer.headers.update(headers)
    return answer


def _status(error: KeptError) -> int:
    if isinstance(error, StrangerError):
        return 401
    return 406 if isinstance(error, NotAcceptableError) else status_of(error)


def _head(page: Page) -> bytes:
    if not page.more:
        return b"{"
    return b'{"more":true,"next":"%s",' % next_of(page.entries[-1].number).encode()


def _told(entry: Entry) -> bytes:
    return b'{"id":"%s","date_added":"%s","version":"%s","media_type":"%s"}' % (
        entry.object.encode(),
        stamped(entry.number).encode(),
        shown(entry.version).encode(),
        STIX.encode(),
    )


class _Spelt(bytes):
    """The name of a header that goes out as it is spelt: uvicorn would make it small, and some clients compare."""

    def lower(self) -> bytes:
        return self


def _dated(body: bytes, page: Page) -> Response:
    """The answer, with when its first and last object were added; spelt as the standard spells them."""
    answer = Response(body, media_type=MEDIA_TYPE)
    if page.entries:
        answer.raw_headers += [
            (_Spelt(b"X-TAXII-Date-Added-First"), stamped(page.entries[0].number).encode()),
            (_Spelt(b"X-TAXII-Date-Added-Last"), stamped(page.entries[-1].number).encode()),
        ]
    return answer
