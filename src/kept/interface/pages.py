"""What every `web.py` shares: errors as answers, bounded bodies, templates, and the reader's language."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from fastapi.responses import JSONResponse

from kept.core.accounts.records import SignInError
from kept.errors import Conflict, Denied, Invalid, KeptError, NotFound, Unavailable, Unverified
from kept.interface.harmless import unturned

if TYPE_CHECKING:
    from fastapi import Request
    from jinja2 import Environment

STATUS: Mapping[type[KeptError], int] = {
    Invalid: 400,
    Denied: 403,
    NotFound: 404,
    Conflict: 409,
    Unverified: 422,
    Unavailable: 503,
}
LANGUAGE_COOKIE = "kept-language"
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
_LANGUAGES = 32
# Of so many callers it is remembered where they are.
_HOSTS = 1024
_DROPPED = 1 << 20


class TooLargeError(Invalid):
    """A body that is longer than is read: 413 rather than 400."""


class MediaTypeError(Invalid):
    """Content of a kind that is not dealt with: 415 rather than 400."""


class MisdirectedError(Invalid):
    """A request to another host than this one: 421 rather than 400."""


class TooOftenError(Denied):
    """More than the caller's allowance gives: 429 rather than 403; `seconds` from now there is enough."""

    def __init__(self, message: str, *, seconds: float, code: str = "", hint: str = "") -> None:
        super().__init__(message, code=code, hint=hint)
        self.seconds = int(seconds) + 1


_NARROWER: Mapping[type[KeptError], int] = {
    SignInError: 401,
    TooLargeError: 413,
    MediaTypeError: 415,
    MisdirectedError: 421,
    TooOftenError: 429,
}


def status_of(error: KeptError) -> int:
    """The HTTP status of an error of one of the six kinds."""
    statuses = {**_NARROWER, **STATUS}
    return next((status for kind, status in statuses.items() if isinstance(error, kind)), 500)


def refusal(error: KeptError, *, headers: Mapping[str, str] | None = None, status: int | None = None) -> JSONResponse:
    """An error as an answer: its code, its message and what to do; `status` where it isn't that of its kind."""
    document = {"code": error.code, "message": error.message, "hint": error.hint}
    return JSONResponse(document, status or status_of(error), headers={**(headers or {}), **waiting(error)})


def waiting(error: KeptError) -> dict[str, str]:
    """The header that tells when to come back, where that is known."""
    return {"Retry-After": str(error.seconds)} if isinstance(error, TooOftenError) else {}


async def body(request: Request, *, limit: int, code: str = "web.body") -> bytes:
    """The body of at most `limit` bytes. Raises TooLargeError, before it is kept where its length is stated."""
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > limit:
        await _dropped(request)
        raise _too_large(limit, code)
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > limit:
            raise _too_large(limit, code)
    return bytes(read)


def is_private(request: Request) -> bool:
    """Whether nobody on the way reads along: it came over HTTPS, or from this machine."""
    return request.scope["scheme"] == "https" or (request.client is not None and is_here(request.client.host))


def check_private(request: Request) -> None:
    """Raises Denied for a page that would cross a network in the clear."""
    if not is_private(request):
        raise Denied(
            "This page is shown over HTTPS or on this machine alone.",
            code="web.clear",
            hint="Put a proxy that speaks HTTPS before it on this machine, or go by ssh -L.",
        )


def language(request: Request, offered: Sequence[str]) -> str:
    """The language to answer in: `?lang=`, what was chosen before, the best of Accept-Language, or the first offered.

    Source: RFC 9110, 12.5.4.
    """
    for chosen in (request.query_params.get("lang", ""), request.cookies.get(LANGUAGE_COOKIE, "")):
        if chosen in offered:
            return chosen
    wanted: list[tuple[float, int, str]] = []
    for at, item in enumerate(request.headers.get("accept-language", "").split(",")[:_LANGUAGES]):
        tag, _, quality = item.partition(";q=")
        wanted.append((-_quality(quality), at, tag.strip().partition("-")[0].lower()))
    return next((tag for weight, _, tag in sorted(wanted) if weight < 0 and tag in offered), offered[0])


def direction(tag: str) -> str:
    """ "rtl" for a language that is written from right to left, else "ltr"."""
    return "rtl" if tag in RIGHT_TO_LEFT else "ltr"


@cache
def templates(package: str, *beneath: str) -> Environment:
    """The templates beside a package's modules, and beneath them those of others; an unknown name is an error.

    Values are always escaped.
    """
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=ChoiceLoader([PackageLoader(each) for each in (package, *beneath)]),
        finalize=unturned,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


async def _dropped(request: Request) -> None:
    """Take some of what is not wanted, so that whoever sends little too much is there to hear the answer."""
    left = _DROPPED
    async for chunk in request.stream():
        left -= len(chunk)
        if left <= 0:
            return


@lru_cache(_HOSTS)
def is_here(host: str) -> bool:
    """Whether an address is of this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _quality(text: str) -> float:
    try:
        return min(1.0, max(0.0, float(text))) if text else 1.0
    except ValueError:
        return 0.0


def _too_large(limit: int, code: str) -> TooLargeError:
    return TooLargeError(f"The body has more than {limit} bytes.", code=code, hint="Send a smaller one.")
