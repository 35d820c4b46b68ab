"""Crosswalks: every row names a real promise and a real item, and the items are those of the sources."""

import csv
import re
from pathlib import Path

import pytest

from kept.core.commitments import catalog, crosswalk
from kept.errors import NotFound

FMTI = Path(__file__).parents[4] / "shared" / "data" / "fmti" / "Dec2025_indicators.csv"
ROWS = crosswalk.rows()


def test_every_row_names_a_promise_and_an_item_of_its_framework() -> None:
    promises = {commitment.id for commitment in catalog.load()}
    items = {(framework.id, item.id, item.name) for framework in crosswalk.frameworks() for item in framework.items}
    for row in ROWS:
        assert row.commitment in promises
        assert (row.framework, row.id, row.name) in items
        assert row.relation in ("equivalent", "subset", "intersects")
        assert row.note


def test_no_row_and_no_item_is_there_twice() -> None:
    assert len({(row.commitment, row.framework, row.id) for row in ROWS}) == len(ROWS)
    for framework in crosswalk.frameworks():
        assert len({item.id for item in framework.items}) == len(framework.items)
        assert framework.url.startswith("https://")
        assert framework.date


def test_each_promise_is_compared_with_some_framework_and_each_framework_with_some_promise() -> None:
    assert {row.commitment for row in ROWS} == {commitment.id for commitment in catalog.load()}
    assert {row.framework for row in ROWS} == {framework.id for framework in crosswalk.frameworks()}


def test_rows_of_one_framework() -> None:
    assert {row.framework for row in crosswalk.rows("ca-sb-53")} == {"ca-sb-53"}
    with pytest.raises(NotFound, match="nist-ai-rmf") as caught:
        crosswalk.rows("iso-42001")
    assert caught.value.code == "crosswalk.unknown"


def test_the_profile_has_its_twelve_risks_and_the_index_its_hundred_indicators() -> None:
    sizes = {framework.id: len(framework.items) for framework in crosswalk.frameworks()}
    assert sizes["nist-ai-600-1"] == 12
    assert sizes["fmti-2025-12"] == 100


def test_the_indicators_are_those_of_the_published_index_in_its_order() -> None:
    if not FMTI.exists():
        pytest.skip("the indicators of the Foundation Model Transparency Index are not beside this checkout")
    with FMTI.open(newline="", encoding="utf-8") as file:
        names = [row["Indicator"].strip() for row in csv.DictReader(file)]
    index = next(framework for framework in crosswalk.frameworks() if framework.id == "fmti-2025-12")
    assert [(item.id, item.name) for item in index.items] == [
        (f"FMTI-{number:03d}", name) for number, name in enumerate(names, 1)
    ]
    assert "CC BY 4.0" in index.licence


def test_numbers_look_like_those_of_their_framework() -> None:
    shapes = {
        "nist-ai-rmf-1.0": r"(GOVERN [1-6]|MAP [1-5]|MEASURE [1-4]|MANAGE [1-4])\.\d+",
        "nist-ai-600-1": r"2\.\d+",
        "fmti-2025-12": r"FMTI-\d{3}",
        "eu-gpai-code": r"(T1|C1|S\d+)(\.\d)?",
        "ca-sb-53": r"22757\.1[1-6](\([a-z]\))?(\(\d+\))?",
    }
    for framework in crosswalk.frameworks():
        for item in framework.items:
            assert re.fullmatch(shapes[framework.id], item.id), item.id
