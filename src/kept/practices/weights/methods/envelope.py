"""The key envelope: how the two halves of a file key are kept, one by a key service and one by custodians.

The file key is HKDF-SHA512 (RFC 5869) of both halves. The first is wrapped by the key-encryption key. The second is
shared t of n without any mathematics of its own: for each set of t custodians it is the XOR of t one-time pads, and
each pad is sealed by HPKE (RFC 9180, base mode, X25519, HKDF-SHA256, AES-256-GCM) to one of them. Fewer than t
custodians hold nothing but random bytes, and n is at most 10, so there are at most 252 sets. Why: docs/adr/0015.

An envelope names custodians by their public keys alone. It may be copied with the file that it opens.
"""

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from math import comb
from typing import Any

from kept.core import canonical
from kept.core.context import Entropy
from kept.core.keys.wiping import wipe
from kept.errors import Denied, Invalid, Unverified

PART_BYTES = PUBLIC_BYTES = SALT_BYTES = 32
SEALED_BYTES = 32 + PART_BYTES + 16
"""A sealed pad: the encapsulated key, the pad, the tag."""
LIMIT = 256 * 1024
FEWEST, MOST = 3, 10
_INFO = b"kept/sealed/v1 file key"
_MEMBERS = {"version", "file", "threshold", "members", "kek", "wrapped", "subsets", "spare"}
_WRAPPED_LIMIT = 8 * 1024


@dataclass(frozen=True, slots=True)
class Parts:
    """Both halves of a file key, 32 random bytes each, drawn for one file and wiped after use."""

    service: bytearray = field(repr=False)
    custodians: bytearray = field(repr=False)

    @classmethod
    def drawn(cls, entropy: Entropy) -> "Parts":
        """New halves."""
        return cls(bytearray(entropy(PART_BYTES)), bytearray(entropy(PART_BYTES)))

    def file_key(self, salt: bytes) -> bytearray:
        """The file key, 32 bytes: HKDF-SHA512 of the first half, then the second, under the file's salt of 32 bytes."""
        from cryptography.hazmat.primitives.hashes import SHA512
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        if len(salt) != SALT_BYTES:
            raise Invalid(f"The salt of a file has {SALT_BYTES} bytes, not {len(salt)}.", code="envelope.salt")
        both, key = self.service + self.custodians, bytearray(PART_BYTES)
        HKDF(SHA512(), PART_BYTES, salt, _INFO).derive_into(both, key)
        wipe(both)
        return key

    def wipe(self) -> None:
        """Overwrite both."""
        wipe(self.service, self.custodians)


@dataclass(frozen=True, slots=True)
class Sharing:
    """Among whom the second half is shared: public X25519 keys of 32 bytes, and how many of them it takes.

    `spare` is the public key of a safe that opens the second half alone, or None: it replaces every custodian.
    Raises Invalid outside 3 to 10 custodians, and unless 2 to all but one of them suffice.
    """

    members: tuple[bytes, ...]
    threshold: int
    spare: bytes | None = None

    def __post_init__(self) -> None:
        count = len(self.members)
        if not FEWEST <= count <= MOST:
            raise Invalid(
                f"A file key is shared among {FEWEST} to {MOST} custodians, not {count}.",
                code="envelope.custodians",
                hint="kept weights custodians add NAME",
            )
        if not 2 <= self.threshold < count:
            raise Invalid(
                f"{self.threshold} of {count} custodians can't be what it takes: at least 2, and one may be lost.",
                code="envelope.threshold",
                hint=f"Set quorum in [practices.weights] to 2 to {count - 1}, or add custodians.",
            )
        keys = [*self.members, *([self.spare] if self.spare is not None else [])]
        if len(set(keys)) != len(keys) or any(len(key) != PUBLIC_BYTES for key in keys):
            raise Invalid("Custodians have different public keys of 32 bytes each.", code="envelope.members")

    @property
    def subsets(self) -> tuple[tuple[int, ...], ...]:
        """The sets of `threshold` custodians, by their positions, in lexicographic order."""
        return tuple(combinations(range(len(self.members)), self.threshold))


