"""Pseudonyms: drawn once, the same for every process, and nothing of the name in them."""

from pathlib import Path

import pytest

from kept.errors import NotFound
from kept.practices.weights.service.people import People
from simulators.weights_room import opened


def test_a_name_keeps_its_pseudonym_in_another_process(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        first = People(room.context).pseudonym("dana@acme")
    with opened(tmp_path) as room:
        people = People(room.context)
        assert people.pseudonyms(["eli@acme", "dana@acme"])["dana@acme"] == first
        assert people.pseudonym("eli@acme") != first
        assert people.name(first) == "dana@acme"


def test_a_pseudonym_is_drawn_and_says_nothing_of_the_name(tmp_path: Path) -> None:
    with opened(tmp_path / "one") as one:
        here = People(one.context).pseudonym("dana@acme")
    with opened(tmp_path / "two") as two:
        there = People(two.context).pseudonym("dana@acme")
    assert here != there
    assert here.startswith("p-")
    assert len(here) == 14


def test_more_names_than_one_query_takes(tmp_path: Path) -> None:
    names = [f"user {number}" for number in range(1203)]
    with opened(tmp_path) as room:
        given = People(room.context).pseudonyms(names)
        assert len(set(given.values())) == len(names)
        assert People(room.context).pseudonyms(names) == given


def test_nobody_has_the_empty_pseudonym_and_an_unknown_one_has_no_name(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        people = People(room.context)
        assert people.pseudonym("") == ""
        with pytest.raises(NotFound, match="Nobody is known"):
            people.name("p-000000000000")
