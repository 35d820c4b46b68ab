"""Whatever is changed in a sealed file is found, without its key; and by it, whatever its holder did not sign."""

import hashlib
from collections.abc import Callable

import pytest

from kept.core.keys.software import SoftwareSigner
from kept.errors import Unverified
from kept.practices.weights.methods.sealed import manifest
from kept.practices.weights.methods.sealed.layout import PAGE
from kept.practices.weights.methods.sealed.verifying import verify, verify_plaintext
from simulators.sealed_files import (
    CHUNK,
    SIGNER,
    SLOT,
    plain_file,
    sealed,
    signed,
    slot,
)

MADE = sealed(plain_file(2 * CHUNK + 100))
WHOLE = signed(MADE)
PREAMBLE = MADE.sealing.preamble
OTHER = signed(sealed(plain_file(2 * CHUNK + 100), salt=b"t" * 32))
SECOND = SoftwareSigner.from_seed(b"second".ljust(32, b"."))
POST_QUANTUM = SoftwareSigner.from_seed(b"sealer".ljust(32, b"."), "ml-dsa-65")


def put(data: bytes, where: tuple[int, int], part: bytes) -> bytes:
    start, stop = where
    assert len(part) == stop - start
    return data[:start] + part + data[stop:]


def refuses(data: bytes) -> None:
    with pytest.raises(Unverified):
        verify(data)


def test_a_sealed_file_is_whole_and_tells_what_was_signed() -> None:
    steps: list[tuple[int, int]] = []
    found = verify(WHOLE, progress=lambda done, total: steps.append((done, total)))
    assert steps == [(1, 3), (2, 3), (3, 3)]
    assert found.manifest.plain_digest == hashlib.sha256(MADE.plain).hexdigest()
    assert [key.key_id for key in found.manifest.keys] == [SIGNER.key_id]
    assert found.keys is not None
    assert found.keys.generation == 1
    assert found.slots[1] is None
    assert verify_plaintext(WHOLE, MADE.key, found).read(0, 10) == MADE.body[:10]


def test_every_byte_of_the_file_counts() -> None:
    data = bytearray(WHOLE)
    passed = []
    for at in range(len(data)):
        data[at] ^= 1 << at % 8
        try:
            verify(data)
        except Unverified:
            pass
        else:
            passed.append(at)
        data[at] ^= 1 << at % 8
    assert passed == []


@pytest.mark.parametrize("length", [0, 1, PAGE - 1, PAGE, PREAMBLE.body[0], len(WHOLE) - 1, len(WHOLE) - CHUNK])
def test_a_truncated_file_is_refused(length: int) -> None:
    refuses(WHOLE[:length])


@pytest.mark.parametrize("more", [b"\0", b"x", bytes(PAGE), WHOLE[-CHUNK:], WHOLE])
def test_an_appended_file_is_refused(more: bytes) -> None:
    refuses(WHOLE + more)


def test_swapped_chunks_are_refused_also_with_their_digests() -> None:
    first, second = PREAMBLE.chunk(0), PREAMBLE.chunk(1)
    swapped = put(put(WHOLE, first, WHOLE[slice(*second)]), second, WHOLE[slice(*first)])
    refuses(swapped)
    start, stop = PREAMBLE.table
    table = WHOLE[start + 32 : start + 64] + WHOLE[start : start + 32] + WHOLE[start + 64 : stop]
    refuses(put(swapped, (start, stop), table))


@pytest.mark.parametrize(
    "part",
    [lambda p: (0, PAGE), *(lambda p, name=name: getattr(p, name) for name in ("manifest", "table", "header", "body"))],
)
def test_a_part_of_another_file_is_refused(part: Callable) -> None:
    where = part(PREAMBLE)
    assert WHOLE[slice(*where)] != OTHER[slice(*where)]
    refuses(put(WHOLE, where, OTHER[slice(*where)]))


def test_the_keys_of_another_file_are_refused() -> None:
    refuses(put(WHOLE, PREAMBLE.slots[0], OTHER[slice(*PREAMBLE.slots[0])]))


def signature_of(data: bytes) -> manifest.Envelope:
    return manifest.unpack(data[slice(*PREAMBLE.manifest)])


def test_a_signature_of_another_statement_is_refused() -> None:
    ours, theirs = signature_of(WHOLE), signature_of(OTHER)
    mixed = manifest.Envelope(ours.payload, theirs.signatures)
    start, stop = PREAMBLE.manifest
    refuses(put(WHOLE, (start, stop), manifest.pack(mixed, stop - start)))


def test_a_signature_more_or_less_than_was_named_is_refused() -> None:
    both = signed(sealed(plain_file(2 * CHUNK + 100)), SIGNER, SECOND)
    verify(both)
    start, stop = PREAMBLE.manifest
    fewer = manifest.Envelope(signature_of(both).payload, signature_of(both).signatures[:1])
    refuses(put(both, (start, stop), manifest.pack(fewer, stop - start)))
    more = manifest.Envelope(signature_of(WHOLE).payload, signature_of(both).signatures)
    refuses(put(WHOLE, (start, stop), manifest.pack(more, stop - start)))


@pytest.mark.parametrize("version", [0, 2])
def test_another_version_is_refused(version: int) -> None:
    refuses(put(WHOLE, (8, 12), version.to_bytes(4, "little")))


def test_a_post_quantum_signature_beside_the_first_fits_and_holds() -> None:
    found = verify(signed(sealed(plain_file(100), slot=16384, manifest=16384), SIGNER, POST_QUANTUM))
    assert [key.algorithm for key in found.manifest.keys] == ["ed25519", "ml-dsa-65"]


# What a holder of the key can do, and the signature finds.


def test_a_chunk_that_the_keys_holder_made_is_refused() -> None:
    forged = sealed(plain_file(2 * CHUNK + 100, seed=2))  # the same key, salt and nonces
    for where in (PREAMBLE.chunk(1), PREAMBLE.body):
        refuses(put(WHOLE, where, bytes(forged.data[slice(*where)])))
    everything = put(WHOLE, (PREAMBLE.table[0], len(WHOLE)), bytes(forged.data[PREAMBLE.table[0] :]))
    refuses(everything)


def test_a_manifest_that_says_another_plaintext_is_found_by_the_key() -> None:
    lying = sealed(plain_file(2 * CHUNK + 100))
    object.__setattr__(lying, "plain", b"another")
    data = signed(lying)
    found = verify(data)
    with pytest.raises(Unverified, match="manifest"):
        verify_plaintext(data, MADE.key, found)


# Rotation.


def test_new_keys_stand_beside_the_old_until_those_are_gone() -> None:
    beside = put(WHOLE, PREAMBLE.slots[1], slot(PREAMBLE, b"new keys", 2))
    found = verify(beside)
    assert found.keys is not None
    assert (found.keys.place, found.keys.envelope) == (1, b"new keys")
    alone = put(beside, PREAMBLE.slots[0], bytes(SLOT))
    again = verify(alone)
    assert again.keys is not None
    assert again.keys.envelope == b"new keys"
    assert again.manifest == found.manifest


def test_two_keys_of_one_generation_and_no_keys_at_all_are_refused() -> None:
    refuses(put(WHOLE, PREAMBLE.slots[1], slot(PREAMBLE, b"new keys", 1)))
    refuses(put(WHOLE, PREAMBLE.slots[0], bytes(SLOT)))


def test_another_generation_than_was_signed_is_refused() -> None:
    start = PREAMBLE.slots[0][0] + 8
    refuses(put(WHOLE, (start, start + 8), (7).to_bytes(8, "little")))