@dataclass(frozen=True, slots=True)
class Envelope:
    """A parsed envelope; `sealed` holds, for each subset in order, one sealed pad for each of its members."""

    file_id: str
    sharing: Sharing
    kek: str
    wrapped: bytes = field(repr=False)
    sealed: tuple[tuple[bytes, ...], ...] = field(repr=False)
    spare: bytes | None = field(repr=False, default=None)

    def to_bytes(self) -> bytes:
        """Canonical JSON, which `parse` reads back as an equal value."""
        sharing = self.sharing
        spare = None
        if sharing.spare is not None and self.spare is not None:
            spare = {"public": sharing.spare.hex(), "sealed": _text(self.spare)}
        return canonical.encode(
            {
                "version": 1,
                "file": self.file_id,
                "threshold": sharing.threshold,
                "members": [member.hex() for member in sharing.members],
                "kek": self.kek,
                "wrapped": _text(self.wrapped),
                "subsets": [[_text(pad) for pad in pads] for pads in self.sealed],
                "spare": spare,
            }
        )

    def rewrapped(self, *, kek: str, wrapped: bytes) -> "Envelope":
        """The envelope of the same file key, whose first half another key-encryption key wraps."""
        return replace(self, kek=kek, wrapped=wrapped)

    def position(self, public: bytes) -> int:
        """Where a custodian stands among the members. Raises Denied for one who holds no part of this file's key."""
        if public not in self.sharing.members:
            raise Denied(
                "This custodian holds no part of the file's key.",
                code="envelope.not-a-member",
                hint="Whoever became a custodian after a file was sealed can't open it.",
            )
        return self.sharing.members.index(public)


def context(file_id: str) -> Mapping[str, str]:
    """What the wrapped first half of a file's key is bound to."""
    return {"purpose": "file", "file": file_id}


def make(file_id: str, parts: Parts, sharing: Sharing, *, kek: str, wrapped: bytes, entropy: Entropy) -> bytes:
    """The envelope of a file key; `wrapped` is the first half, wrapped by `kek` under `context(file_id)`.

    Raises Invalid for a file id that is not 64 hex digits, and for a public key that no key can be agreed with.
    """
    sealed = []
    for number, members in enumerate(sharing.subsets):
        pads = list(_pads(parts.custodians, len(members), entropy))
        infos = [_info(file_id, number, position) for position in members]
        keys = [sharing.members[position] for position in members]
        sealed.append(tuple(seal(bytes(pad), key, info) for pad, key, info in zip(pads, keys, infos, strict=True)))
        wipe(*pads)
    spare = sharing.spare and seal(bytes(parts.custodians), sharing.spare, _spare_info(file_id))
    made = Envelope(file_id, sharing, kek, wrapped, tuple(sealed), spare)
    return parse(made.to_bytes()).to_bytes()


def parse(data: bytes) -> Envelope:
    """The envelope in at most 256 KiB of JSON. Raises Invalid for any other shape."""
    document = canonical.decode(data, limit=LIMIT, what="The key envelope")
    try:
        if set(document) != _MEMBERS or type(document["version"]) is not int:
            raise ValueError("its members are others")
        if document["version"] != 1:
            raise ValueError("its version is not 1")
        envelope = _envelope(document)
    except (TypeError, ValueError, KeyError) as error:
        raise Invalid(f"The key envelope is malformed: {error}.", code="envelope.malformed") from error
    if envelope.to_bytes() != data:
        raise Invalid("The key envelope is not in its one canonical form.", code="envelope.malformed")
    return envelope


def open_pads(envelope: Envelope, private: Any) -> bytearray:
    """The pads of the custodian with this X25519 private key: 32 bytes for each subset they belong to, in order.

    Raises Denied for one who is no member, and Unverified for pads that were changed or belong to another file.
    """
    position = envelope.position(private.public_key().public_bytes_raw())
    pads = bytearray()
    for number, place in _places(envelope.sharing, position):
        pads += unseal(envelope.sealed[number][place], private, _info(envelope.file_id, number, position))
    return pads


def open_spare(envelope: Envelope, private: Any) -> bytearray:
    """The second half, opened by the private key of the safe. Raises Denied where there is none, or it is another."""
    if envelope.spare is None or private.public_key().public_bytes_raw() != envelope.sharing.spare:
        raise Denied(
            "This file was sealed without a part for this safe's key.",
            code="envelope.no-spare",
            hint="A safe is chosen before a file is sealed: break_glass in [practices.weights].",
        )
    return bytearray(unseal(envelope.spare, private, _spare_info(envelope.file_id)))


def assemble(envelope: Envelope, released: Mapping[int, bytes | bytearray]) -> bytearray:
    """The second half, from what `open_pads` gave to at least `threshold` custodians, by their positions.

    Raises Denied when they are too few, and Invalid for pads of another length.
    """
    sharing = envelope.sharing
    chosen = tuple(sorted(released))[: sharing.threshold]
    if chosen not in sharing.subsets:
        raise Denied(
            f"{len(released)} of {sharing.threshold} custodians have released their parts.", code="envelope.too-few"
        )
    wanted = sharing.subsets.index(chosen)
    part = bytearray(PART_BYTES)
    for position in chosen:
        numbers = [number for number, _ in _places(sharing, position)]
        pads = released[position]
        if len(pads) != PART_BYTES * len(numbers):
            raise Invalid("The released parts of a custodian have another length.", code="envelope.pads")
        at = numbers.index(wanted) * PART_BYTES
        _xor(part, pads[at : at + PART_BYTES])
    return part


