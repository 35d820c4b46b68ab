"""The frame around a page: its language, who visits, and where its files stand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse

from kept.interface.pages import LANGUAGE_COOKIE, direction, language, templates
from kept.interface.portal import places
from kept.interface.portal.refilling import TYPED, refilled
from kept.interface.portal.static_files import address
from kept.interface.portal.visiting import SETTLED, visitor
from kept.interface.portal.words import FRAME, LANGUAGES, languages, words
from kept.interface.portal.writing import day, moment, money, number

if TYPE_CHECKING:
    from fastapi import Request
    from jinja2 import Template

# Nothing evaluated, nothing inline, nothing fetched from elsewhere or kept; an answer that refuses is shown, too.
HTMX = json.dumps(
    {
        "allowEval": False,
        "allowScriptTags": False,
        "historyCacheSize": 0,
        "includeIndicatorStyles": False,
        "responseHandling": [{"code": "204", "swap": False}, {"code": "[2345]..", "swap": True}],
        "selfRequestsOnly": True,
    }
)
_YEAR = 365 * 86_400
_REFUSED = 400
_ASKED = ("GET", "HEAD")
PRIVATE: Mapping[str, str] = {"Cache-Control": "no-store", "Vary": "Cookie, Accept-Language"}
# A reader's own browser may keep it, and asks each time whether it is still so.
ASKED_AGAIN: Mapping[str, str] = {**PRIVATE, "Cache-Control": "private, no-cache"}


def page(
    request: Request,
    package: str,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    public: bool = False,
    settled: bool = False,
    **values: Any,
) -> HTMLResponse:
    """A page from a template of `package`, which extends "layout.html.j2" and fills its blocks `title` and `main`.

    It has `visitor`, `t` (the words in the reader's language, of those that the package speaks), `organisation`,
    `static` (the address of a file of the package), `day`, `moment`, `number` and `money`, which write as the language
    does, and `values`; among them `scripts` and `styles` are names of static files that the page loads, and `live`
    loads htmx. A page that says what was wrong with a form has in it what was typed. One that is `settled` says nothing
    but what the store, the second, the address and the visitor tell: while all of them stay, it isn't made anew. So is
    one that is `public`, which has no form and says the same to everyone: the browser of someone who hasn't signed in
    may keep it.
    """
    tag = language(request, languages(package))
    made = _template(package, template).render(_around(request, package, tag) | values)
    # A form that was handed to nobody is theirs alone, and has said so by now.
    request.scope.setdefault(SETTLED, settled or public)
    if status >= _REFUSED and (typed := request.scope.get(TYPED)):
        made = refilled(made, request.url.path, typed)
    kept = ASKED_AGAIN if public and not visitor(request).account else PRIVATE
    answer = HTMLResponse(made, status, headers={**kept, **(headers or {})})
    if request.query_params.get("lang") == tag:
        answer.set_cookie(LANGUAGE_COOKIE, tag, max_age=_YEAR, path="/", httponly=True, samesite="lax")
    return answer


def _around(request: Request, package: str, tag: str) -> dict[str, Any]:
    visiting, told = visitor(request), words(tag, package)
    head = places.head(request.app, visiting, told)
    return {
        "visitor": visiting,
        "t": told,
        "organisation": request.app.state.organisation,
        # Within a sentence of another direction, a name keeps its own.
        "isolated": f"\u2068{request.app.state.organisation}\u2069",
        "path": request.url.path,
        "day": partial(day, tag),
        "moment": partial(moment, tag),
        "number": partial(number, tag),
        "money": partial(money, tag),
        "language": tag,
        "languages": _others(request, tag, languages(package)),
        "called": LANGUAGES[tag],
        "direction": direction(tag),
        "static": partial(address, package),
        "frame": partial(address, FRAME),
        "places": head,
        "current": places.current(head, request.url.path),
        "beneath": places.beneath(request.app, told),
        "scripts": (),
        "styles": (),
        "live": False,
        "htmx": HTMX,
    }


def _others(request: Request, tag: str, offered: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    """What each language that isn't `tag` is called, and where the same page stands in it.

    What answers a form stands nowhere, and what was typed would be lost.
    """
    if request.method not in _ASKED:
        return {}
    kept = urlencode([pair for pair in request.query_params.multi_items() if pair[0] != "lang"])
    start = f"?{kept}&lang=" if kept else "?lang="
    return {each: (LANGUAGES[each], start + each) for each in offered if each != tag}


@cache
def _template(package: str, name: str) -> Template:
    return templates(package, FRAME).get_template(name)
