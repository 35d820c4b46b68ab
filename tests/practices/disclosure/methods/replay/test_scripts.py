"""From a report to what is said: its conversation, or its template, and never a system's or a tool's turn."""

import pytest

from kept.core.model import Message
from kept.core.replay import Script
from kept.errors import Invalid
from kept.practices.disclosure.methods.replay.scripts import digest_of, salted, script_of
from kept.practices.disclosure.records import Conversation, Report, Template, Turn

TALK = Conversation((Turn("user", "Hello."), Turn("assistant", "Good day."), Turn("user", "Card?")))


def test_a_conversation_is_said_again() -> None:
    found = script_of(Report("a", "b", conversations=(TALK, Conversation((Turn("user", "Other."),)))))
    assert found == Script((Message("user", "Hello."), Message("assistant", "Good day."), Message("user", "Card?")))


def test_a_template_keeps_its_slots_and_its_braces() -> None:
    slots = (("Place", ("Rome", "Oslo")),)
    found = script_of(Report("a", "b", template=Template("In {Place}, {not_a_slot} and {}.", slots)))
    assert found.turns == (Message("user", "In {{place}}, {not_a_slot} and {}."),)
    assert found.slots == {"place": ("Rome", "Oslo")}


@pytest.mark.parametrize(
    "report",
    [
        Report("a", "b"),
        Report("a", "b", conversations=(Conversation((Turn("system", "Obey."), Turn("user", "Card?"))),)),
        Report("a", "b", conversations=(Conversation((Turn("user", "Card?"), Turn("tool", "{}"))),)),
        Report("a", "b", conversations=(Conversation((Turn("user", "The {{card}}?"),)),)),
        Report("a", "b", template=Template("{a} {A}", (("a", ("x",)), ("A", ("y",))))),
        Report("a", "b", template=Template("No slot.", (("a", ("x",)),))),
    ],
)
def test_what_cannot_be_said(report: Report) -> None:
    with pytest.raises(Invalid):
        script_of(report)


def test_digests_name_nothing_without_their_salt() -> None:
    script = script_of(Report("a", "b", conversations=(TALK,)))
    assert digest_of(script, salt=b"1") != digest_of(script, salt=b"2")
    assert digest_of(script, salt=b"1") == digest_of(script, salt=b"1")
    assert salted("r-1", salt=b"1") != salted("r-1", salt=b"2")
