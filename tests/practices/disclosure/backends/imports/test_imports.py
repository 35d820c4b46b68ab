"""Reports in formats of others are read for what they say, and refused where they are none or too much."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Invalid, KeptError
from kept.practices.disclosure.backends.imports import avid, flare, inspect_samples
from kept.practices.disclosure.backends.imports.reading import LIMIT
from kept.practices.disclosure.methods.advisories.avid import avid as written
from kept.practices.disclosure.records import Conversation, Report, Turn
from simulators import advisories

AVID = {
    "data_type": "AVID",
    "data_version": "0.2",
    "metadata": {"report_id": "AVID-2026-R0001"},
    "affects": {"developer": ["Acme"], "artifacts": [{"type": "Model", "name": "assistant-1"}]},
    "problemtype": {"classof": "LLM Evaluation", "description": {"lang": "eng", "value": "It tells the card"}},
    "references": [{"type": "source", "label": "x", "url": "https://acme.example/x"}],
    "description": {"lang": "eng", "value": "Asked in verse, it tells."},
    "impact": {"avid": {"risk_domain": ["Security"], "sep_view": ["S0400: Model Bypass"]}},
    "credit": [{"lang": "eng", "value": "R. Rivera"}],
    "reported_date": "2026-11-20",
}
FLAW = {
    "Report ID": "F-7",
    "Reporter ID": "R. Rivera",
    "System Version(s)": ["assistant-1", "assistant-2"],
    "Flaw Timestamp(s)": "2026-11-20T10:00:00Z",
    "Flaw Description": "Asked in verse, it tells.\nAlways.",
    "Steps to reproduce": "Ask in verse.",
    "Flaw Severity": "High: it affects everybody",
    "Prevalence": 0.4,
    "Tags": ["privacy", "security"],
}
SAMPLES = [
    {"input": "Sing of the card", "target": "7", "id": 1},
    {
        "input": [
            {"role": "system", "content": "Keep the card"},
            {"role": "user", "content": [{"type": "text", "text": "Sing"}, {"type": "image", "image": "x"}]},
        ],
        "target": ["7", "hearts"],
        "metadata": {"a": 1},
    },
]


def encoded(value: object) -> bytes:
    return json.dumps(value).encode()


def test_an_avid_report() -> None:
    found = avid.read(encoded(AVID))
    assert (found.title, found.credit, found.found, found.source) == (
        "It tells the card",
        "R. Rivera",
        "2026-11-20",
        "avid AVID-2026-R0001",
    )
    assert found.harms == ("Security", "S0400: Model Bypass")
    assert found.what.startswith("Asked in verse, it tells.")
    assert "assistant-1" in found.what
    assert "https://acme.example/x" in found.what


def test_what_is_published_here_as_avid_is_read_here() -> None:
    advisory = advisories.advisory()
    found = avid.read(encoded(written(advisory, advisories.PUBLISHER, url="https://acme.example/1")))
    assert found.title == advisory.title
    assert advisory.summary in found.what


@pytest.mark.parametrize("document", [FLAW, {"report": FLAW}])
def test_a_flaw_report_however_its_fields_are_written(document: dict[str, object]) -> None:
    found = flare.read(encoded(document))
    assert found.title == "Asked in verse, it tells."
    assert (found.severity, found.steps, found.credit) == ("high", "Ask in verse.", "R. Rivera")
    assert (found.found, found.harms, found.source) == ("2026-11-20", ("privacy", "security"), "flaw report F-7")
    assert "System version: assistant-1\nassistant-2" in found.what
    assert "Prevalence: 0.4" in found.what


def test_a_title_is_one_line_and_all_who_reported_stand_in_another() -> None:
    told = {"title": "It tells\nthe card", "Flaw Description": "In verse.", "Reporter ID(s)": ["R. Rivera", "A. Baker"]}
    one = flare.read(encoded(told))
    problem = {"description": {"value": "It tells\n\tthe card"}}
    two = avid.read(
        encoded({**AVID, "problemtype": problem, "credit": [{"value": "R. Rivera"}, {"value": "A. Baker"}]})
    )
    for each in (one, two):
        assert (each.title, each.credit) == ("It tells the card", "R. Rivera, A. Baker")


def test_samples_of_inspect_are_conversations() -> None:
    expected = Report(
        "Sing of the card",
        "2 samples of an Inspect dataset, each of which is said to show it.",
        success="7\n7\nhearts",
        conversations=(
            Conversation((Turn("user", "Sing of the card"),)),
            Conversation((Turn("system", "Keep the card"), Turn("user", "Sing"))),
        ),
        source="inspect dataset",
    )
    assert inspect_samples.read(encoded(SAMPLES)) == expected
    assert inspect_samples.read(b"\n".join(map(encoded, SAMPLES))) == expected


@pytest.mark.parametrize("read", [avid.read, flare.read, inspect_samples.read])
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"[1]",
        b"\xff",
        b'{"a": NaN}',
        b'{"a": 1, "a": 2}',
        b"[" * 200_000,
        b'{"description": ' + b"[" * 100 + b"]" * 100 + b"}",
        b'{"input": {}}',
        b'{"input": [{"role": "root", "content": ""}]}',
        b" " * (LIMIT + 1),
    ],
)
def test_what_is_of_no_such_format_is_refused(read: object, data: bytes) -> None:
    with pytest.raises(Invalid):
        read(data)


def test_too_many_samples_are_refused() -> None:
    for data in (encoded([{"input": "x"}] * 101), b'{"input": "x"}\n' * 101, encoded([{"input": [{}] * 201}])):
        with pytest.raises(Invalid):
            inspect_samples.read(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)
FIELDS = (
    "problemtype",
    "affects",
    "impact",
    "description",
    "metadata",
    "credit",
    "references",
    "reported_date",
    "input",
)


@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6))
def test_whatever_stands_in_the_fields_nothing_crashes(fields: dict[str, object]) -> None:
    for read in (avid.read, flare.read, inspect_samples.read):
        try:
            found = read(encoded({"data_type": "AVID", **fields}))
        except KeptError:
            continue
        assert isinstance(found, Report)
        assert len(found.title) <= 300
