"""A statement is signed once, kept as it was signed, and never verifies after a change."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.core.keys import PublicKey, public_key
from kept.core.keys.software import SoftwareSigner
from kept.core.statement import (
    ENVELOPE_LIMIT,
    PAYLOAD_TYPE,
    Envelope,
    Signature,
    Statement,
    Subject,
    pae,
    sign,
)
from kept.errors import Invalid, KeptError, Unverified

CLASSICAL = SoftwareSigner.from_seed(b"\x01" * 32)
POST_QUANTUM = SoftwareSigner.from_seed(b"\x02" * 32, "ml-dsa-65")
STATEMENT = Statement(
    (Subject("model", {"sha256": "ab" * 32}),), "https://kept.example/predicates/test/v1", {"n": 3, "note": "né"}
)
SIGNED = sign(STATEMENT, [CLASSICAL])


def vectors(name: str) -> list[dict]:
    return json.loads((Path(__file__).parents[1] / f"vectors/statement/{name}.json").read_text(encoding="utf-8"))


def document() -> dict:
    return json.loads(SIGNED.to_bytes())


def encoded(value: object) -> bytes:
    return json.dumps(value).encode()


def test_the_message_that_is_signed_is_the_one_that_dsse_publishes():
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_lengths_in_the_message_count_bytes_and_not_characters():
    assert pae("é", b"") == "DSSEv1 2 é 0 ".encode()


def test_an_envelope_survives_the_journey():
    read = Envelope.parse(SIGNED.to_bytes())
    assert read == SIGNED
    assert read.statement() == STATEMENT
    read.verify(public_key(CLASSICAL))


def test_two_algorithms_sign_the_same_bytes():
    both = Envelope.parse(sign(STATEMENT, [CLASSICAL, POST_QUANTUM]).to_bytes())
    both.verify(public_key(CLASSICAL))
    both.verify(public_key(POST_QUANTUM))
    assert [len(signature.value) for signature in both.signatures] == [64, 3309]


def test_a_payload_that_is_not_canonical_is_kept_as_it_was_signed():
    payload = json.dumps(json.loads(STATEMENT.to_bytes()), indent=4).encode()
    spaced = Envelope(payload, (Signature(CLASSICAL.key_id, CLASSICAL.sign(pae(PAYLOAD_TYPE, payload))),))
    read = Envelope.parse(spaced.to_bytes())
    read.verify(public_key(CLASSICAL))
    assert read.payload == payload
    assert read.statement() == STATEMENT


def test_a_key_that_did_not_sign_is_missing():
    with pytest.raises(Unverified) as caught:
        SIGNED.verify(public_key(POST_QUANTUM))
    assert caught.value.code == "signature.missing"


def test_a_signature_moved_to_another_key_does_not_hold():
    moved = Envelope(SIGNED.payload, (Signature(POST_QUANTUM.key_id, SIGNED.signatures[0].value),))
    with pytest.raises(Unverified) as caught:
        moved.verify(public_key(POST_QUANTUM))
    assert caught.value.code == "signature.bad"


def test_signing_needs_one_to_sixteen_different_keys():
    for signers in ([], [CLASSICAL, CLASSICAL], [SoftwareSigner.from_seed(bytes([n]) * 32) for n in range(17)]):
        with pytest.raises(Invalid, match="sign"):
            sign(STATEMENT, signers)


def test_a_statement_too_large_to_be_read_back_is_not_signed():
    large = Statement(STATEMENT.subjects, STATEMENT.predicate_type, {"text": "x" * (4 * 1024 * 1024)})
    with pytest.raises(Invalid) as caught:
        sign(large, [CLASSICAL])
    assert caught.value.code == "sign.too-large"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, b"bytes", "\ud800"])
def test_a_predicate_that_json_cannot_say_is_refused(value):
    with pytest.raises(Invalid) as caught:
        Statement(STATEMENT.subjects, STATEMENT.predicate_type, {"value": value}).to_bytes()
    assert caught.value.code == "statement.not-json"


@pytest.mark.parametrize("number", ["1e999", "-1e999", '"\\ud800"', "NaN", "Infinity"])
def test_a_payload_that_hides_what_json_cannot_say_is_refused(number):
    payload = STATEMENT.to_bytes().replace(b'"n":3', b'"n":' + number.encode())
    with pytest.raises(Invalid):
        Statement.parse(payload)


def test_a_repeated_key_is_refused_at_any_depth():
    with pytest.raises(Invalid, match="repeats a key"):
        Statement.parse(STATEMENT.to_bytes().replace(b'"n":3', b'"n":3,"n":4'))
    with pytest.raises(Invalid, match="repeats a key"):
        Envelope.parse(SIGNED.to_bytes().replace(b'{"payload"', b'{"payload":"","payload"', 1))


def test_an_envelope_over_the_limit_is_not_decoded():
    with pytest.raises(Invalid) as caught:
        Envelope.parse(b" " * (ENVELOPE_LIMIT + 1))
    assert caught.value.code == "json.too-large"


def test_an_envelope_nested_too_deep_is_refused():
    with pytest.raises(Invalid) as caught:
        Envelope.parse(b"[" * 200_000)
    assert caught.value.code == "json.too-deep"


@pytest.mark.parametrize("case", vectors("envelopes"), ids=lambda case: case["name"])
def test_envelope_vectors(case):
    def check() -> None:
        envelope = Envelope.parse(case["envelope"].encode())
        envelope.statement()
        for key in case["keys"]:
            envelope.verify(PublicKey(key["algorithm"], base64.b64decode(key["public"])))

    if case["error"] is None:
        check()
        return
    with pytest.raises(KeptError) as caught:
        check()
    assert caught.value.code == case["error"]


@pytest.mark.parametrize("case", vectors("encoding"), ids=lambda case: case["type"])
def test_encoding_vectors(case):
    assert pae(case["type"], base64.b64decode(case["payload"])) == base64.b64decode(case["message"])


def without(name: str) -> dict:
    return {key: value for key, value in document().items() if key != name}


def with_signatures(signatures: object) -> dict:
    return {**document(), "signatures": signatures}


ONE = document()["signatures"][0]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ([], "envelope.malformed"),
        (without("payload"), "envelope.malformed"),
        (without("signatures"), "envelope.malformed"),
        ({**document(), "extra": 1}, "envelope.malformed"),
        ({**document(), "payloadType": "text/plain"}, "envelope.payload-type"),
        ({**document(), "payload": 7}, "envelope.base64"),
        ({**document(), "payload": ""}, "envelope.base64"),
        ({**document(), "payload": "!!!!"}, "envelope.base64"),
        ({**document(), "payload": document()["payload"].rstrip("=") + "\n"}, "envelope.base64"),
        ({**document(), "payload": "+_+_"}, "envelope.base64"),
        ({**document(), "payload": "QR=="}, "envelope.base64"),
        (with_signatures([]), "envelope.signatures"),
        (with_signatures({}), "envelope.signatures"),
        (with_signatures([ONE, ONE]), "envelope.signatures"),
        (with_signatures([{**ONE, "keyid": ""}]), "envelope.signatures"),
        (with_signatures([{**ONE, "keyid": 1}]), "envelope.signatures"),
        (with_signatures([{**ONE, "keyid": "a\nb"}]), "envelope.signatures"),
        (with_signatures([{"sig": ONE["sig"]}]), "envelope.signatures"),
        (with_signatures([{**ONE, "cert": "x"}]), "envelope.signatures"),
        (with_signatures(["x"]), "envelope.signatures"),
        (with_signatures([{**ONE, "keyid": str(n)} for n in range(17)]), "envelope.signatures"),
    ],
)
def test_an_envelope_of_another_shape_is_invalid(value, code):
    with pytest.raises(Invalid) as caught:
        Envelope.parse(encoded(value))
    assert caught.value.code == code


def test_either_alphabet_of_base64_is_read():
    payload = b"\xfb\xff\xfe" * 3
    for text in (base64.b64encode(payload), base64.urlsafe_b64encode(payload)):
        assert Envelope.parse(encoded({**document(), "payload": text.decode()})).payload == payload


@pytest.mark.parametrize(
    "change",
    [
        {"_type": "https://in-toto.io/Statement/v0.1"},
        {"subject": []},
        {"subject": {}},
        {"subject": [{"name": "x"}]},
        {"subject": [{"name": "", "digest": {"sha256": "00"}}]},
        {"subject": [{"name": "x", "digest": {}}]},
        {"subject": [{"name": "x", "digest": {"sha256": 5}}]},
        {"subject": [{"name": "x", "digest": {"sha256": "00"}, "uri": "y"}]},
        {"predicateType": ""},
        {"predicateType": None},
        {"predicate": []},
        {"predicate": "text"},
        {"note": "unknown"},
    ],
)
def test_a_statement_of_another_shape_is_invalid(change):
    with pytest.raises(Invalid) as caught:
        Statement.parse(encoded({**json.loads(STATEMENT.to_bytes()), **change}))
    assert caught.value.code == "statement.malformed"


def refuses(data: bytes, key: PublicKey) -> None:
    """Whatever is wrong is an error of a known kind; nothing but the same meaning may verify."""
    try:
        read = Envelope.parse(data)
        read.verify(key)
    except KeptError:
        return
    assert (read.payload, read.payload_type) == (SIGNED.payload, SIGNED.payload_type)
    assert read.signatures == SIGNED.signatures


@given(st.integers(0, len(SIGNED.to_bytes()) * 8 - 1))
def test_no_flipped_bit_verifies_as_anything_else(bit):
    data = bytearray(SIGNED.to_bytes())
    data[bit // 8] ^= 1 << bit % 8
    refuses(bytes(data), public_key(CLASSICAL))


@given(st.integers(0, len(SIGNED.to_bytes()) - 1))
def test_no_truncated_envelope_is_read(length):
    with pytest.raises(Invalid):
        Envelope.parse(SIGNED.to_bytes()[:length])


@given(st.integers(0, len(SIGNED.payload) * 8 - 1))
def test_no_flipped_bit_of_the_payload_verifies(bit):
    payload = bytearray(SIGNED.payload)
    payload[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Unverified):
        Envelope(bytes(payload), SIGNED.signatures).verify(public_key(CLASSICAL))


@given(st.integers(0, 511))
def test_no_flipped_bit_of_the_signature_verifies(bit):
    value = bytearray(SIGNED.signatures[0].value)
    value[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Unverified):
        Envelope(SIGNED.payload, (Signature(CLASSICAL.key_id, bytes(value)),)).verify(public_key(CLASSICAL))


@given(st.integers(1, len(SIGNED.payload) - 1))
def test_no_reordered_payload_verifies(cut):
    payload = SIGNED.payload[cut:] + SIGNED.payload[:cut]
    with pytest.raises(Unverified):
        Envelope(payload, SIGNED.signatures).verify(public_key(CLASSICAL))


@given(st.binary(max_size=400))
def test_arbitrary_bytes_are_invalid_and_nothing_worse(data):
    with pytest.raises(Invalid):
        Envelope.parse(data)
    with pytest.raises(Invalid):
        Statement.parse(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, st.sampled_from(["payload", "payloadType", "signatures"]))
def test_any_json_in_a_field_is_invalid_and_nothing_worse(value, field):
    with pytest.raises(Invalid):
        Envelope.parse(encoded({**document(), field: value})).statement()


@given(JSON, st.sampled_from(["_type", "subject", "predicateType", "predicate"]))
def test_any_json_in_a_statement_is_read_whole_or_invalid(value, field):
    try:
        read = Statement.parse(encoded({**json.loads(STATEMENT.to_bytes()), field: value}))
    except Invalid:
        return
    assert Statement.parse(read.to_bytes()) == read
