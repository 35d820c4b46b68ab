"""From a report to what is said to a model, and the salted digests that stand for it in the log."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256

from kept.core.canonical import encode
from kept.core.model import Message
from kept.core.replay import Script
from kept.errors import Invalid
from kept.practices.disclosure.records import Conversation, Report, Template
from kept.practices.disclosure.records.replays import Said
from kept.predicates.disclosure_replay_plan import MOST_CONVERSATIONS

_SLOT = re.compile(r"\{\{([A-Za-z_][A-Za-z0-9_]{0,31})\}\}|\{([A-Za-z_][A-Za-z0-9_]{0,31})\}")


def count_of(report: Report) -> int:
    """How many conversations a report has, its template counted after them."""
    return len(report.conversations) + (report.template is not None)


def script_of(report: Report, number: int = 1) -> Script:
    """What a report says to a model in one of its conversations, by number; its template has the one after them.

    Raises Invalid where there is none of that number, and for turns of the system or of tools: what the model is told
    before, and what it can reach, is the programme's to say and never the reporter's.
    """
    if not count_of(report):
        raise _unreplayable("It has neither a conversation nor a template.")
    if not 1 <= number <= count_of(report):
        raise _unreplayable(f"It has {count_of(report)} conversations, and none of the number {number}.")
    if number > len(report.conversations):
        assert report.template is not None
        return _of_template(report.template)
    return _of_conversation(report.conversations[number - 1])


def survey(
    report: Report, asked: Sequence[int] = (), *, salt: bytes, before: Sequence[int] = ()
) -> tuple[tuple[Said, Script | None], ...]:
    """What can be said of the conversations that are `asked` for, else of the first 16 that can be replayed.

    Those of `before`, which were planned once, are there too, though not wanted. Raises Invalid where none of those
    that are wanted can be replayed.
    """
    found: list[tuple[Said, Script | None]] = []
    wanted = 0
    for number in sorted({*(asked or range(1, max(1, count_of(report)) + 1)), *before}):
        is_wanted = number in asked if asked else wanted < MOST_CONVERSATIONS
        if is_wanted or number in before:
            found.append(_said(report, number, found, salt=salt, wanted=is_wanted))
            wanted += is_wanted and not found[-1][0].problem
    if not wanted:
        raise _unreplayable(next(said.problem for said, _ in found if said.wanted))
    return tuple(found)


def digest_of(script: Script, *, salt: bytes) -> str:
    """ "sha256:<hex>" of salt ‖ script, as canonical JSON: what a plan commits to."""
    document = {
        "turns": [[turn.role, turn.content] for turn in script.turns],
        "slots": {name: list(values) for name, values in script.slots.items()},
    }
    return "sha256:" + sha256(salt + encode(document)).hexdigest()


def digest_of_all(digests: Sequence[str], *, salt: bytes) -> str:
    """One digest for several scripts: that of the only one, else of salt ‖ the list of theirs, as canonical JSON."""
    if len(digests) == 1:
        return digests[0]
    return "sha256:" + sha256(salt + encode(list(digests))).hexdigest()


def salted(text: str, *, salt: bytes) -> str:
    """ "sha256:<hex>" of salt ‖ text: a name that nobody guesses without the salt."""
    return "sha256:" + sha256(salt + text.encode()).hexdigest()


def _said(
    report: Report, number: int, earlier: Sequence[tuple[Said, Script | None]], *, salt: bytes, wanted: bool
) -> tuple[Said, Script | None]:
    try:
        script = script_of(report, number)
    except Invalid as error:
        return Said(number, wanted=wanted, problem=error.message), None
    digest = digest_of(script, salt=salt)
    same = next((said.number for said, _ in earlier if said.script == digest), 0)
    if same:
        return Said(number, wanted=wanted, problem=f"It says the same as conversation {same}."), None
    return Said(number, script=digest, asks=script.asks, wanted=wanted), script


def _of_conversation(conversation: Conversation) -> Script:
    turns = conversation.turns
    if other := next((turn.role for turn in turns if turn.role not in ("user", "assistant")), None):
        raise _unreplayable(f"Its conversation has a turn of the {other}, which a replay never takes.")
    return Script(tuple(Message(turn.role, turn.content) for turn in turns))


def _of_template(template: Template) -> Script:
    names = {name: name.lower() for name, _ in template.slots}
    if len(set(names.values())) < len(names):
        raise _unreplayable("Two slots of its template have one name.")

    def filled(found: re.Match[str]) -> str:
        name = names.get(found[1] or found[2])
        return found[0] if name is None else "{{" + name + "}}"

    text = _SLOT.sub(filled, template.text)
    return Script((Message("user", text),), {names[name]: tuple(values) for name, values in template.slots})


def _unreplayable(why: str) -> Invalid:
    told = why.removeprefix("The report can't be replayed. ")
    return Invalid(
        f"The report can't be replayed. {told}",
        code="replay.unreplayable",
        hint="A triager can write what is to be said, and hand it in as a report of their own.",
    )
