"""The report as one PDF file: tagged and archival (PDF/UA-1, PDF/A-2a), set by typst in the fonts it brings along."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from kept.core import canonical
from kept.errors import Unavailable
from kept.practices.reporting.methods.booklet import booklet
from kept.practices.reporting.records import DOCUMENT

FOLDER = Path(__file__).parent / "document"
LONGEST, LONGEST_IN_LISTS = 2000, 400
"""Characters of a paragraph, and of a text in a table or a list; whatever is longer stands whole in report.json."""
MOST_LINES = 8000
"""Rows and paragraphs of one document: setting each takes about 0.3 MB and 3 ms."""
WORD, WORD_IN_LISTS = 40, 24
STEP = 20
MARKS = 8
PARTS_OF_A_TIME = ("year", "month", "day", "hour", "minute", "second")
TIME = "%Y-%m-%dT%H:%M:%SZ"
LONG_WORD, LONG_WORD_IN_LISTS = (re.compile(rf"\S{{{longest + 1},}}") for longest in (WORD, WORD_IN_LISTS))
MANY_MARKS = re.compile(
    rf"([\u0300-\u036f\u0591-\u05c7\u064b-\u0655]{{{MARKS}}})([\u0300-\u036f\u0591-\u05c7\u064b-\u0655]+)"
)
SPACES = re.compile(r"[\s\x1c-\x1f\x85]+")
BREAK = "\u200b"
ISOLATE, END_OF_ISOLATE = "\u2068", "\u2069"
_RIGHT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
RIGHT_TO_LEFT = re.compile(rf"[{_RIGHT}](?:[\s\u200b\u0300-\u036f0-9.,:-]*[{_RIGHT}])*")


class Pdf:
    """report.pdf."""

    def render(self, report: Mapping[str, Any], encoded: bytes) -> Mapping[str, bytes]:
        """The document; the same report gives the same bytes.

        Raises Unavailable where typst isn't installed, and for a report that is too large to be set.
        """
        del encoded
        made = booklet(report)
        if made.lines > MOST_LINES:
            raise Unavailable(
                f"The report has {made.lines} lines; a PDF is set of {MOST_LINES} at most.",
                code="report.pdf-size",
                hint="index.html and report.json hold it whole.",
            )
        document = dict(made.plain())
        moment = datetime.strptime(report["as_of"], TIME).replace(tzinfo=UTC)
        document["date"] = {
            name: getattr(moment, name) for name in ("year", "month", "day", "hour", "minute", "second")
        }
        document["day"] = f"{moment:%Y-%m-%d}"
        document["short"] = document["organisation"]
        for known in (_glyphs(), _plain_glyphs()):
            data = _set(_printable(document, known, LONGEST), moment)
            if data is not None:
                return {DOCUMENT: data}
        raise Unavailable("The report can't be set as a PDF with the fonts that typst brings along.", code="report.pdf")


def _set(document: Any, moment: datetime) -> bytes | None:
    """The PDF, or nothing where the fonts lack a combination of characters."""
    try:
        import typst
    except ModuleNotFoundError as error:
        raise Unavailable(
            "A PDF is set by typst, which isn't installed.", code="report.no-typst", hint="pip install 'kept[reports]'"
        ) from error
    try:
        return typst.compile(
            (FOLDER / "report.typ").read_bytes(),
            ignore_system_fonts=True,
            sys_inputs={"document": canonical.encode(document).decode()},
            format="pdf",
            pdf_standards=["ua-1", "a-2a"],
            timestamp=int(moment.timestamp()),
        )
    except typst.TypstError as error:
        if "could not be displayed" in str(error):
            return None
        raise Unavailable(f"typst can't set the report: {str(error)[:200]}", code="report.pdf") from error


def _printable(value: Any, known: frozenset[str], longest: int) -> Any:
    if isinstance(value, str):
        return printable(value, known, longest=longest)
    if isinstance(value, dict):
        return {key: _printable(inner, known, longest) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        inside = longest if value and isinstance(value[0], dict) else LONGEST_IN_LISTS
        return [_printable(inner, known, inside) for inner in value]
    return value


def printable(text: str, known: frozenset[str] | None = None, *, longest: int = LONGEST) -> str:
    """The text as the fonts can show it: shortened, its long words breakable, any other character as its code point.

    Characters that would turn the direction of what stands around them are among those others.
    """
    if len(text) <= WORD_IN_LISTS and text.isascii() and text.isprintable():
        return text
    known = _glyphs() if known is None else known
    shown = MANY_MARKS.sub(lambda found: f"{found[1]}[and {len(found[2])} more marks]", SPACES.sub(" ", text[:longest]))
    if not known.issuperset(shown):
        shown = "".join(_coded(shown, known))
    shown = (LONG_WORD if longest == LONGEST else LONG_WORD_IN_LISTS).sub(_breakable, shown)
    shown = RIGHT_TO_LEFT.sub(lambda run: f"{ISOLATE}{run[0]}{END_OF_ISOLATE}", shown)
    left = len(text) - longest
    return f"{shown} … ({left:,} more characters are in report.json)" if left > 0 else shown


def _coded(text: str, known: frozenset[str]) -> list[str]:
    found: list[str] = []
    for one in text:
        if one in known:
            found.append(one)
        elif found and found[-1].startswith("[U+"):
            found[-1] = f"{found[-1][:-1]} U+{ord(one):04X}]"
        else:
            found.append(f"[U+{ord(one):04X}]")
    return found


def _breakable(word: re.Match[str]) -> str:
    """The word with a place to break at every few characters, none before a mark that belongs to the one before it."""
    parts: list[str] = []
    for at, one in enumerate(word[0]):
        if at % STEP == 0 and at and not unicodedata.combining(one):
            parts.append(BREAK)
        parts.append(one)
    return "".join(parts)


@cache
def _glyphs() -> frozenset[str]:
    """The characters that the fonts of typst 0.15 have, from their own tables; tests hold it against them."""
    found: set[str] = set()
    for part in (FOLDER / "glyphs.txt").read_text("ascii").split():
        first, _, last = part.partition("-")
        found.update(map(chr, range(int(first, 16), int(last or first, 16) + 1)))
    return frozenset(found)


@cache
def _plain_glyphs() -> frozenset[str]:
    """Latin, Greek and Cyrillic letters, digits and punctuation, which stand alone in every font."""
    return frozenset(one for one in _glyphs() if ord(one) < 0x300 or 0x370 <= ord(one) < 0x483)


PDF = Pdf()
