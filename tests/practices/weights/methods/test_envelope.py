"""A file key opens for the key service and enough custodians together, and for nobody alone."""

import base64
import hmac
import json
import os
from itertools import combinations
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from kept.core import canonical
from kept.errors import Denied, Invalid, Unverified
from kept.practices.weights.methods import envelope as envelopes
from kept.practices.weights.methods.envelope import Parts, Sharing, assemble, open_pads, open_spare, parse

FILE = "ab" * 32
KEYS = [X25519PrivateKey.from_private_bytes(bytes([number + 1]) * 32) for number in range(10)]
SAFE = X25519PrivateKey.from_private_bytes(bytes([99]) * 32)


def public(key):
    return key.public_key().public_bytes_raw()


def make(count=3, threshold=2, *, spare=None, file_id=FILE):
    parts = Parts.drawn(os.urandom)
    sharing = Sharing(tuple(public(key) for key in KEYS[:count]), threshold, spare)
    return parts, envelopes.make(file_id, parts, sharing, kek="kek-1", wrapped=b"wrapped", entropy=os.urandom)


@pytest.mark.parametrize(("count", "threshold"), [(3, 2), (4, 2), (4, 3), (5, 3), (6, 2)])
def test_any_custodians_who_are_enough_open_the_second_half(count, threshold):
    parts, data = make(count, threshold)
    envelope = parse(data)
    opened = [open_pads(envelope, key) for key in KEYS[:count]]
    for size in range(threshold, count + 1):
        for chosen in combinations(range(count), size):
            assert assemble(envelope, {each: opened[each] for each in chosen}) == parts.custodians


def test_too_few_custodians_open_nothing():
    _, data = make(4, 3)
    envelope = parse(data)
    for chosen in [(), (0,), (1, 3)]:
        with pytest.raises(Denied) as caught:
            assemble(envelope, {each: open_pads(envelope, KEYS[each]) for each in chosen})
        assert caught.value.code == "envelope.too-few"


@settings(max_examples=20)
@given(st.integers(3, 5), st.data())
def test_what_too_few_hold_fits_every_second_half(count, data):
    """A one-time pad's guarantee: for any other half there are pads of the absent that would have made it."""
    threshold = data.draw(st.integers(2, count - 1))
    parts, made = make(count, threshold)
    envelope = parse(made)
    other = data.draw(st.binary(min_size=32, max_size=32))
    chosen = envelope.sharing.subsets[0]
    absent = chosen[-1]
    released = {each: open_pads(envelope, KEYS[each]) for each in chosen}
    first = bytes(a ^ b ^ c for a, b, c in zip(released[absent][:32], parts.custodians, other, strict=True))
    released[absent] = first + released[absent][32:]
    assert assemble(envelope, released) == other


def test_a_stranger_is_no_member():
    _, data = make()
    with pytest.raises(Denied) as caught:
        open_pads(parse(data), KEYS[5])
    assert caught.value.code == "envelope.not-a-member"


def test_the_envelope_of_one_file_opens_no_other():
    _, data = make()
    moved = data.replace(FILE.encode(), b"cd" * 32)
    with pytest.raises(Unverified):
        open_pads(parse(moved), KEYS[0])


def test_pads_that_changed_places_are_noticed():
    _, data = make(4, 2)
    document = json.loads(data)
    subsets = document["subsets"]
    subsets[0], subsets[1] = subsets[1], subsets[0]
    with pytest.raises(Unverified):
        open_pads(parse(canonical.encode(document)), KEYS[0])


def test_a_file_key_needs_both_halves_and_the_salt():
    parts, other = Parts.drawn(os.urandom), Parts.drawn(os.urandom)
    salt = os.urandom(32)
    key = parts.file_key(salt)
    mixed = [Parts(parts.service, other.custodians), Parts(other.service, parts.custodians)]
    found = [bytes(each.file_key(salt)) for each in mixed] + [bytes(parts.file_key(os.urandom(32)))]
    assert bytes(parts.file_key(salt)) == bytes(key)
    assert len({bytes(key), *found}) == 4


