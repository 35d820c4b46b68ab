"""How a reader checks the report, and the statements that it rests on."""

from collections.abc import Iterator, Mapping
from typing import Any

from kept.practices.reporting.methods.blocks import Block, Bullets, Column, Table, Text
from kept.practices.reporting.methods.listing import listing

Report = Mapping[str, Any]


def checking(report: Report) -> Iterator[Block]:
    """What can be checked, how, and what a check proves."""
    yield Text(
        "This document stands in a folder with report.json, index.html, verify.html and manifest.json. Anyone can "
        "check the folder, offline: by kept verify FOLDER --trust trust.json, or in a browser with verify.html. The "
        "trust file says whose signatures count, and must come to its reader by another way than the report."
    )
    yield Bullets(
        (
            "Checked are the signed manifest over every file, the log's checkpoint and its witnesses, the inclusion "
            "and the signatures of every statement, and that no campaign and no entry was left out.",
            "Computed again from the published outcomes are every estimate, weakness, gap, status and claim.",
            "Not computed again is this document: the manifest binds its bytes, and kept reporting copies FOLDER makes "
            "it anew and compares.",
            "A signature proves who said what, and witnesses bound when. Neither proves that it is true: each claim "
            "says whether its provider measured it alone (self), an outside tester signed it with their own "
            "organisation's key (third party), or it was reproduced.",
        )
    )
    log = report["log"]
    yield Text(f"The log is {log['origin']}, of {log['size']:,} entries. Its signed checkpoint:")
    yield Table((Column("Checkpoint", 1, "code"),), tuple((line,) for line in log["checkpoint"].splitlines() if line))


def statements(report: Report) -> Iterator[Block]:
    """Every entry of the log."""
    if not report["statements"]:
        yield Text("The log held none.")
        return
    yield Text("Every entry of the log, with the first digits of its salted digest; report.json holds them whole.")
    names = {model["id"]: model["name"] for model in report["derived"]["models"]}
    rows = tuple(
        ((each.index,), each.kind, names.get(each.model, each.model), each.digest[:16], each.state)
        for each in listing(report)
    )
    columns = (
        Column("Index", 0.6, "statements"), Column("Kind", 1.6), Column("Model", 2), Column("Digest", 1.6, "code"),
        Column("State", 1.2),
    )  # fmt: skip
    yield Table(columns, rows)
