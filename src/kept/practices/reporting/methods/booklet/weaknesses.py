"""What became of the weaknesses that others reported."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kept.practices.reporting.methods.blocks import Block, Column, Statements, Table, Text
from kept.practices.reporting.methods.booklet.results import on
from kept.practices.reporting.methods.booklet.sharing import some, waited
from kept.practices.reporting.methods.words import count, lasting, level, money, percent

Report = Mapping[str, Any]
Names = Mapping[str, str]
MILLION = 1_000_000


def weaknesses(derived: Report, names: Names) -> Iterator[Block]:
    """How reports were handled by the last summary, each replay, and each fix, reward and advisory."""
    records = derived["records"]

    def of_kind(name: str) -> list[Report]:
        return [each for each in records if each["kind"] == f"disclosure-{name}"]

    programmes, summaries, replays = of_kind("programme"), of_kind("summary"), of_kind("replay")
    events = [(each["index"], text) for each in records if (text := _event(each, names))]
    if not (programmes or summaries or replays or events):
        yield Text("No programme takes reports, and none was received.")
        return
    for each in programmes:
        said = each["fields"]
        rewards = "with rewards" if said["rewards"] else "without rewards"
        taking = "takes reports" if said["active"] else "takes no reports"
        yield Text(f"{said['title']}, version {count(said['version'])}: {taking}, {rewards}.")
        yield Statements("Evidence: ", (each["index"],))
    if summaries:
        yield from _handled(summaries[-1])
    if replays:
        yield _replays(replays, names)
    for index, text in events:
        yield Text(text)
        yield Statements("Evidence: ", (index,))


def _handled(each: Report) -> Iterator[Block]:
    said, share = each["fields"], each["fields"]["reproduction"]
    unpublished = said.get("unpublished")
    left = "isn't known" if unpublished is None else count(unpublished)
    yield Text(
        f"From {on(said['since'])} to {on(said['until'])}: {some(said['received'], 'report')}. The same as an older "
        f"one: {count(said['merged'])}; not for the programme: {count(said['out_of_scope'])}; fixed: "
        f"{count(said['fixed'])}; with an advisory: {count(said['published'])}; fixed and not published yet: {left}. "
        f"Open, of any age: {count(said['open'])}; overdue: {count(said['overdue'])}."
    )
    yield Text(f"Median time to acknowledge: {waited(said['time_to_acknowledge'])}.")
    yield Text(f"Median time to fix: {waited(said['time_to_fix'])}.")
    yield Text(
        f"Seen again: {count(said['reproduced'])} of {count(said['decided'])} that were tried, "
        f"{percent(share['value'])} [{percent(share['low'])}, {percent(share['high'])}], {level(share['level'])}. "
        f"Assurance: {each['assurance']}."
    )
    yield Statements("Evidence: ", (each["index"],))


def _replays(replays: Sequence[Report], names: Names) -> Table:
    columns = (
        Column("Replay", 1.6, "code"), Column("Model", 2), Column("State", 1), Column("Attempts", 0.8, "number"),
        Column("At least", 0.9, "number"), Column("Asked for", 0.9, "number"), Column("Seen again", 0.9),
        Column("Entry", 0.7, "statements"),
    )  # fmt: skip
    rows = tuple(
        (
            each["fields"]["replay"],
            names.get(each["model"], each["model"]),
            each["fields"]["state"],
            count(each["fields"]["attempts"]),
            percent(each["fields"]["bound"] / MILLION),
            percent(each["fields"]["threshold"] / MILLION),
            "yes" if each["fields"]["reproduced"] else "no",
            (each["index"],),
        )
        for each in replays
    )
    return Table(columns, rows)


def _event(each: Report, names: Names) -> str:
    """A fix, a reward or an advisory in a line; nothing for any other statement."""
    said, kind = each["fields"], each["kind"]
    if kind == "disclosure-fix":
        where = f"in version {said['version']} of {names.get(each['model'], each['model'])}"
        how = f"by {changed(said['how'])}, {lasting(said['days'])} after the report"
        return f"Fixed {on(each['issued'])}: {said['severity']} severity, {where}, {how}."
    if kind == "disclosure-reward":
        amount = money(said["amount"], said["currency"])
        return (
            f"{said['kind'].capitalize()} {said['state']} {on(each['issued'])}: {amount}, {said['severity']} severity."
        )
    if kind == "disclosure-advisory":
        reports = some(len(said["reports"]), "report")
        return (
            f"Advisory {said['advisory']}, revision {count(said['revision'])}: {said['severity']} severity, {reports}."
        )
    return ""


def changed(how: str) -> str:
    """What was done about a weakness, as a sentence has it behind "by"."""
    if how == "withdrawn":
        return "serving it no more"
    return "a change of the model itself" if how == "model" else f"a change of its {how}"