def test_the_file_key_is_what_rfc_5869_says_with_sha_512():
    """Computed here step by step with HMAC alone."""
    parts, salt = Parts(bytearray(b"s" * 32), bytearray(b"c" * 32)), bytes(range(32))
    extracted = hmac.digest(salt, b"s" * 32 + b"c" * 32, "sha512")
    assert parts.file_key(salt) == hmac.digest(extracted, b"kept/sealed/v1 file key\x01", "sha512")[:32]


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_salt_of_another_length_is_invalid(length):
    with pytest.raises(Invalid):
        Parts.drawn(os.urandom).file_key(bytes(length))


def test_wiped_parts_hold_zeros():
    parts = Parts.drawn(os.urandom)
    parts.wipe()
    assert parts.service == parts.custodians == bytes(32)


@pytest.mark.parametrize(("count", "threshold"), [(0, 2), (2, 2), (11, 2), (3, 1), (3, 3), (3, 4), (5, 0), (5, -1)])
def test_a_sharing_that_one_loss_or_one_person_decides_is_invalid(count, threshold):
    members = tuple(bytes([each]) * 32 for each in range(count))
    with pytest.raises(Invalid):
        Sharing(members, threshold)


def test_one_key_under_two_names_is_invalid():
    keys = [public(key) for key in KEYS[:3]]
    with pytest.raises(Invalid):
        Sharing((*keys, keys[0]), 2)
    with pytest.raises(Invalid):
        Sharing(tuple(keys), 2, keys[1])


def test_a_public_key_of_low_order_is_invalid():
    members = (bytes(32), *(public(key) for key in KEYS[:2]))
    with pytest.raises(Invalid) as caught:
        envelopes.make(FILE, Parts.drawn(os.urandom), Sharing(members, 2), kek="k", wrapped=b"w", entropy=os.urandom)
    assert caught.value.code == "envelope.public-key"


def test_a_safe_opens_the_second_half_alone_and_only_where_it_was_chosen():
    parts, data = make(spare=public(SAFE))
    assert open_spare(parse(data), SAFE) == parts.custodians
    for made, key in ((data, KEYS[0]), (make()[1], SAFE)):
        with pytest.raises(Denied):
            open_spare(parse(made), key)


def test_another_key_service_takes_the_first_half_and_nothing_else_changes():
    parts, data = make(spare=public(SAFE))
    rewrapped = parse(parse(data).rewrapped(kek="kek-2", wrapped=b"again").to_bytes())
    assert (rewrapped.kek, rewrapped.wrapped) == ("kek-2", b"again")
    assert rewrapped.sealed == parse(data).sealed
    assert assemble(rewrapped, {each: open_pads(rewrapped, KEYS[each]) for each in (0, 2)}) == parts.custodians


def test_an_envelope_shows_no_secret():
    parts, data = make()
    assert bytes(parts.custodians).hex() not in repr(parts) + repr(parse(data))
    assert bytes(parts.custodians) not in data


def test_the_largest_envelope_is_within_the_limit():
    keys = tuple(bytes([each + 1]) * 32 for each in range(10))
    parts = Parts.drawn(os.urandom)
    data = envelopes.make(FILE, parts, Sharing(keys, 6), kek="k" * 64, wrapped=bytes(8192), entropy=os.urandom)
    assert len(data) <= envelopes.LIMIT
    assert len(parse(data).sealed) == 210


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"version": True},
        {"version": 1.0},
        {"more": 1},
        {"file": FILE.upper()},
        {"file": "ab"},
        {"file": 7},
        {"threshold": "2"},
        {"threshold": 1},
        {"threshold": True},
        {"members": []},
        {"members": ["zz"] * 3},
        {"members": {"a": 1}},
        {"kek": ""},
        {"kek": "k" * 65},
        {"wrapped": ""},
        {"wrapped": "!"},
        {"wrapped": None},
        {"subsets": []},
        {"subsets": [[], [], []]},
        {"subsets": [["AA==", "AA=="]] * 3},
        {"subsets": {}},
        {"spare": {}},
        {"spare": "x"},
        {"spare": {"public": "00", "sealed": "AA=="}},
    ],
)
def test_a_malformed_envelope_is_invalid(change):
    with pytest.raises(Invalid):
        parse(canonical.encode(json.loads(make()[1]) | change))


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"7", b"{}", b"\xff", b"[" * 100_000, b" " * (256 * 1024 + 1)])
def test_what_is_no_envelope_is_invalid(data):
    with pytest.raises(Invalid):
        parse(data)


