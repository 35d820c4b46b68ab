"""A carrier follows from its key alone, any slice of it too, and tells nothing of another."""

import itertools
from math import comb

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Invalid
from kept.practices.weights.methods.tracing.carriers import COINS, Carrier, carrier_key, commitment

SECRET, MODEL = bytes(range(32)), "ab" * 32


def carrier(recipient: int = 1, tensor: str = "w", secret: bytes = SECRET, model: str = MODEL) -> Carrier:
    return Carrier.of(carrier_key(secret, f"{recipient:064x}", model), tensor)


@given(st.integers(0, 3000), st.integers(0, 3000))
def test_any_slice_is_the_same_made_alone(start: int, count: int) -> None:
    whole = carrier()
    assert np.array_equal(whole.numbers(start, count), whole.numbers(0, 6000)[start : start + count])
    assert np.array_equal(whole.dither(start, count), whole.dither(0, 6000)[start : start + count])


def test_numbers_are_sums_of_eight_fair_coins() -> None:
    drawn = carrier().numbers(0, 1 << 20)
    assert abs(drawn.mean()) < 5e-3
    assert abs(drawn.var() - 1) < 5e-3
    for number in range(COINS + 1):
        share = np.mean(np.isclose(drawn, (2 * number - COINS) / COINS**0.5))
        assert abs(share - comb(COINS, number) / 2**COINS) < 3e-3


def test_carriers_that_differ_in_anything_are_unrelated() -> None:
    others = [
        carrier(),
        carrier(2),
        carrier(tensor="v"),
        carrier(secret=bytes(32)),
        carrier(model="cd" * 32),
    ]
    drawn = [one.numbers(0, 1 << 18) for one in others]
    drawn += [carrier().numbers(1 << 18, 1 << 18), carrier().dither(0, 1 << 18) / 18918.0 - 1.7320]
    for one, other in itertools.combinations(drawn, 2):
        assert abs(one @ other) / (1 << 9) < 5


def test_a_carrier_made_by_the_words_of_its_description() -> None:
    recipient = bytes(31) + b"\x01"
    key = derived(SECRET, recipient, b"kept/trace/v1 carrier\x00" + bytes.fromhex(MODEL))
    coins = HKDFExpand(SHA256(), 32, b"kept/trace/v1 coins\x00w").derive(key)
    stream = Cipher(AES(coins), CTR(bytes(16))).encryptor().update(bytes(100))
    expected = [(2 * byte.bit_count() - 8) / 8**0.5 for byte in stream]
    assert np.allclose(carrier().numbers(0, 100), expected)
    published = HKDFExpand(SHA256(), 32, b"kept/trace/v1 commitment").derive(key)
    assert commitment(carrier_key(SECRET, recipient.hex(), MODEL)) == published.hex()


def derived(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, info).derive(secret)


def test_the_commitment_differs_by_recipient_and_is_not_the_key() -> None:
    one, other = (carrier_key(SECRET, f"{recipient:064x}", MODEL) for recipient in (1, 2))
    assert len({commitment(one), commitment(other), one.secret.hex(), other.secret.hex()}) == 4
    assert one.secret.hex() not in repr(one)


def test_a_secret_of_another_length_is_invalid() -> None:
    with pytest.raises(Invalid, match="32 bytes, not 16"):
        carrier_key(bytes(16), "00" * 32, MODEL)
