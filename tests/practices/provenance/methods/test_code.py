"""A payload survives noise up to what its code promises, and nothing else is ever taken for one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kept.practices.provenance.methods import code
from kept.practices.provenance.records import Payload

PAYLOADS = st.builds(Payload, model=st.integers(0, 2**20 - 1), content=st.integers(0, 2**40 - 1))


@given(PAYLOADS)
def test_a_payload_is_read_back(payload: Payload) -> None:
    signs = code.encode(payload)
    assert signs.shape == (code.CODED,)
    assert set(np.unique(signs)) <= {-1, 1}
    assert code.decode(signs.astype(np.float32)) == payload


@settings(max_examples=20)
@given(PAYLOADS, st.integers(0, 2**32))
def test_what_is_read_of_many_wrong_signs_is_the_payload_or_nothing(payload: Payload, seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 1.9, code.CODED)
    evidence = code.encode(payload) + noise
    assert np.mean(np.sign(evidence) != code.encode(payload)) > 0.2
    assert code.decode(evidence) in (payload, None)


def test_a_quarter_of_wrong_signs_is_nearly_always_overcome() -> None:
    chance = np.random.default_rng(5)
    payloads = [Payload(int(chance.integers(2**20)), int(chance.integers(2**40))) for _ in range(60)]
    evidence = [code.encode(each) + chance.normal(0, 1.45, code.CODED) for each in payloads]
    assert sum(code.decode(values) == each for values, each in zip(evidence, payloads, strict=True)) >= 57


def test_the_next_likeliest_messages_hold_payloads_that_the_likeliest_one_lost() -> None:
    chance = np.random.default_rng(8)
    payloads = [Payload(int(chance.integers(2**20)), int(chance.integers(2**40))) for _ in range(40)]
    evidence = [code.encode(each) + chance.normal(0, 2.2, code.CODED) for each in payloads]
    read = {
        tried: [code.decode(values, tried=tried) == each for values, each in zip(evidence, payloads, strict=True)]
        for tried in (1, 64, 1024)
    }
    assert sum(read[1]) + 8 < sum(read[64]) <= sum(read[1024])
    for fewer, more in ((1, 64), (64, 1024)):
        assert all(then for first, then in zip(read[fewer], read[more], strict=True) if first)


@pytest.mark.parametrize("tried", [1, 256])
def test_pure_noise_says_nothing(tried: int) -> None:
    noise = np.random.default_rng(6).normal(0, 1, (100, code.CODED))
    assert [code.decode(each, tried=tried) for each in noise] == [None] * 100


@pytest.mark.parametrize("payload", [Payload(2**20, 0), Payload(0, 2**40), Payload(-1, 0), Payload(0, 0, version=16)])
def test_a_field_that_is_too_large_is_refused(payload: Payload) -> None:
    with pytest.raises(ValueError, match="doesn't fit"):
        code.encode(payload)


def test_a_payload_of_another_format_is_not_read() -> None:
    assert code.decode(code.encode(Payload(1, 2, version=2)).astype(np.float32), tried=64) is None


def test_two_payloads_differ_in_many_signs() -> None:
    one = code.encode(Payload(0, 0))
    others = [code.encode(Payload(0, 1 << at)) for at in range(40)]
    assert min(int(np.sum(one != other)) for other in others) >= 37