def test_another_spelling_of_the_same_envelope_is_invalid():
    _, data = make()
    with pytest.raises(Invalid):
        parse(json.dumps(json.loads(data)).encode())


@settings(max_examples=200)
@given(st.data())
def test_a_changed_byte_opens_nothing_else(data):
    parts, made = make()
    at = data.draw(st.integers(0, len(made) - 1))
    changed = bytearray(made)
    changed[at] ^= data.draw(st.integers(1, 255))
    try:
        envelope = parse(bytes(changed))
        part = assemble(envelope, {each: open_pads(envelope, KEYS[each]) for each in (0, 1)})
    except (Invalid, Unverified, Denied):
        return
    # What only concerns the other half, or other custodians, may have changed.
    assert part == parts.custodians


VECTORS = json.loads((Path(__file__).parents[3] / "vectors/envelope/vectors.json").read_text())


@pytest.mark.parametrize("vector", VECTORS["valid"], ids=lambda vector: vector["name"])
def test_a_published_envelope_opens_to_its_file_key(vector):
    envelope = parse(vector["envelope"].encode())
    keys = [X25519PrivateKey.from_private_bytes(bytes.fromhex(each)) for each in vector["private"]]
    for chosen in envelope.sharing.subsets:
        part = assemble(envelope, {each: open_pads(envelope, keys[each]) for each in chosen})
        assert part.hex() == vector["custodians"]
    if vector["safe"]:
        safe = X25519PrivateKey.from_private_bytes(bytes.fromhex(vector["safe"]))
        assert open_spare(envelope, safe).hex() == vector["custodians"]
    parts = Parts(bytearray.fromhex(vector["service"]), bytearray.fromhex(vector["custodians"]))
    assert parts.file_key(bytes.fromhex(vector["salt"])).hex() == vector["file_key"]


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=lambda vector: vector["name"])
def test_a_published_envelope_that_is_wrong_opens_nothing(vector):
    keys = [X25519PrivateKey.from_private_bytes(bytes.fromhex(each)) for each in VECTORS["valid"][0]["private"]]
    with pytest.raises(Unverified if vector["error"] == "unverified" else Invalid):
        open_pads(parse(vector["envelope"].encode()), keys[0])


def test_a_stranger_opens_a_published_envelope_by_the_document_alone():
    """Written from docs/key-envelope.md, with the standard library and HPKE alone."""
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

    vector = VECTORS["valid"][0]
    said, suite = json.loads(vector["envelope"]), Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    subset, second = list(combinations(range(len(said["members"])), said["threshold"]))[1], bytes(32)
    for place, member in enumerate(subset):
        about = f'{{"file":"{said["file"]}","member":{member},"subset":1}}'
        key = X25519PrivateKey.from_private_bytes(bytes.fromhex(vector["private"][member]))
        sealed = base64.b64decode(said["subsets"][1][place])
        pad = suite.decrypt(sealed, key, b"kept/sealed/v1 pad\x00" + about.encode())
        second = bytes(a ^ b for a, b in zip(second, pad, strict=True))
    extracted = hmac.digest(bytes.fromhex(vector["salt"]), bytes.fromhex(vector["service"]) + second, "sha512")
    assert hmac.digest(extracted, b"kept/sealed/v1 file key\x01", "sha512")[:32].hex() == vector["file_key"]
