"""proofbundle verifies our tlog-proofs, checkpoints and cosignatures (also ML-DSA-44), and refuses wrong ones."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import mldsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kept.core import merkle, note
from kept.core.cosignature import Cosigner
from kept.core.note import COSIGNER_KEY, COSIGNER_KEY_ML_DSA_44, LOG_KEY, Checkpoint, Note, VerifierKey
from kept.core.proof import Proof

tlogproof = pytest.importorskip("proofbundle.tlogproof", reason="proofbundle is not installed")
checkpoints = pytest.importorskip("proofbundle.checkpoint", reason="proofbundle is not installed")

TIME = 1_800_000_000
LOG = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"log").digest())
LOG_VKEY = VerifierKey("log.example/interop", LOG_KEY, LOG.public_key().public_bytes_raw())
ONE = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"one").digest())
TWO = mldsa.MLDSA44PrivateKey.from_seed_bytes(hashlib.sha256(b"two").digest())
FIRST = Cosigner(VerifierKey("witness.example/w1", COSIGNER_KEY, ONE.public_key().public_bytes_raw()), ONE.sign)
SECOND = Cosigner(
    VerifierKey("witness.example/w2", COSIGNER_KEY_ML_DSA_44, TWO.public_key().public_bytes_raw()), TWO.sign
)
ENTRIES = [b"entry %d" % number for number in range(700)]
LEAVES = [merkle.leaf_hash(entry) for entry in ENTRIES]


def nodes(level, index):
    return merkle.perfect_root(b"".join(LEAVES[index << level : (index + 1) << level]))


def proof(index, size=len(ENTRIES)):
    text = Checkpoint(LOG_VKEY.name, size, merkle.tree_root(nodes, size)).text()
    signatures = (
        note.sign(text, key=LOG_VKEY, sign_message=LOG.sign),
        FIRST.cosign(text, time=TIME),
        SECOND.cosign(text, time=TIME),
    )
    return Proof(index, merkle.prove_inclusion(nodes, index, size), Note(text, signatures), extra=ENTRIES[index])


def judged(text, entry, threshold=2):
    witnesses = [str(FIRST.key), str(SECOND.key)]
    return tlogproof.verify_tlog_proof(text, entry, str(LOG_VKEY), witnesses, threshold=threshold)


@pytest.mark.parametrize(("index", "size"), [(0, 1), (1, 2), (255, 256), (256, 257), (424, 700), (699, 700)])
def test_it_accepts_our_proofs_with_both_kinds_of_cosignature(index, size):
    found = judged(proof(index, size).to_bytes().decode(), ENTRIES[index])
    assert found["ok"], found
    assert (found["index"], found["tree_size"]) == (index, size)


def test_it_accepts_our_checkpoint_and_each_cosignature():
    signed = proof(424).note.to_bytes().decode()
    assert checkpoints.verify_checkpoint(signed, str(LOG_VKEY))["ok"]
    for witness in (FIRST, SECOND):
        assert checkpoints.verify_cosignature(signed, str(witness.key))["ok"]


def test_it_refuses_another_entry_another_index_and_another_root():
    text = proof(424).to_bytes().decode()
    assert not judged(text, ENTRIES[425])["ok"]
    assert not judged(text.replace("index 424\n", "index 425\n"), ENTRIES[424])["ok"]
    assert not judged(text.replace("\n700\n", "\n699\n"), ENTRIES[424])["ok"]


def test_we_accept_what_it_cosigns_and_it_writes_our_verifier_keys():
    from kept.core import cosignature

    signed = proof(424).note.to_bytes().decode()
    assert checkpoints.vkey(LOG_VKEY.name, LOG_VKEY.public) == str(LOG_VKEY)
    assert checkpoints.cosign_vkey(FIRST.key.name, FIRST.key.public) == str(FIRST.key)
    theirs = Note.parse(signed.encode())
    assert cosignature.verify(theirs, FIRST.key).time == TIME
    again = tlogproof.parse_tlog_proof(proof(424).to_bytes().decode())
    assert again["proof"] == list(proof(424).hashes)
    assert again["extra"] == ENTRIES[424]
