"""The trust file is read strictly, and says what is wrong in it."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.core.trust import Trust, Witness, WitnessRule
from kept.errors import Invalid
from simulators.organisation import LOG, TRUST, WITNESS, vectors


@pytest.mark.parametrize("case", vectors("documents"), ids=lambda case: case["name"])
def test_document_vectors(case):
    if case["error"] is None:
        Trust.from_document(case["trust"])
        return
    with pytest.raises(Invalid) as caught:
        Trust.from_document(case["trust"])
    assert caught.value.code == case["error"]


def document() -> dict:
    return json.loads(TRUST.to_bytes())


def parse(value: object) -> Trust:
    return Trust.parse(json.dumps(value).encode())


def test_a_trust_file_survives_the_journey():
    full = Trust(
        TRUST.organisation,
        TRUST.log,
        TRUST.signers,
        TRUST.policy,
        WitnessRule(1, 3600, (Witness(WITNESS, "Another Organisation"),)),
    )
    assert Trust.parse(full.to_bytes()) == full


def test_a_bare_witness_is_a_group_of_its_own():
    found = parse({**document(), "witnesses": {"minimum": 1, "freshness_seconds": 60, "keys": [WITNESS]}})
    assert found.witnesses.keys == (Witness(WITNESS, "witness.example/w"),)


def changed(path: str, value: object) -> dict:
    found = document()
    *parents, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    place = found
    for part in parents:
        place = place[part]
    place[last] = value
    return found


VKEY = document()["log"]["keys"][0]


@pytest.mark.parametrize(
    ("path", "value", "near"),
    [
        ("singers", [], '"signers"'),
        ("signers/0/role", ["provider"], '"roles"'),
        ("signers/0/algorithm", "ed2551", '"ed25519"'),
        ("signers/2/algorithm", "mldsa65", '"ml-dsa-65"'),
        ("policy/default/treshold", 1, '"threshold"'),
        ("policy/default/roles", ["provder"], '"provider"'),
        ("policy/default/algorithms", ["ed22519"], '"ed25519"'),
        ("policy/defualt", {}, '"default"'),
        ("witnesses/minimun", 0, '"minimum"'),
    ],
)
def test_a_misspelt_name_is_answered_with_the_nearest(path, value, near):
    with pytest.raises(Invalid) as caught:
        parse(changed(path, value))
    assert near in caught.value.hint


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("version", 2, "trust.version"),
        ("version", True, "trust.version"),
        ("organisation", "", "trust.malformed"),
        ("organisation", "a\nb", "trust.malformed"),
        ("log", [], "trust.malformed"),
        ("log/keys", [], "trust.malformed"),
        ("log/keys", [VKEY, VKEY], "trust.malformed"),
        ("log/keys/0", VKEY.replace("example", "exemple"), "note.key-id"),
        ("log/keys/0", "kept.example/log+0011", "note.key"),
        ("log/keys/0", VKEY + " ", "trust.malformed"),
        ("log/keys/0", WITNESS, "trust.log-key"),
        ("log/origin", "elsewhere.example/log", "trust.origin"),
        ("signers", [], "trust.malformed"),
        ("signers/0/public", "AAAA", "key.length"),
        ("signers/0/public", "!", "trust.malformed"),
        ("signers/0/public", document()["signers"][2]["public"], "trust.repeated-key"),
        ("signers/0/public", base64.b64encode(LOG.public).decode(), "trust.repeated-key"),
        ("signers/0/roles", [], "trust.malformed"),
        ("signers/0/roles", "provider", "trust.malformed"),
        ("policy", {}, "trust.malformed"),
        ("policy/a\x1b[31m:", {}, "trust.malformed"),
        ("policy/default/threshold", 0, "trust.malformed"),
        ("policy/default/threshold", True, "trust.malformed"),
        ("policy/default/threshold", 1.5, "trust.malformed"),
        ("policy/default/roles", [], "trust.malformed"),
        ("policy/default/algorithms", [], "trust.malformed"),
        ("witnesses/minimum", 1, "trust.witnesses"),
        ("witnesses/minimum", -1, "trust.malformed"),
        ("witnesses/freshness_seconds", 0, "trust.malformed"),
        ("witnesses/keys", ["x"], "note.key"),
        ("witnesses/keys", [{"key": WITNESS}], "trust.malformed"),
        ("witnesses/keys", [VKEY], "trust.witness-key"),
        ("witnesses/keys", [WITNESS, {"key": WITNESS, "group": "g"}], "trust.repeated-key"),
    ],
)
def test_a_trust_file_of_another_shape_is_invalid(path, value, code):
    with pytest.raises(Invalid) as caught:
        parse(changed(path, value))
    assert caught.value.code == code


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_no_trust_file_and_nothing_worse(data):
    with pytest.raises(Invalid):
        Trust.parse(data)


@given(st.integers(0, len(TRUST.to_bytes()) * 8 - 1))
def test_a_flipped_bit_leaves_a_trust_file_or_an_error_of_a_known_kind(bit):
    data = bytearray(TRUST.to_bytes())
    data[bit // 8] ^= 1 << bit % 8
    try:
        Trust.parse(bytes(data))
    except Invalid:
        return


@given(st.integers(0, len(TRUST.to_bytes()) - 3))
def test_a_truncated_trust_file_is_invalid(length):
    with pytest.raises(Invalid):
        Trust.parse(TRUST.to_bytes()[:length])
