"""Cosignatures of witnesses, and when a checkpoint counts as witnessed."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import mldsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kept.core import cosignature
from kept.core.cosignature import Cosigner
from kept.core.note import COSIGNER_KEY, COSIGNER_KEY_ML_DSA_44, LOG_KEY, Checkpoint, Note, NoteSignature, VerifierKey
from kept.core.trust import Witness, WitnessRule
from kept.errors import Invalid, Unverified

NOW = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
TIME = int(NOW.timestamp())
TEXT = Checkpoint("log.example/one", 5, bytes(32)).text()


def ed25519(name):
    private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())
    return Cosigner(VerifierKey(name, COSIGNER_KEY, private.public_key().public_bytes_raw()), private.sign)


def ml_dsa_44(name):
    private = mldsa.MLDSA44PrivateKey.from_seed_bytes(hashlib.sha256(name.encode()).digest())
    return Cosigner(VerifierKey(name, COSIGNER_KEY_ML_DSA_44, private.public_key().public_bytes_raw()), private.sign)


def rule(*cosigners, minimum=1, freshness=3600):
    keys = tuple(Witness(str(one.key), group) for one, group in cosigners)
    return WitnessRule(minimum, freshness, keys)


def judged(note, wanted, as_of=NOW, log_keys=()):
    return cosignature.witnessed(note, wanted, log_keys=log_keys, as_of=as_of)


@pytest.mark.parametrize("make", [ed25519, ml_dsa_44])
def test_a_cosignature_holds_for_its_text_alone(make):
    witness = make("witness.example/w1")
    signature = witness.cosign(TEXT, time=TIME)
    assert cosignature.verify(Note(TEXT, (signature,)), witness.key).time == TIME
    with pytest.raises(Unverified):
        cosignature.verify(Note(TEXT.replace("\n5\n", "\n6\n"), (signature,)), witness.key)
    other_time = NoteSignature(signature.name, signature.key_id, (TIME + 1).to_bytes(8, "big") + signature.value[8:])
    with pytest.raises(Unverified):
        cosignature.verify(Note(TEXT, (other_time,)), witness.key)


@pytest.mark.parametrize("make", [ed25519, ml_dsa_44])
def test_a_cut_cosignature_is_unverified(make):
    witness = make("witness.example/w1")
    signature = witness.cosign(TEXT, time=TIME)
    for value in (signature.value[:-1], signature.value + b"\x00", b"12345"):
        with pytest.raises(Unverified):
            cosignature.verify(Note(TEXT, (NoteSignature(signature.name, signature.key_id, value),)), witness.key)


def test_the_key_of_a_log_cannot_cosign():
    with pytest.raises(Invalid):
        cosignature.cosigned_message(VerifierKey("log.example/one", LOG_KEY, bytes(32)), TEXT, time=1)


def test_independent_groups_are_counted_not_keys():
    first, second, third = ed25519("a.example"), ml_dsa_44("b.example"), ed25519("c.example")
    note = Note(TEXT, tuple(one.cosign(TEXT, time=TIME) for one in (first, second, third)))
    two_groups = rule((first, "north"), (second, "north"), (third, "south"), minimum=2)
    assert judged(note, two_groups).state == "witnessed"
    assert judged(note, two_groups).groups == ("north", "south")
    one_group = rule((first, "north"), (second, "north"), minimum=2)
    found = judged(note, one_group)
    assert (found.state, found.groups) == ("unwitnessed", ("north",))
    assert "1 of at least 2" in found.missing


def test_an_unwitnessed_checkpoint_is_a_state_and_no_error():
    assert judged(Note(TEXT), rule((ed25519("a.example"), "north"))).state == "unwitnessed"
    assert judged(Note(TEXT), WitnessRule()).state == "unwitnessed"


def test_a_stale_cosignature_and_one_from_the_future_do_not_count():
    witness = ed25519("a.example")
    note = Note(TEXT, (witness.cosign(TEXT, time=TIME),))
    wanted = rule((witness, "north"), freshness=3600)
    assert judged(note, wanted, NOW + timedelta(seconds=3600)).state == "witnessed"
    late = judged(note, wanted, NOW + timedelta(seconds=3601))
    assert late.state == "unwitnessed"
    assert "a.example at 2026-11-22T07:30:00Z" in late.missing
    assert judged(note, wanted, NOW - timedelta(minutes=6)).state == "unwitnessed"
    for time in (0, 2**63 - 1):
        assert judged(Note(TEXT, (witness.cosign(TEXT, time=time),)), wanted).state == "unwitnessed"


def test_a_false_cosignature_of_a_trusted_witness_is_an_error():
    witness, other = ed25519("a.example"), ed25519("b.example")
    forged = other.cosign(TEXT, time=TIME)
    note = Note(TEXT, (NoteSignature("a.example", witness.key.key_id, forged.value),))
    with pytest.raises(Unverified, match=r"a\.example"):
        judged(note, rule((witness, "north")))


def test_a_log_does_not_witness_itself_and_a_key_counts_once():
    witness = ed25519("a.example")
    again = Cosigner(VerifierKey("b.example", COSIGNER_KEY, witness.key.public), witness.sign)
    note = Note(TEXT, (witness.cosign(TEXT, time=TIME), again.cosign(TEXT, time=TIME)))
    own = VerifierKey("log.example/one", LOG_KEY, witness.key.public)
    assert judged(note, rule((witness, "north")), log_keys=[own]).state == "unwitnessed"
    both = rule((witness, "north"), (again, "south"), minimum=2)
    assert judged(note, both).groups == ("north",)
