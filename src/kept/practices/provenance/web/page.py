"""The check page: what people see, in their language, with and without JavaScript."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from kept.errors import Invalid, KeptError, Unavailable
from kept.interface.pages import MediaTypeError, TooLargeError, TooOftenError, language, status_of, waiting
from kept.interface.portal import page
from kept.practices.provenance.web.answer import PublicVerdict, kind
from kept.practices.provenance.web.words import LANGUAGES

if TYPE_CHECKING:
    from kept.practices.provenance.web.checking import Checker

PACKAGE = "kept.practices.provenance.web"
PRIVATE = {"Cache-Control": "no-store", "Vary": "Accept-Language"}
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
    """GET and POST `/`."""

    @routes.get("/", include_in_schema=False)
    def shown(request: Request) -> HTMLResponse:
        return _rendered(request, checker)

    @routes.post("/", include_in_schema=False)
    async def checked(request: Request) -> HTMLResponse:
        try:
            verdict = await checker.check(request)
        except KeptError as error:
            return _rendered(request, checker, error=error)
        return _rendered(request, checker, verdict=verdict)


def _rendered(
    request: Request, checker: Checker, *, verdict: PublicVerdict | None = None, error: KeptError | None = None
) -> HTMLResponse:
    words = checker.words(language(request, LANGUAGES))
    return page(
        request,
        PACKAGE,
        "check.html.j2",
        status=status_of(error) if error else 200,
        headers=waiting(error) if error else None,
        settled=True,
        styles=("check.css",),
        scripts=("check.js",),
        limit=checker.limit,
        words=words,
        answer=_verdict(verdict) if verdict else _error(error, words) if error else None,
        verdict=verdict,
        said=SAID.get(verdict.verdict, ()) if verdict else (),
        why=error.message if error else "",
    )


def _verdict(verdict: PublicVerdict) -> Answer:
    name = kind(verdict.verdict, verdict.origin)
    return Answer(name, TONES[name], f"{name}.svg", verdict.title, verdict.text)


def _error(error: KeptError, words: dict[str, Any]) -> Answer:
    told = "missing" if error.code == "check.missing" else next(w for k, w in _TOLD if isinstance(error, k))
    return Answer("error", "grey", "error.svg", words["errors"]["title"], words["errors"][told])
