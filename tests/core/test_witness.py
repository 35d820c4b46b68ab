"""The tlog-witness protocol: what is cosigned, and what never is."""

import contextlib
import hashlib
import threading
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from kept.core import cosignature, merkle
from kept.core.cosignature import Cosigner
from kept.core.ledger.memory import FileMemory
from kept.core.note import COSIGNER_KEY, LOG_KEY, Checkpoint, Note, VerifierKey, sign
from kept.core.witness import AddCheckpoint, StaleSize, Witness, read_cosignatures
from kept.errors import Conflict, Denied, Invalid, KeptError, NotFound, Unverified

ORIGIN = "log.example/one"
LOG = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"log").digest())
LOG_VKEY = VerifierKey(ORIGIN, LOG_KEY, LOG.public_key().public_bytes_raw())
OWN = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"witness").digest())
COSIGNER = Cosigner(VerifierKey("witness.example/w", COSIGNER_KEY, OWN.public_key().public_bytes_raw()), OWN.sign)
LEAVES = [merkle.leaf_hash(b"%d" % number) for number in range(40)]


def nodes(level, index):
    return merkle.perfect_root(b"".join(LEAVES[index << level : (index + 1) << level]))


def noted(size, *, root=None, origin=ORIGIN, key=LOG):
    text = Checkpoint(origin, size, merkle.tree_root(nodes, size) if root is None else root).text()
    return Note(text, (sign(text, key=LOG_VKEY, sign_message=key.sign),))


def request(old, new, **other):
    return AddCheckpoint(old, merkle.prove_consistency(nodes, old, new), noted(new, **other)).to_bytes()


class Clock:
    def __init__(self):
        self.time = 1_800_000_000

    def __call__(self):
        return datetime.fromtimestamp(self.time, UTC)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def witness(tmp_path, clock):
    known = {ORIGIN: [LOG_VKEY]}
    return Witness([COSIGNER], lambda origin: known.get(origin, []), FileMemory(tmp_path), clock)


def cosigned(body, size):
    text = noted(size).text
    signatures = read_cosignatures(body, text=text, keys=[COSIGNER.key])
    return cosignature.verify(Note(text, signatures), COSIGNER.key)


def test_a_witness_cosigns_a_growing_log(witness, clock):
    assert cosigned(witness.add_checkpoint(request(0, 3)), 3).time == clock.time
    for old, new in ((3, 3), (3, 4), (4, 17), (17, 40)):
        assert cosigned(witness.add_checkpoint(request(old, new)), new)


def test_the_size_that_is_held_is_told_to_who_asks_from_another(witness):
    witness.add_checkpoint(request(0, 7))
    for old, new in ((0, 9), (3, 9), (0, 3), (9, 12)):
        with pytest.raises(StaleSize) as refused:
            witness.add_checkpoint(request(old, new))
        assert refused.value.size == 7


def test_a_fork_of_the_same_size_is_a_conflict_and_of_a_larger_one_unverified(witness):
    witness.add_checkpoint(request(0, 7))
    with pytest.raises(Conflict):
        witness.add_checkpoint(AddCheckpoint(7, (), noted(7, root=bytes(32))).to_bytes())
    with pytest.raises(Unverified):
        witness.add_checkpoint(request(7, 9, root=bytes(32)))
    with pytest.raises(Unverified):
        witness.add_checkpoint(AddCheckpoint(7, (), noted(9)).to_bytes())
    assert cosigned(witness.add_checkpoint(request(7, 9)), 9)


def test_an_unknown_log_a_false_signature_and_a_decrease_are_refused(witness):
    with pytest.raises(NotFound):
        witness.add_checkpoint(request(0, 3, origin="log.example/two"))
    with pytest.raises(Denied):
        witness.add_checkpoint(request(0, 3, key=OWN))
    with pytest.raises(Invalid):
        witness.add_checkpoint(AddCheckpoint(4, (), noted(3)).to_bytes())
    with pytest.raises(Unverified):
        witness.add_checkpoint(AddCheckpoint(0, (bytes(32),), noted(3)).to_bytes())


def test_a_clock_that_runs_backwards_never_decreases_the_time_of_a_cosignature(witness, clock):
    first = cosigned(witness.add_checkpoint(request(0, 3)), 3).time
    clock.time -= 7200
    assert cosigned(witness.add_checkpoint(request(3, 4)), 4).time == first


def test_a_witness_that_restarts_remembers(witness, tmp_path, clock):
    witness.add_checkpoint(request(0, 7))
    again = Witness([COSIGNER], lambda _: [LOG_VKEY], FileMemory(tmp_path), clock)
    with pytest.raises(StaleSize):
        again.add_checkpoint(request(0, 5))


def test_a_witness_with_a_damaged_memory_cosigns_nothing(witness, tmp_path):
    witness.add_checkpoint(request(0, 7))
    (path,) = tmp_path.glob("*.json")
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(Unverified, match="damaged"):
        witness.add_checkpoint(request(7, 9))


def test_of_many_that_ask_at_once_from_one_size_exactly_one_is_cosigned(witness):
    witness.add_checkpoint(request(0, 3))
    outcomes = []

    def ask(new):
        try:
            witness.add_checkpoint(request(3, new))
            outcomes.append(new)
        except StaleSize:
            outcomes.append(None)

    threads = [threading.Thread(target=ask, args=(new,)) for new in range(4, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 16
    assert len([new for new in outcomes if new]) == 1


def test_a_request_is_read_back_as_it_was_written():
    asked = AddCheckpoint(3, merkle.prove_consistency(nodes, 3, 17), noted(17))
    assert AddCheckpoint.parse(asked.to_bytes()) == asked


WHOLE = request(3, 17)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 3\n",
        WHOLE.replace(b"old 3", b"old 03"),
        WHOLE.replace(b"old 3", b"new 3"),
        WHOLE.replace(b"old 3", b"old -3"),
        b"old 3\nAAAA\n\n" + noted(17).to_bytes(),
        b"old 3\n" + (b"A" * 43 + b"=\n") * 64 + b"\n" + noted(17).to_bytes(),
        WHOLE[:-1],
        b"old 0\n\n" + b"x" * 2_000_000,
    ],
)
def test_any_other_request_is_malformed(body):
    with pytest.raises(Invalid):
        AddCheckpoint.parse(body)


@given(st.binary(max_size=200) | st.integers(0, len(WHOLE)).map(lambda at: WHOLE[:at] + b"!" + WHOLE[at:]))
def test_a_request_of_any_bytes_is_read_or_refused(body):
    with contextlib.suppress(Invalid):
        assert AddCheckpoint.parse(body).to_bytes() == body


@pytest.mark.parametrize("body", [b"", b"ok", b"\xff", "— other.example AAAAAAAAAA==\n".encode()])
def test_an_answer_without_the_witnesss_cosignature_is_refused(body):
    with pytest.raises(KeptError):
        read_cosignatures(body, text=noted(3).text, keys=[COSIGNER.key])


def test_an_answer_over_another_checkpoint_is_refused(witness):
    answer = witness.add_checkpoint(request(0, 3))
    with pytest.raises(Unverified):
        read_cosignatures(answer, text=noted(4).text, keys=[COSIGNER.key])
