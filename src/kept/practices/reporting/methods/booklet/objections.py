"""What is kept from the public, what outsiders dispute, and which of the questions asked of providers are answered."""

from collections.abc import Iterator, Mapping
from typing import Any

from kept.practices.reporting.methods.blocks import Block, Column, Heading, Statements, Table, Text
from kept.practices.reporting.methods.booklet.results import on, spaced
from kept.practices.reporting.methods.words import count, paragraphs

Report = Mapping[str, Any]
Names = Mapping[str, str]
TITLES = {"fmti-2025-12": "Foundation Model Transparency Index, December 2025", "commitments": "The commitments"}


def withheld(derived: Report) -> Iterator[Block]:
    """Each withholding, with its reason and its reviewers, and what is hidden for no reason."""
    if not derived["withheld"]:
        yield Text("Nothing is.")
        return
    columns = (
        Column("Statement", 0.9, "statements"), Column("Fields", 1.4), Column("State", 1.1), Column("Reason", 1.3),
        Column("Why", 3), Column("Until", 1), Column("Reviewed by", 1.4),
    )  # fmt: skip
    rows = tuple(
        (
            (each["statement"],),
            ", ".join(each["names"]) or count(each["hidden"]),
            each["state"],
            each["reason"] or "none given",
            each["why"] or "none given",
            each["until"] or "never",
            ", ".join(f"{review['name']} ({review['verdict']})" for review in each["reviews"]) or "nobody",
        )
        for each in derived["withheld"]
    )
    yield Table(columns, rows)


def disputes(derived: Report) -> Iterator[Block]:
    """Every dispute, word for word, with what was answered; no provider can take one away."""
    if not derived["disputes"]:
        yield Text("None was recorded.")
    for group in derived["disputes"]:
        target = group["target"]
        about = target["claim"] or f"statement {target['statement']}"
        yield Heading(f"On {about}: {group['state']}")
        for each in group["disputes"]:
            yield Text(f"By {each['author'] or 'somebody'}, {on(each['issued'])}, {each['state']}:")
            yield from map(Text, paragraphs(each["text"]) or ["(Nothing of it can be read.)"])
            yield Statements("Evidence: ", (each["index"], *(answer["index"] for answer in each["answers"])))
            for answer in each["answers"]:
                yield Text(f"Answered, {on(answer['issued'])}: {spaced(answer['position'])}.")
                yield from map(Text, paragraphs(answer["text"]))


def gates(derived: Report, names: Names) -> Iterator[Block]:
    """For each model, how its gate stands, and each decision, override and veto with its reasons and people."""
    if not derived["gates"]:
        yield Text("Nothing was decided on a release.")
    for gate in derived["gates"]:
        yield Heading(f"{names.get(gate['model'], gate['model'])}: {gate['state']}")
        columns = (
            Column("What", 1.4), Column("Day", 1), Column("By", 2), Column("Reasons", 4, "lines"),
            Column("Entry", 0.7, "statements"),
        )  # fmt: skip
        rows = [
            (each["decision"], on(each["issued"]), ", ".join(each["actors"]), tuple(each["reasons"]), (each["index"],))
            for each in gate["decisions"]
        ]
        rows += [
            (
                f"override, {each['state']}",
                on(each["issued"]),
                "; ".join(f"{one['name']} ({one['verdict']})" for one in each["reviews"]) or each["name"],
                (each["reason"], *(f"{one['name']}: {one['note']}" for one in each["reviews"] if one["note"])),
                (each["index"],),
            )
            for each in gate["overrides"]
        ]
        rows += [
            (each["event"], on(each["issued"]), f"{each['name']}, {each['role']}", (each["reason"],), (each["index"],))
            for each in gate["vetoes"]
        ]
        yield Table(columns, tuple(rows))


def answers(derived: Report, names: Names) -> Iterator[Block]:
    """By framework: what is answered by which statements, and the items to which nobody answers."""
    yield Text("An item counts once a named person has confirmed which statements answer it.")
    for framework in derived["answers"]:
        listed = framework["items"]
        yield Heading(TITLES.get(framework["framework"], framework["framework"]))
        yield Text(
            f"{count(framework['answered'])} of {count(len(listed))} answered, {count(framework['in_part'])} in part, "
            f"{count(framework['unanswered'])} unanswered."
        )
        told = [each for each in listed if each["confirmed"]]
        if told:
            columns = (
                Column("Item", 1), Column("State", 1), Column("Confirmed by", 2.4), Column("Note", 3),
                Column("Evidence", 1, "statements"),
            )  # fmt: skip
            yield Table(columns, tuple(row for each in told for row in _confirmed(each, names)))
        open_still = [each["item"] for each in listed if each["state"] == "unanswered"]
        if open_still:
            yield Text(f"Unanswered: {', '.join(open_still)}.")


def _confirmed(item: Report, names: Names) -> Iterator[tuple[str | tuple[int, ...], ...]]:
    for each in item["confirmed"]:
        whom = f"{each['name']}, {each['role']}"
        about = f" (on {names[each['model']]})" if each["model"] in names else ""
        yield item["item"], each["state"], f"{whom}{about}", each["note"], tuple(each["statements"])
