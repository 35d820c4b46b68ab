"""The report as one page, and the verifier as one file: templates of `page/`, filled deterministically."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from kept.core import canonical
from kept.core.commitments import catalog, oscal
from kept.practices.reporting.methods.page import escape
from kept.practices.reporting.records import CATALOG, PAGE, VERIFIER

FOLDER = Path(__file__).parent / "page"
KIND = re.compile(r".*/([a-z0-9-]+)/v[0-9]+")


class Html:
    """index.html and verify.html."""

    def render(self, report: Mapping[str, Any], encoded: bytes) -> Mapping[str, bytes]:
        """index.html, which embeds the report, and verify.html, which depends on this release alone."""
        texts = report["derived"]["figures"]

        def figure(key: str, element: str = "span") -> Markup:
            return Markup('<{0} data-figure="{1}">{2}</{0}>').format(element, key, texts[key])

        page = _environment().get_template("index.html.j2")
        text = page.render(
            report=report, figure=figure, kinds=_kinds(report), embedded=_embedded(encoded.decode()), **_assets()
        )
        return {PAGE: text.encode(), VERIFIER: verifier_page(str(report["generator"]))}


def verifier_page(generator: str) -> bytes:
    """verify.html: the verifier alone, and what its release makes alike for every report."""
    own = catalog.document()
    oscal_digest = hashlib.sha256(canonical.encode(oscal.catalog())).hexdigest()
    release = {
        "catalogs": {str(own["version"]): own["digest"]},
        "files": {CATALOG: oscal_digest},
        "generator": generator,
    }
    page = _environment().get_template("verify.html.j2")
    return page.render(generator=generator, release=_embedded(canonical.encode(release).decode()), **_assets()).encode()


def _kinds(report: Mapping[str, Any]) -> list[str]:
    """What each statement is, in words, from the type that its entry names."""
    entries = (json.loads(base64.b64decode(entry)) for entry in report["log"]["entries"])
    return [KIND.sub(r"\1", str(entry["predicate"])).replace("-", " ") for entry in entries]


def _embedded(json_text: str) -> Markup:
    return Markup(escape(json_text))  # noqa: S704  (every character that HTML gives a meaning to is escaped)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _assets() -> dict[str, str]:
    style = (FOLDER / "style.css").read_text("utf-8")
    parts = (part.read_text("utf-8") for part in sorted((FOLDER / "verifier").glob("*.js")))
    script = "(() => {\n" + "\n".join(parts) + "\n})();"
    policy = (
        "default-src 'none'; "
        f"script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    # These files ship with the package; none holds anything of a report.
    return {"style": Markup(style), "script": Markup(script), "csp": policy}  # noqa: S704


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


HTML = Html()
