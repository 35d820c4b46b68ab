"""What was shared with others."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kept.practices.reporting.methods.blocks import Block, Column, Statements, Table, Text
from kept.practices.reporting.methods.booklet.results import on
from kept.practices.reporting.methods.words import count, lasting, level, percent

Report = Mapping[str, Any]
Names = Mapping[str, str]
WHY: Mapping[str, str] = {
    "decided": "people decided not to tell",
    "policy": "this organisation tells no results",
    "abandoned": "the replay was given up before its end",
    "refused": "it can't be replayed",
    "undecided": "nobody has decided yet",
}


def sharing(derived: Report, names: Names) -> Iterator[Block]:
    """The channel, what went out, how fast notices were answered, and what others shared that was tried."""
    shared = derived["sharing"]
    yield from _channel([each for each in derived["records"] if each["kind"] == "sharing-channel"])
    yield from _released(shared["released"])
    yield from _notices(shared["notices"], shared["released"])
    yield from _sightings(shared["sightings"], names)
    if shared["open"]:
        yield Statements("Planned, and without a result: ", tuple(shared["open"]))
    if shared["unreadable"]:
        yield Statements("What these said isn't known any more, and isn't counted: ", tuple(shared["unreadable"]))


def _channel(channels: Sequence[Report]) -> Iterator[Block]:
    if not channels:
        yield Text("No statement says that there is a channel to others.")
        return
    said = channels[-1]["fields"]
    yield Text(
        f"The channel is {'open' if said['active'] else 'closed'}, as of {on(said['issued'])}: {said['standard']} over "
        f"{said['transport']}; {some(said['collections'], 'collection')}, {some(said['partners'], 'partner')}, of whom "
        f"{count(said['silent'])} not heard of lately. Nobody is named."
    )
    yield Statements("Evidence: ", (channels[-1]["index"],))


def _released(released: Report | None) -> Iterator[Block]:
    if released is None:
        yield Text("How many objects went out isn't known: no statement tells it.")
        return
    least = "at least " if len(released["counted"]) > 1 else ""
    yield Text(
        f"From {on(released['since'])} to {on(released['until'])}, {some(released['items'], 'object')} went out, to "
        f"{least}{some(released['recipients'], 'organisation')}; {some(released['received'], 'object')} came from "
        "partners."
    )
    if released["kinds"]:
        columns = (Column("Kind", 2), Column("TLP 2.0", 1.5), Column("Objects", 1, "number"))
        rows = tuple((each["kind"], each["tlp"], count(each["count"])) for each in released["kinds"])
        yield Table(columns, rows)
    if told := [f"{some(each['count'], 'replay')}, since {WHY[each['reason']]}" for each in released["withheld"]]:
        yield Text(f"Not told to the partner who shared a pattern: {'; '.join(told)}.")
    if released["untold"]:
        yield Statements("What was withheld isn't known for the time of: ", tuple(released["untold"]))
    elif not told:
        yield Text("Nothing was withheld from the partner who shared a pattern.")
    yield Statements("Counted: ", tuple(released["counted"]))


def _notices(notices: Sequence[Report], released: Report | None) -> Iterator[Block]:
    if released is None:
        what = "How many notices nobody answered" if notices else "Whether any urgent notice came"
        yield Text(f"{what} isn't known: no statement tells it.")
    elif released["silent"]:
        yield Statements("How many notices nobody answered isn't known for the time of: ", tuple(released["silent"]))
    elif not notices:
        yield Text(f"No urgent notice came from {on(released['since'])} to {on(released['until'])}.")
    if not notices:
        return
    columns = (
        Column("Urgency", 1), Column("Answered", 0.8, "number"), Column("Not answered", 1, "number"),
        Column("In time", 1, "number"), Column("Interval", 1.8, "number"), Column("Median time to answer", 2.6),
        Column("Evidence", 1, "statements"),
    )  # fmt: skip
    rows = tuple(
        (
            each["urgency"],
            count(each["count"]),
            count(each["unanswered"]) + (f", {count(each['late'])} late" if each["late"] else ""),
            percent(each["share"]["value"]) if each["share"]["n"] else "none is due",
            f"[{percent(each['share']['low'])}, {percent(each['share']['high'])}], {level(each['share']['level'])}",
            waited(each["took"]) if each["count"] else "nobody has answered",
            tuple(each["statements"]),
        )
        for each in notices
    )
    yield Table(columns, rows)
    yield Text("In time: of those that were answered or whose time is over. Median: of those that were answered.")


def _sightings(sightings: Sequence[Report], names: Names) -> Iterator[Block]:
    if not sightings:
        yield Text("No pattern of others was tried here.")
        return
    columns = (
        Column("Model", 2), Column("State", 1), Column("Worked", 1.2, "number"), Column("Interval", 1.5, "number"),
        Column("Truly at least", 1.2, "number"), Column("Assurance", 1), Column("Entry", 0.7, "statements"),
    )  # fmt: skip
    rows = tuple(
        (
            names.get(each["model"], each["model"]),
            each["state"],
            "none assessed" if each["value"] is None else percent(each["value"]),
            f"[{percent(each['low'])}, {percent(each['high'])}]",
            "not known" if each["bound"] is None else percent(each["bound"]),
            each["assurance"],
            (each["index"],),
        )
        for each in sightings
    )
    yield Table(columns, rows)


def waited(median: Report) -> str:
    """A median time with its interval, as it is written everywhere."""
    value = "half of them not yet" if median["value"] is None else lasting(median["value"])
    low = lasting(median["low"]) if median["low"] else "0"
    high = "not reached" if median["high"] is None else lasting(median["high"])
    return f"{value} [{low}, {high}], {level(median['level'])}"


def some(number: int, what: str) -> str:
    """How many there are of something whose plural takes an s."""
    return f"{count(number)} {what}{'' if number == 1 else 's'}"
