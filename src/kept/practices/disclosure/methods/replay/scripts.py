"""From a report to what is said to a model, and to the digests that stand for it."""

from __future__ import annotations

import re
from hashlib import sha256

from kept.core.canonical import encode
from kept.core.model import Message
from kept.core.replay import Script
from kept.errors import Invalid
from kept.practices.disclosure.records import Report, Template

_SLOT = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]{0,31})\}")


def script_of(report: Report) -> Script:
    """What a report says to a model: its first conversation, else its template.

    Raises Invalid where there is neither, and for turns of the system or of tools: what the model is told before, and
    what it can reach, is the programme's to say and never the reporter's.
    """
    if report.conversations:
        turns = report.conversations[0].turns
        if other := next((turn.role for turn in turns if turn.role not in ("user", "assistant")), None):
            raise _unreplayable(f"Its conversation has a turn of the {other}, which a replay never takes.")
        return Script(tuple(Message(turn.role, turn.content) for turn in turns))
    if report.template is not None:
        return _of_template(report.template)
    raise _unreplayable("It has neither a conversation nor a template.")


def digest_of(script: Script, *, salt: bytes) -> str:
    """ "sha256:<hex>" of salt ‖ script, as canonical JSON: what a plan commits to."""
    document = {
        "turns": [[turn.role, turn.content] for turn in script.turns],
        "slots": {name: list(values) for name, values in script.slots.items()},
    }
    return "sha256:" + sha256(salt + encode(document)).hexdigest()


def salted(text: str, *, salt: bytes) -> str:
    """ "sha256:<hex>" of salt ‖ text: a name that nobody guesses without the salt."""
    return "sha256:" + sha256(salt + text.encode()).hexdigest()


def _of_template(template: Template) -> Script:
    names = {name: name.lower() for name, _ in template.slots}
    if len(set(names.values())) < len(names):
        raise _unreplayable("Two slots of its template have one name.")
    text = _SLOT.sub(
        lambda found: "{{" + names.get(found[1], "") + "}}" if found[1] in names else found[0], template.text
    )
    return Script((Message("user", text),), {names[name]: tuple(values) for name, values in template.slots})


def _unreplayable(why: str) -> Invalid:
    return Invalid(
        f"The report can't be replayed. {why}",
        code="replay.unreplayable",
        hint="A triager can write what is to be said, and hand it in as a report of their own.",
    )
