"""A runtime that must show what it is gets no key before, and its evidence counts once, for one lease, for a minute."""

from dataclasses import replace

import pytest

from kept.errors import Denied, Invalid, Unverified
from kept.practices.weights.backends.attestation.measured import evidence, signed_bytes
from kept.practices.weights.service.leasing.keyholder import Keyholder
from kept.predicates.weights_lease import WeightsLease
from practices.weights.backends.attestation.test_measured import ED, ED_RULE, RUNTIME
from simulators.lent_weights import TERMS, lent_weights

INFERENCE = replace(TERMS, runtime="inference")


@pytest.fixture
def lent(tmp_path):
    with lent_weights(tmp_path, runtimes_attested=(f"inference measured:{ED_RULE}",)) as found:
        yield found


def shown(nonce):
    return evidence(nonce, RUNTIME, ED.sign(signed_bytes(nonce, RUNTIME)))


def test_a_runtime_gets_the_key_after_it_has_shown_what_it_is(lent):
    lease, keyholder = lent.lent(terms=INFERENCE), lent.keyholder
    with pytest.raises(Denied) as caught:
        keyholder.file_key(lease.id, lent.clock())
    assert caught.value.code == "lease.attestation"
    nonce = keyholder.challenge(lease.id, lent.clock())
    keyholder.attest(lease.id, shown(nonce), nonce, lent.clock())
    assert keyholder.file_key(lease.id, lent.clock()) == lent.file_key
    lent.clock.forward(seconds=60)
    with pytest.raises(Denied):
        keyholder.file_key(lease.id, lent.clock())
    said = [one.predicate["attested"] for one in lent.room.ledger.statements(WeightsLease.of_type)]
    assert said == [True, True]


def test_evidence_counts_once_and_for_its_lease_alone(lent):
    first, second, keyholder = lent.lent(terms=INFERENCE), lent.lent(terms=INFERENCE), lent.keyholder
    nonce = keyholder.challenge(first.id, lent.clock())
    for attempt in range(2):
        with pytest.raises(Denied) as caught:
            keyholder.attest(second.id, shown(nonce), nonce, lent.clock())
        assert (attempt, caught.value.code) == (attempt, "attestation.nonce")
    nonce = keyholder.challenge(first.id, lent.clock())
    keyholder.attest(first.id, shown(nonce), nonce, lent.clock())
    with pytest.raises(Denied):
        keyholder.attest(first.id, shown(nonce), nonce, lent.clock())
    with pytest.raises(Denied):
        keyholder.file_key(second.id, lent.clock())


def test_a_nonce_is_answered_within_a_minute_and_to_whom_drew_it(lent):
    lease, keyholder = lent.lent(terms=INFERENCE), lent.keyholder
    nonce = keyholder.challenge(lease.id, lent.clock())
    with pytest.raises(Denied):
        lent.keyholder.attest(lease.id, shown(nonce), nonce, lent.clock())
    lent.clock.forward(seconds=60)
    with pytest.raises(Denied):
        keyholder.attest(lease.id, shown(nonce), nonce, lent.clock())


def test_evidence_that_is_not_good_uses_its_nonce_up(lent):
    lease, keyholder = lent.lent(terms=INFERENCE), lent.keyholder
    nonce = keyholder.challenge(lease.id, lent.clock())
    with pytest.raises(Unverified):
        keyholder.attest(lease.id, shown(bytes(32)), nonce, lent.clock())
    with pytest.raises(Denied):
        keyholder.attest(lease.id, shown(nonce), nonce, lent.clock())


def test_nothing_is_asked_for_a_lease_that_is_not_in_force(lent):
    lease = lent.ask(terms=INFERENCE)
    with pytest.raises(Denied) as caught:
        lent.keyholder.challenge(lease.id, lent.clock())
    assert caught.value.code == "lease.not-approved"


def test_any_other_runtime_shows_nothing(lent):
    lease = lent.lent(terms=replace(TERMS, runtime="training"))
    assert lent.key(lease) == lent.file_key
    keyholder = lent.keyholder
    nonce = keyholder.challenge(lease.id, lent.clock())
    with pytest.raises(Denied):
        keyholder.attest(lease.id, shown(nonce), nonce, lent.clock())


@pytest.mark.parametrize("rule", ["", "inference", "inference tdx:x", "measured:x"])
def test_a_setting_that_says_nothing_is_invalid(lent, rule):
    settings = replace(lent.room.context.settings, runtimes_attested=(rule,))
    with pytest.raises(Invalid):
        Keyholder(lent.room.context, settings)
