"""What was promised, and how it stands."""

from collections.abc import Iterator, Mapping
from typing import Any

from kept.practices.reporting.methods.blocks import Block, Column, Heading, Table, Text

Report = Mapping[str, Any]
Names = Mapping[str, str]
ORGANISATION = "The organisation"


def glance(report: Report, names: Names) -> Iterator[Block]:
    """What this document is, and the counts that a reader asks for first."""
    derived = report["derived"]
    yield Text(
        "This document is a copy for reading and keeping. It was made from report.json, which stands beside it; the "
        "signed manifest binds the bytes of both. What a verifier computes again are the figures of report.json and of "
        "index.html, not the ones here: where they differ, those count."
    )
    for model in dict.fromkeys(status["model"] for status in derived["statuses"]):
        states = [status["state"] for status in derived["statuses"] if status["model"] == model]
        told = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
        yield Text(f"{names.get(model, ORGANISATION)}: of {len(states)} promises, {told}.")
    found = sum(len(campaign["findings"]) for campaign in derived["campaigns"])
    still = [campaign for campaign in derived["campaigns"] if campaign["state"] != "completed"]
    yield Text(
        f"Weaknesses found: {found}. Campaigns that were not completed: {len(still)}. Missing evidence never improves "
        "a status, and an attempt that could not be judged never counts as resisted."
    )


def promises(report: Report) -> Iterator[Block]:
    """The promises themselves, in the words of the catalog."""
    sources = {source["id"]: source for source in report["catalog"]["sources"]}
    yield Text("Summaries in our own words; the sources hold the promises themselves.")
    rows = tuple(
        (
            each["id"],
            each["title"],
            each["summary"],
            f"{sources[each['source']]['title']}, {sources[each['source']]['date']}",
        )
        for each in report["catalog"]["commitments"]
    )
    yield Table((Column("No.", 0.5), Column("Promise", 1.6), Column("Summary", 4), Column("Source", 1.7)), rows)


def statuses(report: Report, names: Names) -> Iterator[Block]:
    """For each model, the state of each promise and what is missing."""
    derived = report["derived"]
    titles = {each["id"]: each["title"] for each in report["catalog"]["commitments"]}
    yield Text("Each status follows from signed evidence by a published rule.")
    for model in dict.fromkeys(status["model"] for status in derived["statuses"]):
        yield Heading(names.get(model, ORGANISATION))
        rows = tuple(
            (
                each["commitment"],
                titles.get(each["commitment"], ""),
                each["state"],
                tuple(each["missing"]),
                tuple(each["evidence"]),
            )
            for each in derived["statuses"]
            if each["model"] == model
        )
        columns = (
            Column("No.", 0.5), Column("Promise", 1.6), Column("Status", 0.9, "state"),
            Column("What is missing", 4, "lines"), Column("Evidence", 0.9, "statements"),
        )  # fmt: skip
        yield Table(columns, rows)
