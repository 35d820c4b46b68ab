"""What a document is made of: sections of texts, lists, tables and charts, before any format sets them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

ColumnKind = Literal["text", "number", "code", "state", "lines", "statements"]
Cell = str | tuple[str, ...] | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading below the section's own."""

    text: str
    kind: Literal["heading"] = "heading"


@dataclass(frozen=True, slots=True)
class Statements:
    """Words, and the indices of the statements that bear them out."""

    text: str
    indices: tuple[int, ...]
    kind: Literal["statements"] = "statements"


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of remarks."""

    items: tuple[str, ...]
    kind: Literal["bullets"] = "bullets"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, and its share of the line; cells hold a text, or lines, or the indices of statements."""

    title: str
    width: float = 1.0
    kind: ColumnKind = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headed columns; `marked` are the rows that stand out."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    marked: tuple[int, ...] = ()
    kind: Literal["table"] = "table"


@dataclass(frozen=True, slots=True)
class Bar:
    """A rate, where one is known, with its interval, each from 0 to 1, and the words beside it."""

    name: str
    low: float
    value: float | None
    high: float
    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """Intervals under one another; `alt` says in words what the eye sees."""

    alt: str
    bars: tuple[Bar, ...]
    kind: Literal["chart"] = "chart"


Block = Text | Statements | Heading | Bullets | Table | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the document under a heading of its own."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document: `facts` are the lines below its title; `statements` says how many can be linked to."""

    title: str
    organisation: str
    as_of: str
    generator: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    statements: int

    @property
    def lines(self) -> int:
        """How many rows of tables and other blocks it has: what it costs to set it grows with them."""
        blocks = [block for section in self.sections for block in section.blocks]
        return len(blocks) + sum(len(block.rows) for block in blocks if isinstance(block, Table))

    def plain(self) -> Mapping[str, Any]:
        """The document as plain JSON values."""
        return asdict(self)
