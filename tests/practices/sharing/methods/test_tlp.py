"""Markings: what each level is called by OASIS, and that in doubt the stricter one holds."""

import itertools
from typing import Any

import pytest
import stix2

from kept.errors import Invalid
from kept.practices.sharing.methods import tlp
from kept.practices.sharing.records import LEVELS, Tlp

STATEMENT = "marking-definition--f7a1d8a5-9c5f-4e2b-8c7a-9a1b2c3d4e5f"


def marked(*references: str, **more: Any) -> dict[str, Any]:
    return {"type": "indicator", "object_marking_refs": list(references), **more}


def nothing(reference: str) -> None:
    return None


@pytest.mark.parametrize("level", LEVELS)
def test_each_level_is_read_from_the_marking_that_oasis_publishes(level: Tlp) -> None:
    assert tlp.level_of(marked(tlp.MARKINGS[level]), nothing, default="red") == level


@pytest.mark.parametrize("level", LEVELS)
def test_a_definition_is_one_that_stix2_takes(level: Tlp) -> None:
    assert stix2.parse(tlp.definition(level), allow_custom=True).id == tlp.MARKINGS[level]


@pytest.mark.parametrize(
    ("former", "level"),
    [
        (stix2.TLP_WHITE, "clear"),
        (stix2.TLP_GREEN, "green"),
        (stix2.TLP_AMBER, "amber+strict"),
        (stix2.TLP_RED, "red"),
    ],
)
def test_tlp_1_is_read_as_no_less_strict(former: Any, level: Tlp) -> None:
    assert tlp.level_of(marked(former.id), nothing, default="clear") == level


def test_the_strictest_of_several_holds_and_a_part_counts_for_the_whole() -> None:
    both = marked(tlp.MARKINGS["clear"], tlp.MARKINGS["amber"])
    assert tlp.level_of(both, nothing, default="clear") == "amber"
    part = marked(
        tlp.MARKINGS["clear"], granular_markings=[{"marking_ref": tlp.MARKINGS["red"], "selectors": ["name"]}]
    )
    assert tlp.level_of(part, nothing, default="clear") == "red"


def test_what_is_not_marked_is_what_its_collection_says() -> None:
    assert tlp.level_of({"type": "indicator"}, nothing, default="amber") == "amber"


def test_a_marking_that_is_not_at_hand_is_refused() -> None:
    with pytest.raises(Invalid, match="isn't known"):
        tlp.level_of(marked(STATEMENT), nothing, default="clear")


def test_a_marking_about_something_else_leaves_the_default() -> None:
    copyright_ = {"type": "marking-definition", "definition_type": "statement", "definition": {"statement": "© Lab"}}
    assert tlp.level_of(marked(STATEMENT), lambda _: copyright_, default="green") == "green"


@pytest.mark.parametrize(
    ("definition", "level"),
    [
        ({"definition_type": "tlp", "definition": {"tlp": "white"}}, "clear"),
        ({"definition_type": "tlp", "definition": {"tlp": "ultraviolet"}}, "red"),
        ({"definition_type": "tlp"}, "red"),
        ({"extensions": {tlp.EXTENSION: {"tlp_2_0": "amber"}}}, "amber"),
        ({"extensions": {tlp.EXTENSION: {"tlp_2_0": "clear as day"}}}, "red"),
    ],
)
def test_a_definition_of_ones_own_is_read_and_a_broken_one_is_red(definition: dict[str, Any], level: Tlp) -> None:
    own = {"type": "marking-definition", **definition}
    assert tlp.level_of(marked(STATEMENT), lambda _: own, default="clear") == level


@pytest.mark.parametrize("references", [tlp.MARKINGS["red"], 7, None, {"a": 1}, [7, None], [[tlp.MARKINGS["red"]]]])
def test_markings_of_the_wrong_shape_are_refused_rather_than_passed_over(references: Any) -> None:
    with pytest.raises(Invalid, match="can't be read"):
        tlp.level_of({"type": "indicator", "object_marking_refs": references}, nothing, default="clear")


@pytest.mark.parametrize(
    "parts",
    [
        {"marking_ref": tlp.MARKINGS["red"]},
        [tlp.MARKINGS["red"]],
        [{"selectors": ["name"]}],
        [{"marking_ref": [tlp.MARKINGS["red"]], "lang": "en"}],
    ],
)
def test_markings_of_parts_of_the_wrong_shape_are_refused(parts: Any) -> None:
    with pytest.raises(Invalid, match="can't be read"):
        tlp.level_of({"type": "indicator", "granular_markings": parts}, nothing, default="clear")
    language = {"type": "indicator", "granular_markings": [{"lang": "fr", "selectors": ["name"]}]}
    assert tlp.level_of(language, nothing, default="green") == "green"


@pytest.mark.parametrize("level", LEVELS)
def test_a_definition_with_the_id_of_a_level_says_that_level(level: Tlp) -> None:
    published = tlp.definition(level)
    assert tlp.level_of(published, nothing, default="red") == "clear"
    for other in LEVELS:
        forged = {**tlp.definition(other), "id": published["id"]}
        if other != level:
            with pytest.raises(Invalid, match="says otherwise"):
                tlp.level_of(forged, nothing, default="clear")
    bare = {"type": "marking-definition", "id": published["id"], "definition_type": "statement"}
    with pytest.raises(Invalid, match="says otherwise"):
        tlp.level_of(bare, nothing, default="clear")


def test_of_two_levels_in_one_definition_and_of_two_definitions_with_one_id_the_stricter_holds() -> None:
    red = {"definition_type": "tlp", "definition": {"tlp": "red"}}
    both = {**red, "extensions": {tlp.EXTENSION: {"tlp_2_0": "clear"}}}
    assert tlp.level_of(marked(STATEMENT), lambda _: both, default="clear") == "red"
    copyright_ = {"definition_type": "statement", "definition": {"statement": "© Lab"}}
    for order in itertools.permutations([red, copyright_, {"definition_type": "tlp", "definition": {"tlp": "white"}}]):
        assert tlp.gathered((STATEMENT, each) for each in order) == {STATEMENT: red}
