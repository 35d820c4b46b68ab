"""A console on which nothing foreign moves the cursor, changes colours, or passes for a line of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from kept.interface.harmless import harmless


class CarefulConsole(Console):
    """Makes every text harmless before it is laid out: what is printed is one line, a cell of a table may be more."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print each text as one line."""
        super().print(*(_lined(one) for one in objects), **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """The text in its styles, as `print` and the cells of tables come by it."""
        return super().render_str(harmless(text, keep="\n"), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is painted."""
        return super().render(_safe(renderable, keep="\n") if isinstance(renderable, Text) else renderable, options)


def _lined(one: Any) -> Any:
    if isinstance(one, str):
        return harmless(one)
    return _safe(one) if isinstance(one, Text) else one


def _safe(text: Text, *, keep: str = "") -> Text:
    plain = harmless(text.plain, keep=keep)
    if plain == text.plain:
        return text
    # Its spans no longer fit, and who sends such a text has no claim to colours.
    return Text(plain, style=text.style, justify=text.justify, overflow=text.overflow, no_wrap=text.no_wrap)
