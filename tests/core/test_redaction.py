"""What is hidden keeps its proof, and what is revealed is what was hidden."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.core.redaction import conceal, digest, reveal, withheld
from kept.errors import Invalid, Unverified

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/statement/redaction.json").read_text())
# RFC 9901, section 5.1: two of the disclosures that its example publishes, with their digests.
PUBLISHED = {
    "WyIyR0xDNDJzS1F2ZUNmR2ZyeU5STjl3IiwgImdpdmVuX25hbWUiLCAiSm9obiJd": "jsu9yVulwQQlhFlM_3JlzMaSFzglhQG0DpfayQwLUK4",
    "WyJlbHVWNU9nM2dTTklJOEVZbnN4QV9BIiwgImZhbWlseV9uYW1lIiwgIkRvZSJd": "TGf4oLbgwd5JQaHyKVQZU9UdGE0w5rtDsrZzfUaomLo",
}


class Counting:
    """Bytes that differ from call to call, and are the same in every run."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, count: int) -> bytes:
        self.calls += 1
        return self.calls.to_bytes(4, "big") * (count // 4)


PREDICATE = {"summary": "found", "reporter": "someone", "details": {"steps": [1, "né"]}}


@pytest.mark.parametrize(("disclosure", "expected"), PUBLISHED.items())
def test_digests_are_those_that_the_rfc_publishes(disclosure, expected):
    assert digest(disclosure) == expected


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["name"])
def test_vectors(case):
    if "error" in case:
        with pytest.raises(Unverified) as caught:
            reveal(case["predicate"], case["disclosures"])
        assert caught.value.code == case["error"]
        return
    assert reveal(case["predicate"], case["disclosures"]) == case["revealed"]
    assert withheld(case["predicate"], case["disclosures"]) == case["withheld"]


def test_a_concealed_field_leaves_only_a_digest():
    hidden, (disclosure,) = conceal(PREDICATE, ["reporter"], Counting())
    assert hidden == {"summary": "found", "details": {"steps": [1, "né"]}, "_sd": [digest(disclosure)]}
    assert "someone" not in json.dumps(hidden)


def test_a_disclosure_is_salt_name_and_value():
    _, (disclosure,) = conceal(PREDICATE, ["details"], Counting())
    salt, name, value = json.loads(base64.urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)))
    assert (name, value) == ("details", {"steps": [1, "né"]})
    assert len(base64.urlsafe_b64decode(salt + "==")) == 16


def test_equal_values_have_different_digests():
    entropy = Counting()
    first, _ = conceal(PREDICATE, ["reporter"], entropy)
    second, _ = conceal(PREDICATE, ["reporter"], entropy)
    assert first["_sd"] != second["_sd"]


def test_decoys_cannot_be_told_from_fields():
    hidden, disclosures = conceal(PREDICATE, ["reporter"], Counting(), decoys=3)
    assert len(hidden["_sd"]) == 4
    assert hidden["_sd"] == sorted(hidden["_sd"])
    assert {len(one) for one in hidden["_sd"]} == {43}
    assert reveal(hidden, disclosures) == PREDICATE
    assert withheld(hidden, disclosures) == 3


def test_concealing_nothing_changes_nothing():
    assert conceal(PREDICATE, [], Counting()) == (PREDICATE, ())


@pytest.mark.parametrize("fields", [["absent"], ["reporter", "reporter"], ["_sd"], ["..."], ["_sd_alg"]])
def test_only_fields_that_are_there_can_be_concealed_once(fields):
    with pytest.raises(Invalid):
        conceal(PREDICATE, fields, Counting())


def test_a_predicate_is_concealed_once():
    hidden, _ = conceal(PREDICATE, ["reporter"], Counting())
    with pytest.raises(Invalid):
        conceal(hidden, ["summary"], Counting())


def test_a_value_that_is_no_json_is_invalid():
    with pytest.raises(Invalid):
        conceal({"value": float("nan")}, ["value"], Counting())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
PREDICATES = st.dictionaries(st.sampled_from(["a", "b", "c", "né", "e f"]), JSON, min_size=1)


@given(PREDICATES, st.data())
def test_all_disclosures_give_the_predicate_back_in_any_order(predicate, data):
    fields = data.draw(st.lists(st.sampled_from(sorted(predicate)), unique=True))
    hidden, disclosures = conceal(predicate, fields, Counting())
    assert reveal(hidden, data.draw(st.permutations(disclosures))) == predicate
    assert withheld(hidden, disclosures) == 0


@given(PREDICATES, st.data())
def test_a_changed_disclosure_reveals_nothing(predicate, data):
    name = data.draw(st.sampled_from(sorted(predicate)))
    hidden, (disclosure,) = conceal(predicate, [name], Counting())
    place = data.draw(st.integers(0, len(disclosure) - 1))
    other = data.draw(st.sampled_from("Aa0_=!é").filter(lambda one: one != disclosure[place]))
    with pytest.raises(Unverified):
        reveal(hidden, [disclosure[:place] + other + disclosure[place + 1 :]])


@pytest.mark.parametrize("value", ["1e999", '"\\ud800"', "NaN", "[" * 100])
def test_a_disclosure_that_hides_what_json_cannot_say_is_unverified(value):
    disclosure = base64.urlsafe_b64encode(f'["c2FsdA","name",{value}]'.encode()).decode().rstrip("=")
    with pytest.raises(Unverified) as caught:
        reveal({"_sd": [digest(disclosure)]}, [disclosure])
    assert caught.value.code == "redaction.malformed"


@given(st.text(max_size=40))
def test_arbitrary_text_is_no_disclosure_and_nothing_worse(disclosure):
    try:
        listed = digest(disclosure)
    except Unverified:
        listed = ""
    with pytest.raises(Unverified):
        reveal({"_sd": [listed]}, [disclosure])
