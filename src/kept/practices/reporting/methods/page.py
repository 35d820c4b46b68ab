"""What a page shows: the report that it embeds, and the texts of its figures."""

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from kept.core import canonical
from kept.errors import Invalid, Unverified

LIMIT = 256 * 1024 * 1024
EMBEDDED = "kept-report"
UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})


def check(page: bytes, *, encoded: bytes, figures: Mapping[str, Any]) -> int:
    """Check that the page embeds exactly the report `encoded` and shows exactly `figures`; how many it shows.

    Raises Unverified, naming the figure, and Invalid when the page is no UTF-8 text.
    """
    try:
        text = page.decode()
    except UnicodeDecodeError as error:
        raise Invalid(f"index.html is not UTF-8 at byte {error.start}.", code="report.page") from error
    reader = _Reader()
    reader.feed(text)
    reader.close()
    if len(reader.embedded) != 1:
        raise Unverified(f"index.html embeds {len(reader.embedded)} reports instead of one.", code="report.page")
    _check_embedded(reader.embedded[0], encoded)
    for key, shown in reader.figures:
        if key not in figures:
            raise Unverified(
                f"index.html shows a figure {key[:200]!r} that the report doesn't hold.", code="report.page"
            )
        if shown != figures[key]:
            raise Unverified(
                f"index.html shows {str(shown)[:60]!r} for {key[:200]}, which is {figures[key]!r}.", code="report.page"
            )
    absent = set(figures) - {key for key, _ in reader.figures}
    if absent:
        raise Unverified(f"index.html leaves out the figure {min(absent)}.", code="report.page")
    return len(reader.figures)


def escape(json_text: str) -> str:
    """JSON that can stand inside a script element: it can't end the element, nor start a comment or a line."""
    for character, replacement in UNSAFE.items():
        json_text = json_text.replace(character, replacement)
    return json_text


def _check_embedded(embedded: str, encoded: bytes) -> None:
    if embedded == escape(encoded.decode()):
        return
    found = canonical.decode(embedded.encode(), limit=LIMIT, what="The report embedded in index.html")
    if found != canonical.decode(encoded, limit=LIMIT, what="report.json"):
        raise Unverified("The report embedded in index.html is not report.json.", code="report.page")


class _Reader(HTMLParser):
    """Collects embedded reports and figures; a figure that holds another element has no text (None)."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.embedded: list[str] = []
        self.figures: list[tuple[str, str | None]] = []
        self._figure: tuple[str, str] | None = None
        self._text: list[str] = []
        self._in_report = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._figure is not None:
            self.figures.append((self._figure[1], None))
            self._figure = None
        found = dict(attrs)
        if tag == "script" and found.get("id") == EMBEDDED:
            self._in_report, self._text = True, []
        key = found.get("data-figure")
        if key is not None:
            self._figure, self._text = (tag, key), []
            if tag in VOID:
                self._close()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # A browser ignores the slash, so the element stays open there too.
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._in_report and tag == "script":
            self.embedded.append("".join(self._text))
            self._in_report = False
        if self._figure is not None:
            if tag == self._figure[0]:
                self._close()
            else:
                self.figures.append((self._figure[1], None))
                self._figure = None

    def handle_data(self, data: str) -> None:
        if self._in_report or self._figure is not None:
            self._text.append(data)

    def _close(self) -> None:
        if self._figure is not None:
            self.figures.append((self._figure[1], "".join(self._text)))
            self._figure = None
