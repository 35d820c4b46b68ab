"""From a report to what is said: its conversation, or its template, and never a system's or a tool's turn."""

import pytest

from kept.core.model import Message
from kept.core.replay import Script
from kept.errors import Invalid
from kept.practices.disclosure.methods.replay.scripts import digest_of, digest_of_all, salted, script_of, survey
from kept.practices.disclosure.records import Conversation, Report, Template, Turn

TALK = Conversation((Turn("user", "Hello."), Turn("assistant", "Good day."), Turn("user", "Card?")))


def test_a_conversation_is_said_again() -> None:
    found = script_of(Report("a", "b", conversations=(TALK, Conversation((Turn("user", "Other."),)))))
    assert found == Script((Message("user", "Hello."), Message("assistant", "Good day."), Message("user", "Card?")))


@pytest.mark.parametrize("blank", ["{{place}}", "{place}"])
def test_a_blank_is_filled_whichever_way_it_is_written(blank: str) -> None:
    found = script_of(Report("a", "b", template=Template(f"In {blank}.", (("place", ("Rome", "Oslo")),))))
    assert found.turns == (Message("user", "In {{place}}."),)


def test_each_conversation_has_a_number_and_the_template_the_one_after_them() -> None:
    other = Conversation((Turn("user", "Other."),))
    found = Report("a", "b", conversations=(TALK, other), template=Template("{x}", (("x", ("y",)),)))
    assert [script_of(found, number).turns[0].content for number in (1, 2, 3)] == ["Hello.", "Other.", "{{x}}"]
    for number in (0, 4):
        with pytest.raises(Invalid, match="3 conversations"):
            script_of(found, number)


def said(*texts: str) -> Report:
    return Report("a", "b", conversations=tuple(Conversation((Turn("user", text),)) for text in texts))


def test_what_says_the_same_is_one_and_what_cannot_be_said_is_left_with_the_reason() -> None:
    found = survey(said("One.", "The {{card}}?", "One.", "Two."), salt=b"1")
    assert [(each.number, bool(script), bool(each.problem)) for each, script in found] == [
        (1, True, False),
        (2, False, True),
        (3, False, True),
        (4, True, False),
    ]
    assert "card" not in found[1][0].problem.replace("{{card}}", "")
    assert "the same as conversation 1" in found[2][0].problem


def test_what_is_asked_for_is_surveyed_with_what_was_planned_before() -> None:
    texts = [f"Text {number}." for number in range(1, 31)]
    assert [each.number for each, _ in survey(said(*texts), salt=b"1")] == list(range(1, 17))
    found = survey(said(*texts), (30,), salt=b"1", before=(2,))
    assert [(each.number, each.wanted) for each, _ in found] == [(2, False), (30, True)]
    with pytest.raises(Invalid, match="none of the number 31"):
        survey(said(*texts), (31,), salt=b"1", before=(2,))


def test_several_scripts_have_one_digest_that_names_each() -> None:
    digests = [each.script for each, _ in survey(said("One.", "Two."), salt=b"1")]
    assert digest_of_all(digests[:1], salt=b"1") == digests[0]
    both = digest_of_all(digests, salt=b"1")
    assert len({both, digest_of_all(digests[::-1], salt=b"1"), digest_of_all(digests, salt=b"2"), *digests}) == 5


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
