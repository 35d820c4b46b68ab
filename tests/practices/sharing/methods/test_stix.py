"""Objects as they come in: one spelling, one version, and nothing that isn't STIX 2.1."""

from typing import Any

import pytest

from kept.errors import Invalid
from kept.practices.sharing.methods.stix import OBJECT_LIMIT, parse, shown, sortable

TIME = "2026-11-22T07:30:00.000Z"
ID = "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"
INDICATOR: dict[str, Any] = {
    "type": "indicator",
    "spec_version": "2.1",
    "id": ID,
    "created": TIME,
    "modified": TIME,
    "pattern": "[file:name = 'x']",
    "pattern_type": "stix",
    "valid_from": TIME,
}


def test_an_object_is_spelt_in_one_way() -> None:
    backwards = dict(reversed(INDICATOR.items()))
    assert parse(INDICATOR).body == parse(backwards).body
    assert parse(INDICATOR).version == "2026-11-22T07:30:00"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"id": "bad"}, "id"),
        ({"id": ID.replace("indicator", "malware")}, "id"),
        ({"id": ID.upper()}, "id"),
        ({"type": "bundle", "id": ID.replace("indicator", "bundle")}, "id"),
        ({"type": 7}, "type"),
        ({"spec_version": "2.0"}, "spec_version"),
        ({"pattern": None}, "empty"),
        ({"labels": []}, "empty"),
        ({"created": "yesterday"}, "created"),
        ({"created": "2026-02-20T00:00:00.١٢Z"}, "created"),
        ({"modified": "2026-02-30T00:00:00Z"}, "modified"),
        ({"modified": "2020-01-01T00:00:00.000Z"}, "before"),
        ({"valid_from": 7}, "valid_from"),
        ({"Name": "x"}, "no property"),
        ({"confidence": 2**60 + 1}, "can't be written"),
        ({"name": "\ud800"}, "can't be written"),
        ({"description": "x" * OBJECT_LIMIT}, "at most"),
    ],
)
def test_what_is_wrong_is_said(change: dict[str, Any], why: str) -> None:
    with pytest.raises(Invalid, match=why):
        parse({**INDICATOR, **change})


@pytest.mark.parametrize("lacking", ["type", "id", "spec_version", "created", "modified", "pattern", "valid_from"])
def test_what_the_standard_requires_must_be_there(lacking: str) -> None:
    with pytest.raises(Invalid):
        parse({name: value for name, value in INDICATOR.items() if name != lacking})


@pytest.mark.parametrize("document", [None, [], "x", 7, {}])
def test_what_is_no_object_is_refused(document: Any) -> None:
    with pytest.raises(Invalid):
        parse(document)


def test_an_observable_needs_no_version() -> None:
    address = {"type": "ipv4-addr", "id": "ipv4-addr--ff26c055-6336-5bc5-b98d-13d6226742dd", "value": "198.51.100.3"}
    assert parse(address).version == ""


def test_a_time_sorts_as_text_and_keeps_its_fraction() -> None:
    times = ["2026-11-22T07:30:01Z", "2026-11-22T07:30:00.25Z", "2026-11-22T07:30:00.000001Z", "2026-11-22T07:30:00Z"]
    assert sorted(map(sortable, times)) == list(map(sortable, reversed(times)))
    assert sortable("2026-11-22T07:30:00.100000Z") == sortable("2026-11-22T07:30:00.1Z")
    assert [shown(sortable(time)) for time in times[:3]] == [
        "2026-11-22T07:30:01.000Z",
        "2026-11-22T07:30:00.250Z",
        "2026-11-22T07:30:00.000001Z",
    ]
