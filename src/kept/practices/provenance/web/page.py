"""The check page: what people see, in their language, with and without JavaScript."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from kept.errors import Invalid, KeptError, NotFound, Unavailable
from kept.interface.pages import (
    MediaTypeError,
    TooLargeError,
    TooOftenError,
    direction,
    language,
    status_of,
    templates,
    waiting,
)
from kept.practices.provenance.web.answer import PublicVerdict, kind
from kept.practices.provenance.web.words import LANGUAGES, names

if TYPE_CHECKING:
    from kept.practices.provenance.web.checking import Checker

TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
PRIVATE = {"Cache-Control": "no-store", "Vary": "Accept-Language"}
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
TONES = {
    "trusted-manifest-ours": "accent",
    "recovered-ours": "accent",
    "trusted-manifest-other": "teal",
    "trusted-manifest-unknown": "amber",
    "fingerprint-only-ours": "amber",
    "tampered-ours": "amber",
    "copied-mark-unknown": "red",
    "tampered-unknown": "red",
    "none-unknown": "grey",
}
# Conflicts that the verdict itself is about.
SAID = {"copied-mark": ("copied-mark",), "tampered": ("broken-manifest",)}
# What people are told of an error; its own words, in English, stand below. The first that fits is told.
_TOLD: tuple[tuple[type[KeptError], str], ...] = (
    (TooOftenError, "often"),
    (TooLargeError, "large"),
    (MediaTypeError, "kind"),
    (Invalid, "unreadable"),
    (Unavailable, "busy"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What stands at the top of a result: `kind` names it, `picture` is a static file."""

    kind: str
    tone: str
    picture: str
    title: str
    text: str


def add_page(routes: APIRouter, checker: Checker) -> None:
    """GET and POST `/`, and the static files."""

    @routes.get("/", include_in_schema=False)
    def page(request: Request) -> HTMLResponse:
        return _rendered(request, checker)

    @routes.post("/", include_in_schema=False)
    async def checked(request: Request) -> HTMLResponse:
        try:
            verdict = await checker.check(request)
        except KeptError as error:
            return _rendered(request, checker, error=error)
        return _rendered(request, checker, verdict=verdict)

    @routes.get("/static/{digest}/{name}", include_in_schema=False)
    def static(digest: str, name: str) -> Response:
        data, own = asset(name)
        if digest != own:
            raise NotFound(f"There is no file {name[:80]!r} of that digest.", code="web.static")
        return Response(data, media_type=TYPES[f".{name.rpartition('.')[2]}"], headers=FOREVER)


def asset(name: str) -> tuple[bytes, str]:
    """A static file of the page and its digest, which stands in its address. Raises NotFound."""
    found = _assets().get(name)
    if found is None:
        raise NotFound(f"There is no file {name[:80]!r}.", code="web.static")
    return found


@cache
def _assets() -> dict[str, tuple[bytes, str]]:
    folder = files(__package__) / "static"
    read = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    return {name: (data, hashlib.sha256(data).hexdigest()[:16]) for name, data in read.items()}


def address(name: str) -> str:
    """Where a static file stands, seen from the page."""
    return f"static/{asset(name)[1]}/{name}"


def _rendered(
    request: Request, checker: Checker, *, verdict: PublicVerdict | None = None, error: KeptError | None = None
) -> HTMLResponse:
    chosen = language(request, LANGUAGES)
    words = checker.words(chosen)
    values = {
        "language": chosen,
        "direction": direction(chosen),
        "languages": names(),
        "organisation": checker.organisation,
        "limit": checker.limit,
        "path": request.url.path,
        "words": words,
        "static": address,
        "answer": _verdict(verdict) if verdict else _error(error, words) if error else None,
        "verdict": verdict,
        "said": SAID.get(verdict.verdict, ()) if verdict else (),
        "why": error.message if error else "",
    }
    document = templates(__package__).get_template("check.html.j2").render(values)
    headers = {**PRIVATE, **(waiting(error) if error else {})}
    return HTMLResponse(document, status_of(error) if error else 200, headers=headers)


def _verdict(verdict: PublicVerdict) -> Answer:
    name = kind(verdict.verdict, verdict.origin)
    return Answer(name, TONES[name], f"{name}.svg", verdict.title, verdict.text)


def _error(error: KeptError, words: dict[str, Any]) -> Answer:
    told = "missing" if error.code == "check.missing" else next(w for k, w in _TOLD if isinstance(error, k))
    return Answer("error", "grey", "error.svg", words["errors"]["title"], words["errors"][told])
