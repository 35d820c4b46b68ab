"""Whatever a partner sends is shown: what is read in words, what can't be read with the reason, and all as it came."""

import json
from typing import Any

import pytest

from kept.practices.sharing.methods import objects
from kept.practices.sharing.methods.objects import circumvention, id_of
from kept.practices.sharing.methods.sightings import EXTENSION
from kept.practices.sharing.records.contents import SharedObject
from kept.practices.sharing.web.reading import readable
from simulators.partners import TIME, incident


def sighted(extension: Any) -> dict[str, Any]:
    return {"type": "sighting", "id": "sighting--1", "sighting_of_ref": "indicator--1", "extensions": extension}


def test_a_pattern_is_shown_in_pieces_with_its_slots_apart() -> None:
    content = circumvention("encoding", ["Now {ask} {{7*7}} and {Not_one}."], {"ask": "request"})
    made = objects.write(SharedObject(id_of("indicator", "x"), TIME, TIME, "A way", "How.", content))
    found = readable(made)
    assert found.turns == ((("Now ", False), ("{ask}", True), (" {{7*7}} and {Not_one}.", False)),)
    assert (found.name, found.why, json.loads(found.whole)) == ("A way", None, made)
    (extension,) = made["extensions"].values()
    extension["turns"] = ["Now {ask} {other}."]
    spoilt = readable(made)
    assert spoilt.turns == ()
    assert "described" in str(spoilt.why)


@pytest.mark.parametrize(
    "extension",
    [
        {EXTENSION: {"cls": 1, "self": 2}},
        {EXTENSION: {"trials": "many"}},
        {EXTENSION: {"trials": 10**400}},
        {EXTENSION: {}},
    ],
)
def test_an_extension_that_cannot_be_read_is_told_with_why(extension: Any) -> None:
    found = readable(sighted(extension))
    assert (found.content, found.why is not None) == (None, True)
    assert ("sighting_of_ref", "indicator--1") in found.plain


@pytest.mark.parametrize("strange", [None, 7, ["x"], {"y": 1}, True])
def test_fields_of_another_kind_are_shown_as_they_came_alone(strange: Any) -> None:
    names = ("name", "description", "pattern", "external_references", "extensions", "created", "modified")
    found = readable({"type": "tool", "id": "tool--1", **dict.fromkeys(names, strange)})
    assert (found.name, found.description, found.content, found.references) == ("", "", None, ())
    assert json.loads(found.whole)["name"] == strange
    spoilt = readable(incident() | {"name": strange})
    assert (spoilt.content, spoilt.name) == (None, "")


def test_what_is_nested_deeply_is_still_shown() -> None:
    deep: Any = "x"
    for _ in range(900):
        deep = [deep]
    found = readable({"type": "tool", "id": "tool--1", "extensions": {EXTENSION: {"trials": deep}}})
    assert found.why is not None
    assert "x" in found.whole
