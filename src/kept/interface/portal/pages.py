"""The frame around a page: its language, who visits, and where its files stand."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from fastapi.responses import HTMLResponse

from kept.interface.pages import direction
from kept.interface.portal.static_files import address
from kept.interface.portal.visiting import visitor
from kept.interface.portal.words import LANGUAGES, words

if TYPE_CHECKING:
    from fastapi import Request
    from jinja2 import Environment, Template

FRAME = "kept.interface.portal"
PRIVATE: Mapping[str, str] = {"Cache-Control": "no-store", "Vary": "Cookie, Accept-Language"}


def page(
    request: Request,
    package: str,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """A page from a template of `package`, which extends "layout.html.j2" and fills its blocks `title` and `main`.

    It has `visitor`, `t` (the words in the reader's language), `organisation`, `static` (the address of a file of the
    package), and `values`; `scripts` and `styles` among them are names of static files that the page loads.
    """
    visiting = visitor(request)
    told = {
        "visitor": visiting,
        "t": words(visiting.language, package),
        "organisation": request.app.state.organisation,
        "path": request.url.path,
        "language": visiting.language,
        "languages": LANGUAGES,
        "direction": direction(visiting.language),
        "static": partial(address, package),
        "frame": partial(address, FRAME),
        "scripts": (),
        "styles": (),
    }
    return HTMLResponse(
        _template(package, template).render(told | values), status, headers={**PRIVATE, **(headers or {})}
    )


@cache
def _template(package: str, name: str) -> Template:
    return environment(package).get_template(name)


@cache
def environment(package: str) -> Environment:
    """The templates of a package, over those of the frame; values are always escaped, an unknown name is an error."""
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader(FRAME)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
