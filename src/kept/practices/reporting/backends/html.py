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
from kept.core.commitments import catalog, crosswalk, ladder, oscal
from kept.practices.reporting.backends.script import script_of
from kept.practices.reporting.methods.page import escape, pack
from kept.practices.reporting.methods.words import FILTERS, plain
from kept.practices.reporting.records import CATALOG, PAGE, VERIFIER
from kept.predicates.mapping_confirmation import FMTI
from kept.predicates.schemas import schemas

FOLDER = Path(__file__).parent / "page"
TEMPLATE = "index.html.j2"
KIND = re.compile(r"^.*/([a-z0-9-]+)/v[0-9]+", re.DOTALL)


class Html:
    """index.html and verify.html."""

    def render(self, report: Mapping[str, Any], encoded: bytes) -> Mapping[str, bytes]:
        """index.html, which embeds the report, and verify.html, which depends on this release alone."""
        page = _environment().get_template(TEMPLATE)
        embedded = Markup(pack(encoded))  # noqa: S704  (base64)
        asked = {"kinds": _kinds(report), "questions": _questions()}
        text = page.render(report=report, embedded=embedded, **asked, **_assets())
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
    embedded = Markup(escape(canonical.encode(release).decode()))  # noqa: S704  (it can't end its element)
    return page.render(generator=generator, release=embedded, **_assets()).encode()


@cache
def _questions() -> dict[str, str]:
    """What each item that a report answers is called, by its id."""
    items = [item for framework in crosswalk.frameworks() if framework.id == FMTI for item in framework.items]
    promises = {each.id: each.title for each in catalog.load()}
    return {item.id: item.name for item in items} | promises


def _kinds(report: Mapping[str, Any]) -> list[str]:
    """What each statement is, in words, from the type that its entry names."""
    entries = (json.loads(base64.b64decode(entry)) for entry in report["log"]["entries"])
    return [KIND.sub(r"\1", str(entry["predicate"])).replace("-", " ") for entry in entries]


class _Page(Environment):
    """Looks up members only, as a browser does: no method of a value, and twice as fast."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The member of a mapping; for what a loop says of itself, its attribute."""
        try:
            return obj[attribute]
        except (TypeError, LookupError):
            return super().getattr(obj, attribute)


@cache
def _environment() -> Environment:
    environment = _Page(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=plain,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    length, replace = environment.filters["length"], environment.filters["replace"]
    environment.filters = {"length": length, "replace": replace, **FILTERS}
    return environment


@cache
def _assets() -> dict[str, str]:
    style = (FOLDER / "style.css").read_text("utf-8")
    parts = [part.read_text("utf-8") for part in sorted((FOLDER / "verifier").glob("*.js"))]
    parts.append(f"const QUESTIONS = {escape(canonical.encode(_questions()).decode())};")
    parts.append(f"const MEASURES = {escape(canonical.encode(ladder.document()).decode())};")
    parts.append(f"const SCHEMAS = {escape(canonical.encode(schemas()).decode())};")
    parts.append(script_of(_environment(), TEMPLATE, called="renderPage"))
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
