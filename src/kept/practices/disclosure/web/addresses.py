"""Where the room's pages stand, and the package that holds their templates, scripts and words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from kept.interface.portal import address
from kept.interface.portal.words import FRAME

PACKAGE = "kept.practices.disclosure.web"
ROOT = "/disclosure"
STYLES = ("disclosure.css",)


def scripts() -> Mapping[str, str]:
    """Where the scripts stand that a page's own script loads."""
    own = {name: address(PACKAGE, f"{name}.js") for name in ("age", "bundles", "refusing", "sealing", "work")}
    return {**own, "writing": address(FRAME, "writing.js")}


def texts(**values: Any) -> dict[str, Any]:
    """What every page of the room is given."""
    return {"root": ROOT, "asset": scripts(), "styles": STYLES, **values}


def loading(*names: str, live: bool = True) -> dict[str, Any]:
    """What a page of a part of the room is given, whose scripts stand with those of the room; `live` is by htmx."""
    return {"scripts": names, "styles": STYLES, "static": partial(address, PACKAGE), "live": live}
