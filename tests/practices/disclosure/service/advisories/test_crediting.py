"""Who found something is named only with their word, and nowhere once they take it back."""

import pytest

from kept.errors import Conflict, Invalid, NotFound
from kept.practices.disclosure.methods.advisories.forms import NAMES
from kept.predicates.disclosure_advisory import TYPE
from simulators import cases
from simulators.advisories import ID, named, ready, written
from simulators.disclosure_room import Room


def test_a_name_needs_the_word_of_whose_it_is(room: Room) -> None:
    case = ready(room)
    with pytest.raises(Conflict) as caught:
        written(room, reports=(case,), credits=("A. Finder",))
    assert caught.value.code == "advisory.credit"
    named(room, case)
    assert [(each.name, each.advisories) for each in room.service.thanks()] == [("A. Finder", (ID,))]


def test_a_name_that_was_taken_back_while_it_was_written_is_not_published(room: Room) -> None:
    case = ready(room)
    room.service.credit_give(case, "A. Finder", by=cases.ADA)
    written(room, reports=(case,), credits=("A. Finder",))
    room.service.credit_withdraw(case, by=room.actor)
    with pytest.raises(Conflict):
        room.service.publish(ID, by=room.actor)


def test_a_name_that_is_taken_back_is_nowhere_any_more(room: Room) -> None:
    case = ready(room)
    named(room, case)
    (revised,) = room.service.credit_withdraw(case, by=room.actor)
    assert revised.advisory.credits == ()
    assert room.service.thanks() == ()
    served = [room.service.advisory_form(ID, form).content for form in NAMES]
    assert not [each for each in served if b"Finder" in each]
    assert "Finder" not in str([each.statement for each in room.ledger.statements(TYPE)])
    with pytest.raises(NotFound) as caught:
        room.service.credit_withdraw(case, by=room.actor)
    assert caught.value.code == "credit.missing"


@pytest.mark.parametrize("name", ["", " ", "x" * 257, "two\nlines", "back\u202ewards"])
def test_what_is_no_name_is_refused(room: Room, name: str) -> None:
    with pytest.raises(Invalid) as caught:
        room.service.credit_give(ready(room), name, by=cases.ADA)
    assert caught.value.code == "credit.name"
