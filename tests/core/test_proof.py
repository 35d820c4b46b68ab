"""tlog-proof files: written, read, verified, refused."""

import contextlib
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from kept.core import merkle, note
from kept.core.note import LOG_KEY, Checkpoint, Note, VerifierKey
from kept.core.proof import Proof
from kept.errors import Invalid, Unverified

PRIVATE = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"log").digest())
KEY = VerifierKey("log.example/one", LOG_KEY, PRIVATE.public_key().public_bytes_raw())
ENTRIES = [b"%d" % number for number in range(11)]
LEAVES = [merkle.leaf_hash(entry) for entry in ENTRIES]


def nodes(level, index):
    return merkle.perfect_root(b"".join(LEAVES[index << level : (index + 1) << level]))


def proof(index=4):
    text = Checkpoint(KEY.name, 11, merkle.tree_root(nodes, 11)).text()
    signed = Note(text, (note.sign(text, key=KEY, sign_message=PRIVATE.sign),))
    return Proof(index, merkle.prove_inclusion(nodes, index, 11), signed, extra=ENTRIES[index])


@pytest.mark.parametrize("index", range(11))
def test_a_proof_holds_for_its_entry_alone(index):
    read = Proof.parse(proof(index).to_bytes())
    assert read == proof(index)
    assert read.verify(ENTRIES[index], log_keys=[KEY]).size == 11
    with pytest.raises(Unverified):
        read.verify(b"another", log_keys=[KEY])


def test_a_proof_beyond_its_checkpoint_or_of_another_log_is_unverified():
    with pytest.raises(Unverified):
        Proof(11, proof().hashes, proof().note).verify(ENTRIES[4], log_keys=[KEY])
    with pytest.raises(Unverified):
        proof().verify(ENTRIES[4], log_keys=[VerifierKey(KEY.name, LOG_KEY, bytes(32))])


WHOLE = proof().to_bytes()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        WHOLE.replace(b"@v1", b"@v2"),
        WHOLE.replace(b"index 4", b"index 04"),
        WHOLE.replace(b"index 4", b"index"),
        WHOLE.replace(b"index 4\n", b""),
        WHOLE.replace(b"extra ", b"extra !"),
        WHOLE.replace(b"index 4\n", b"index 4\nAAAA\n"),
        WHOLE.replace(b"\n\n", b"\n", 1),
        b"c2sp.org/tlog-proof@v1\nindex 1" + b"\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" * 64 + b"\n\n" + WHOLE,
        b"x" * 3_000_000,
    ],
)
def test_anything_else_is_no_proof(data):
    with pytest.raises(Invalid):
        Proof.parse(data)


@given(st.binary(max_size=300) | st.integers(0, len(WHOLE)).map(lambda at: WHOLE[:at] + b"A" + WHOLE[at:]))
def test_a_proof_of_any_bytes_is_read_or_refused(data):
    with contextlib.suppress(Invalid):
        assert Proof.parse(data).to_bytes() == data


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 7))
def test_no_flipped_bit_goes_unnoticed_but_in_the_copy_of_the_entry(at, bit):
    flipped = bytearray(WHOLE)
    flipped[at] ^= 1 << bit
    with contextlib.suppress(Invalid, Unverified):
        read = Proof.parse(bytes(flipped))
        read.verify(ENTRIES[4], log_keys=[KEY])
        assert read.extra != ENTRIES[4]
