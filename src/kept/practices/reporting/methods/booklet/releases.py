"""One release held against the other: the same prompts, asked of both."""

from collections.abc import Iterator, Mapping
from typing import Any

from kept.practices.reporting.methods.blocks import Block, Column, Heading, Statements, Table, Text
from kept.practices.reporting.methods.booklet.results import on, spaced
from kept.practices.reporting.methods.words import count, level, points

Report = Mapping[str, Any]
Names = Mapping[str, str]


def comparisons(derived: Report, names: Names) -> Iterator[Block]:
    """Each comparison with its differences, regressions and deviations, and what was meant and has not followed."""
    yield Text(
        "A difference above zero means that more attacks succeeded in the later release. Regressions are named at a "
        "stated rate of false discovery."
    )
    if not derived["comparisons"]:
        yield Text("No two releases were compared.")
    for each in derived["comparisons"]:
        yield from _comparison(each, names)
    waiting = [each for each in derived["preregistrations"] if not each["followed_by"]]
    for each in waiting:
        yield Text(f"Preregistered, {on(each['issued'])}, and nothing has followed yet: {each['title']}")


def _comparison(each: Report, names: Names) -> Iterator[Block]:
    before, after = (names.get(each[run]["model"], each[run]["model"]) for run in ("before", "after"))
    yield Heading(f"{before}, and {after} after it")
    yield Text(f"Compared {on(each['issued'])}; {each['state']}. Assurance: {each['assurance']}.")
    if each["domains"]:
        columns = (
            Column("Domain", 1.4), Column("Difference, points", 1.2, "number"), Column("Interval", 1.5, "number"),
            Column("Level", 0.7, "number"), Column("n", 0.7, "number"), Column("Method", 1.8),
            Column("Worse", 0.7, "number"), Column("Better", 0.7, "number"),
        )  # fmt: skip
        yield Table(columns, tuple(_domain(domain) for domain in each["domains"]))
    worse = [_regression(cell) for cell in each["regressions"]]
    if worse:
        yield Text(f"Regressions: {'; '.join(worse)}.")
    elif each["domains"]:
        rate = level(each["analysis"]["false_discovery"])
        yield Text(f"No regression in {count(each['cells'])} cells, at a rate of false discovery of {rate}.")
    deviations = ", ".join(f"{one['what']} ({one['of']})" for one in each["deviations"]) or "none"
    registered = each["preregistration"] is not None
    yield Text(f"Preregistered; deviations: {deviations}." if registered else "Not preregistered.")
    indices = (each["before"]["result"], each["after"]["result"], each["preregistration"], each["index"])
    yield Statements("Evidence: ", tuple(index for index in indices if index is not None))


def _domain(domain: Report) -> tuple[str, ...]:
    difference = domain["difference"]
    return (
        spaced(domain["domain"]),
        points(difference["value"]),
        _interval(difference),
        level(difference["level"]),
        count(difference["n"]),
        difference["method"],
        count(domain["worse"]),
        count(domain["better"]),
    )


def _regression(cell: Report) -> str:
    where, difference = ", ".join((spaced(cell["domain"]), cell["strategy"], cell["language"])), cell["difference"]
    return f"{where} ({points(difference['value'])} points {_interval(difference)}, n = {count(difference['n'])})"


def _interval(difference: Report) -> str:
    return f"[{points(difference['low'])}, {points(difference['high'])}]"