def seal(plain: bytes | bytearray, public: bytes, info: bytes) -> bytes:
    """Seal to an X25519 public key by HPKE in base mode. Raises Invalid for a key of low order."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    try:
        sealed: bytes = _suite().encrypt(plain, X25519PublicKey.from_public_bytes(public), info)
    except ValueError as error:
        raise Invalid("Nothing can be sealed to this public key.", code="envelope.public-key") from error
    return sealed


def unseal(sealed: bytes, private: Any, info: bytes) -> bytes:
    """What was sealed to this X25519 key, for this `info`. Raises Unverified when either is another."""
    from cryptography.exceptions import InvalidTag

    try:
        plain: bytes = _suite().decrypt(sealed, private, info)
    except (InvalidTag, ValueError) as error:
        raise Unverified(
            "A sealed part was changed, or belongs to something else.",
            code="envelope.unverified",
            hint="Take the sealed file from its backup.",
        ) from error
    return plain


def _suite() -> Any:
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def _info(file_id: str, subset: int, position: int) -> bytes:
    about = {"file": file_id, "subset": subset, "member": position}
    return b"kept/sealed/v1 pad\x00" + canonical.encode(about)


def _spare_info(file_id: str) -> bytes:
    return b"kept/sealed/v1 spare\x00" + file_id.encode()


def _pads(part: bytearray, count: int, entropy: Entropy) -> Iterator[bytearray]:
    """As many random pads as asked for, but for the last, which makes their XOR the part."""
    last = bytearray(part)
    for _ in range(count - 1):
        pad = bytearray(entropy(PART_BYTES))
        _xor(last, pad)
        yield pad
    yield last


def _places(sharing: Sharing, position: int) -> Iterable[tuple[int, int]]:
    """The number of each subset that a member belongs to, and the member's place in it."""
    return [(number, each.index(position)) for number, each in enumerate(sharing.subsets) if position in each]


def _xor(into: bytearray, other: bytes | bytearray) -> None:
    for at, byte in enumerate(other):
        into[at] ^= byte


def _envelope(document: Mapping[str, Any]) -> Envelope:
    file_id, kek, spare = document["file"], document["kek"], document["spare"]
    if not (isinstance(kek, str) and 1 <= len(kek) <= 64):
        raise ValueError("its kek is no short text")
    if not isinstance(file_id, str) or len(file_id) != 64 or file_id != _bytes(file_id, 32).hex():
        raise ValueError("its file is not 64 hex digits")
    if type(document["threshold"]) is not int or not isinstance(document["members"], list):
        raise ValueError("its custodians are of the wrong kind")
    if spare is not None and set(spare) != {"public", "sealed"}:
        raise ValueError("its spare has other members")
    members = tuple(_bytes(member, PUBLIC_BYTES) for member in document["members"][: MOST + 1])
    sharing = Sharing(members, document["threshold"], spare and _bytes(spare["public"], PUBLIC_BYTES))
    wrapped = _decoded(document["wrapped"])
    if not 1 <= len(wrapped) <= _WRAPPED_LIMIT:
        raise ValueError("its wrapped key has another length")
    sealed = _sealed(document["subsets"], sharing)
    return Envelope(file_id, sharing, kek, wrapped, sealed, spare and _decoded(spare["sealed"], SEALED_BYTES))


def _sealed(value: Any, sharing: Sharing) -> tuple[tuple[bytes, ...], ...]:
    if not isinstance(value, list) or len(value) != comb(len(sharing.members), sharing.threshold):
        raise ValueError("its subsets are not all there")
    if any(not isinstance(pads, list) or len(pads) != sharing.threshold for pads in value):
        raise ValueError("a subset has another number of pads")
    return tuple(tuple(_decoded(pad, SEALED_BYTES) for pad in pads) for pads in value)


def _bytes(value: Any, length: int) -> bytes:
    found = bytes.fromhex(value)
    if len(found) != length:
        raise ValueError(f"a value has {len(found)} bytes, not {length}")
    return found


def _decoded(value: Any, length: int | None = None) -> bytes:
    found = base64.b64decode(value, validate=True)
    if length is not None and len(found) != length:
        raise ValueError(f"a sealed part has {len(found)} bytes, not {length}")
    return found


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
