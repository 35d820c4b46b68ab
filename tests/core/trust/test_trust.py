"""Who stands behind an envelope, by a trust file: whose signatures count, and how many."""

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kept.core.statement import Envelope, Signature
from kept.core.trust import Authorised, KeyHistory, Trust
from kept.errors import Invalid, Unverified
from simulators.organisation import (
    LOG,
    PLAN,
    PROVIDER,
    QUANTUM,
    STRANGER,
    TESTER,
    TRUST,
    authorise,
    refused,
    rule,
    signed,
    vectors,
)


def test_a_trusted_key_in_the_right_role_is_enough():
    assert authorise(signed(PROVIDER)) == Authorised(("provider",), frozenset({"provider"}), (PROVIDER.key_id,))


def test_a_report_signed_again_with_another_key_is_not_authorised():
    assert refused(signed(STRANGER)) == "trust.unknown-key"


def test_a_known_key_in_another_role_is_not_enough():
    assert refused(signed(TESTER)) == "trust.threshold"


def test_a_stranger_beside_the_provider_changes_nothing():
    assert authorise(signed(PROVIDER, STRANGER)).actors == ("provider",)


def test_a_bad_signature_by_a_known_key_spoils_the_envelope():
    good = signed(PROVIDER, QUANTUM)
    spoilt = Envelope(good.payload, (good.signatures[0], Signature(QUANTUM.key_id, b"\x00" * 3309)))
    assert refused(spoilt) == "signature.bad"


def test_two_keys_of_one_holder_count_once():
    assert refused(signed(PROVIDER, QUANTUM, kind=PLAN)) == "trust.threshold"


def test_two_holders_make_two():
    assert authorise(signed(PROVIDER, TESTER, kind=PLAN)).actors == ("provider", "tester")


def test_every_required_algorithm_must_be_there_for_a_holder_to_count():
    both = Trust(
        TRUST.organisation,
        TRUST.log,
        TRUST.signers,
        {"default": rule("provider", algorithms=("ed25519", "ml-dsa-65"))},
    )
    assert refused(signed(PROVIDER), trust=both) == "trust.threshold"
    assert refused(signed(QUANTUM), trust=both) == "trust.threshold"
    assert authorise(signed(QUANTUM, PROVIDER), trust=both).actors == ("provider",)


def test_algorithms_of_two_holders_do_not_add_up_to_one():
    both = Trust(
        TRUST.organisation,
        TRUST.log,
        TRUST.signers,
        {"default": rule("provider", "tester", algorithms=("ed25519", "ml-dsa-65"))},
    )
    assert refused(signed(TESTER, QUANTUM), trust=both) == "trust.threshold"


def test_the_entry_and_the_statement_must_name_the_same_predicate():
    with pytest.raises(Unverified) as caught:
        TRUST.authorise(signed(PROVIDER), predicate_type=PLAN, index=0)
    assert caught.value.code == "trust.predicate-type"


def test_a_log_key_signs_no_statements():
    assert refused(signed(LOG)) == "trust.unknown-key"


def replayed(case: dict) -> tuple[Trust, KeyHistory]:
    trust = Trust.from_document(case["trust"])
    events = [(index, Envelope.parse(json.dumps(envelope).encode())) for index, envelope in case["events"]]
    return trust, KeyHistory.replay(trust, events)


@pytest.mark.parametrize("case", vectors("policy") + vectors("history"), ids=lambda case: case["name"])
def test_decision_vectors(case):
    trust, known = replayed(case)
    assert [[one.index, one.code] for one in known.refused] == case["refused"]
    envelope = Envelope.parse(json.dumps(case["envelope"]).encode())
    about = {"predicate_type": case["predicate_type"], "index": case["index"], "history": known}
    if "error" in case:
        with pytest.raises(Unverified) as caught:
            trust.authorise(envelope, **about)
        assert caught.value.code == case["error"]
        return
    assert list(trust.authorise(envelope, **about).actors) == case["actors"]


@pytest.mark.parametrize("case", vectors("log_keys"), ids=lambda case: case["name"])
def test_log_key_vectors(case):
    _, known = replayed(case)
    assert {size: list(known.log_keys(int(size))) for size in case["keys"]} == case["keys"]


WHOLE = signed(PROVIDER, TESTER, kind=PLAN)


def fails(data: bytes) -> None:
    """Whatever is not the envelope that was signed is an error of a known kind."""
    with pytest.raises((Invalid, Unverified)):
        TRUST.authorise(Envelope.parse(data), predicate_type=PLAN, index=0)


@given(st.integers(0, len(WHOLE.to_bytes()) * 8 - 1))
def test_no_envelope_with_a_flipped_bit_is_authorised(bit):
    data = bytearray(WHOLE.to_bytes())
    data[bit // 8] ^= 1 << bit % 8
    fails(bytes(data))


@given(st.integers(0, len(WHOLE.to_bytes()) - 1))
def test_no_truncated_envelope_is_authorised(length):
    fails(WHOLE.to_bytes()[:length])


@given(st.integers(1, 64), st.data())
def test_no_envelope_with_two_pieces_exchanged_is_authorised(size, data):
    whole = WHOLE.to_bytes()
    first = data.draw(st.integers(0, len(whole) - 2 * size))
    second = data.draw(st.integers(first + size, len(whole) - size))
    one, other = whole[first : first + size], whole[second : second + size]
    assume(one != other)
    fails(whole[:first] + other + whole[first + size : second] + one + whole[second + size :])


def test_exchanged_signatures_are_not_authorised():
    first, second = WHOLE.signatures
    exchanged = (Signature(first.key_id, second.value), Signature(second.key_id, first.value))
    fails(Envelope(WHOLE.payload, exchanged).to_bytes())
    again = Envelope(WHOLE.payload, (second, first))
    assert TRUST.authorise(again, predicate_type=PLAN, index=0).actors == ("provider", "tester")
