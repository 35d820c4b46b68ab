"""RFC 6962 trees: built, proved, verified, and refused."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.core import merkle
from kept.errors import Invalid, Unverified

VECTORS = Path(__file__).resolve().parents[3] / "shared" / "data" / "merkle_vectors"

# The one published vector that is refused on purpose: its two equal "roots" are 12 bytes long, and no root is.
NOT_A_HASH = "consistency/additional/sizes-are-equal-one-and-proof-is-empty.json"


def leaves(count):
    return [merkle.leaf_hash(f"entry {number}".encode()) for number in range(count)]


def over(hashes):
    return lambda level, index: merkle.perfect_root(b"".join(hashes[index << level : (index + 1) << level]))


def reference_root(hashes):
    """MTH as RFC 6962 writes it."""
    if not hashes:
        return merkle.EMPTY_ROOT
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return merkle.node_hash(reference_root(hashes[:split]), reference_root(hashes[split:]))


def vector_files(kind):
    return sorted((VECTORS / kind).rglob("*.json"))


def decoded(text):
    return base64.b64decode(text) if text else b""


def refused(check):
    try:
        check()
    except (Invalid, Unverified):
        return True
    return False


@pytest.mark.skipif(not VECTORS.is_dir(), reason="the transparency-dev vectors are not beside this checkout")
def test_the_published_inclusion_vectors_hold():
    files = vector_files("inclusion")
    assert len(files) == 98
    for file in files:
        case = json.loads(file.read_text())
        failed = refused(
            lambda case=case: merkle.verify_inclusion(
                decoded(case["leafHash"]),
                index=case["leafIdx"],
                size=case["treeSize"],
                proof=[decoded(item) for item in case["proof"] or []],
                root=decoded(case["root"]),
            )
        )
        assert failed == case["wantErr"], file


@pytest.mark.skipif(not VECTORS.is_dir(), reason="the transparency-dev vectors are not beside this checkout")
def test_the_published_consistency_vectors_hold_but_for_the_one_without_hashes():
    files = vector_files("consistency")
    assert len(files) == 98
    surprising = []
    for file in files:
        case = json.loads(file.read_text())
        failed = refused(
            lambda case=case: merkle.verify_consistency(
                old_size=case["size1"],
                old_root=decoded(case["root1"]),
                new_size=case["size2"],
                new_root=decoded(case["root2"]),
                proof=[decoded(item) for item in case["proof"] or []],
            )
        )
        if failed != case["wantErr"]:
            surprising.append(str(file.relative_to(VECTORS)))
    assert surprising == [NOT_A_HASH]


@given(st.integers(0, 70))
def test_the_root_is_that_of_the_rfc(count):
    hashes = leaves(count)
    assert merkle.root(b"".join(hashes)) == reference_root(hashes)
    assert merkle.tree_root(over(hashes), count) == reference_root(hashes)


@given(st.integers(1, 70), st.data())
def test_every_entry_is_proved_and_no_other_leaf_is(count, data):
    hashes = leaves(count)
    index = data.draw(st.integers(0, count - 1))
    root = reference_root(hashes)
    proof = merkle.prove_inclusion(over(hashes), index, count)
    merkle.verify_inclusion(hashes[index], index=index, size=count, proof=proof, root=root)
    with pytest.raises(Unverified):
        merkle.verify_inclusion(merkle.leaf_hash(b"another"), index=index, size=count, proof=proof, root=root)


@given(st.integers(1, 70), st.data())
def test_every_earlier_tree_is_proved_to_be_a_part(count, data):
    hashes = leaves(count)
    old = data.draw(st.integers(1, count))
    proof = merkle.prove_consistency(over(hashes), old, count)
    roots = {"old_root": reference_root(hashes[:old]), "new_root": reference_root(hashes)}
    merkle.verify_consistency(old_size=old, new_size=count, proof=proof, **roots)
    with pytest.raises(Unverified):
        merkle.verify_consistency(old_size=old, new_size=count, proof=proof, **{**roots, "old_root": bytes(32)})


@given(st.integers(2, 70), st.data())
def test_a_flipped_bit_a_missing_hash_and_a_further_hash_are_refused(count, data):
    hashes = leaves(count)
    index = data.draw(st.integers(0, count - 1))
    proof = list(merkle.prove_inclusion(over(hashes), index, count))
    at = data.draw(st.integers(0, len(proof) - 1))
    bit = data.draw(st.integers(0, 255))
    flipped = bytearray(proof[at])
    flipped[bit // 8] ^= 1 << bit % 8
    for wrong in (
        [*proof[:at], bytes(flipped), *proof[at + 1 :]],
        proof[:at] + proof[at + 1 :],
        [*proof, bytes(32)],
    ):
        with pytest.raises(Unverified):
            merkle.verify_inclusion(hashes[index], index=index, size=count, proof=wrong, root=reference_root(hashes))


@given(st.integers(-3, 70), st.integers(-3, 70), st.lists(st.binary(max_size=33), max_size=9), st.binary(max_size=33))
def test_nonsense_is_refused_and_never_crashes(first, second, proof, root):
    assert refused(lambda: merkle.verify_inclusion(bytes(32), index=first, size=second, proof=proof, root=root))
    assert (first == second > 0 and not proof and root == bytes(32)) or refused(
        lambda: merkle.verify_consistency(
            old_size=first, old_root=bytes(32), new_size=second, new_root=root, proof=proof
        )
    )


def test_a_proof_cannot_be_asked_of_an_entry_that_is_not_there():
    with pytest.raises(Invalid):
        merkle.prove_inclusion(over(leaves(4)), 4, 4)
    with pytest.raises(Invalid):
        merkle.prove_consistency(over(leaves(4)), 5, 4)


def test_there_is_nothing_to_prove_from_the_empty_tree():
    assert merkle.prove_consistency(over(leaves(4)), 0, 4) == ()
    with pytest.raises(Invalid):
        merkle.verify_consistency(old_size=0, old_root=merkle.EMPTY_ROOT, new_size=4, new_root=bytes(32), proof=())
