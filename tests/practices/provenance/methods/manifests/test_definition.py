"""A mark is written as a soft binding, and read back from one."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Invalid
from kept.practices.provenance.methods.manifests.definition import definition, mark_binding, payload_of, permissions
from kept.practices.provenance.records import CONTENT_BITS, MODEL_BITS, Payload
from kept.practices.provenance.records.manifests import MARK_ALGORITHM, MINING, ManifestClaims, MiningEntry, SoftBinding

payloads = st.builds(
    Payload,
    model=st.integers(0, (1 << MODEL_BITS) - 1),
    content=st.integers(0, (1 << CONTENT_BITS) - 1),
    version=st.integers(0, 15),
)


@given(payloads)
def test_a_mark_is_read_back_whole(payload):
    binding = mark_binding(payload)
    assert payload_of(binding) == payload
    assert len(base64.b64decode(binding.value)) == 8


def test_the_bits_stand_in_the_order_of_the_payload():
    assert base64.b64decode(mark_binding(Payload(model=0xABCDE, content=0x123456789A, version=1)).value).hex() == (
        "1abcde123456789a"
    )


@pytest.mark.parametrize("fields", [{"model": 1 << 20}, {"content": 1 << 40}, {"version": 16}, {"model": -1}])
def test_a_payload_that_does_not_fit_is_invalid(fields):
    with pytest.raises(Invalid):
        mark_binding(Payload(**{"model": 1, "content": 2, **fields}))


@given(st.text(max_size=40))
def test_any_other_value_is_no_mark(value):
    found = payload_of(SoftBinding(MARK_ALGORITHM, value))
    assert found is None or mark_binding(found).value == value
    assert payload_of(SoftBinding("com.example.other", value)) is None


def test_content_without_a_mark_is_not_said_to_have_one():
    made = definition(ManifestClaims(service="Acme", model="painter"), opened=False, generator_version="1")
    (actions,) = [one["data"]["actions"] for one in made["assertions"] if one["label"] == "c2pa.actions.v2"]
    assert [one["action"] for one in actions] == ["c2pa.created"]
    assert not any(one["label"] == "c2pa.soft-binding" for one in made["assertions"])


def test_what_content_may_be_used_for_is_changed_line_by_line() -> None:
    found = {
        each.way: each
        for each in permissions(["ai_training = constrained: https://a.example/x", "cawg.data_mining=notAllowed"])
    }
    assert found["cawg.ai_training"] == MiningEntry("cawg.ai_training", "constrained", "https://a.example/x")
    assert found["cawg.data_mining"].use == "notAllowed"
    assert permissions([]) == MINING


@pytest.mark.parametrize(
    "line",
    ["", "ai_training", "ai_training=perhaps", "dreaming=allowed", "ai_training=constrained", "data_mining=allowed: x"],
)
def test_a_line_that_says_nothing_about_use_is_refused(line: str) -> None:
    with pytest.raises(Invalid, match="says nothing about use"):
        permissions([line])
