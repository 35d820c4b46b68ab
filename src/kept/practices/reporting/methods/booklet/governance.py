"""What was released, what was written about it, and what outsiders found."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kept.practices.reporting.methods.blocks import Block, Column, Heading, Statements, Table, Text
from kept.practices.reporting.methods.booklet.results import spaced
from kept.practices.reporting.methods.words import count, day, paragraphs

Report = Mapping[str, Any]
Rows = Sequence[Mapping[str, Any]]
Names = Mapping[str, str]
ORGANISATION = "For the whole organisation"


def releases(derived: Report, names: Names) -> Iterator[Block]:
    """The release register, and what of it is due."""
    held = derived["register"]
    yield Text(
        f"Major releases: {count(held['major'])}; reported on: {count(held['reported'])}; tested: "
        f"{count(held['assessed'])}. A release that can't be read counts as a major one."
    )
    if held["releases"]:
        columns = (
            Column("Model", 2), Column("Version", 1.2), Column("Released", 1), Column("Major", 0.6),
            Column("State", 1), Column("Report", 0.9, "statements"), Column("Test", 0.9, "statements"),
            Column("Entry", 0.7, "statements"),
        )  # fmt: skip
        yield Table(columns, tuple(_release(each, names) for each in held["releases"]))
    yield from _missed(held["due"], names)


def _missed(due: Rows, names: Names) -> Iterator[Block]:
    late = [each for each in due if each["missed"]]
    if not late:
        return
    yield Heading("Missed")
    columns = (Column("Model", 2), Column("What", 2), Column("Due", 1), Column("Release", 1, "statements"))
    rows = tuple(
        (
            names.get(each["model"], each["model"]),
            each["requirement"] or each["what"],
            each["due"] or "never met",
            _some(each["release"]),
        )
        for each in late
    )
    yield Table(columns, rows)


def _release(each: Report, names: Names) -> tuple[str | tuple[int, ...], ...]:
    return (
        each["name"] or names.get(each["model"], each["model"]),
        each["version"] or "unknown",
        each["date"] or "unknown",
        "yes" if each["major"] else "no",
        each["state"],
        _some(each["report"]),
        _some(each["assessment"]),
        _some(each["index"]),
    )


def written(derived: Report, names: Names) -> Iterator[Block]:
    """Every written part that stands, word for word, and the sections that nobody wrote."""
    for each in derived["sections"]:
        yield Heading(names.get(each["model"], ORGANISATION))
        for section in each["sections"]:
            part = section["part"]
            if part is None or part["text"] is None or part["model"] != each["model"]:
                continue
            yield Text(
                f"{spaced(section['section']).capitalize()}, by {part['author']} ({part['role']}), "
                f"{day(part['date'])}{'' if section['bound'] else '; no release report binds it'}."
            )
            yield from map(Text, paragraphs(part["text"]))
            yield Statements("Evidence: ", (part["index"],))
        if each["missing"]:
            yield Text(f"Not written, or withheld: {', '.join(map(spaced, each['missing']))}.")


def studies(derived: Report, names: Names) -> Iterator[Block]:
    """What outsiders and studies reported, by kind."""
    if not derived["studies"]:
        yield Text("None was recorded.")
        return
    columns = (
        Column("Kind", 1.5), Column("Model", 2), Column("Domain", 1.2), Column("Assurance", 1),
        Column("Entry", 0.7, "statements"),
    )  # fmt: skip
    rows = tuple(
        (
            spaced(each["predicate"].rsplit("/", 2)[-2]),
            names.get(each["model"], each["model"]),
            spaced(each["domain"]),
            each["assurance"],
            (each["index"],),
        )
        for each in derived["studies"]
    )
    yield Table(columns, rows)


def _some(index: int | None) -> tuple[int, ...]:
    return () if index is None else (index,)
