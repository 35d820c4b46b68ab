"""What a sealing's signer says of the file, in an in-toto statement that stands in the file itself.

All but the digest of the plaintext, the time and the signer follows from the bytes of the file, so a verifier computes
the statement again and compares.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kept.core import canonical
from kept.core.keys import ALGORITHMS, PublicKey
from kept.core.statement import ENVELOPE_LIMIT, Envelope, Statement, Subject
from kept.errors import Invalid, Unverified
from kept.practices.weights.methods.sealed import tree
from kept.practices.weights.methods.sealed.layout import DIGEST_BYTES, VERSION, Preamble

TYPE = "https://kept.example/sealed-weights/manifest/v1"
SHARD_LIMIT = 4000
KEY_LIMIT = 16
_LENGTH_BYTES = 4
_FIELDS = {
    "version", "file", "kind", "bytes", "chunks", "preamble", "header", "root", "shards", "keys", "issued", "by",
}  # fmt: skip
_SHARD_FIELDS = {"name", "file", "sha256", "preamble", "header", "root"}


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """What the bytes of a sealed file hash to: its preamble, its encrypted header, and the root over its chunks."""

    preamble: bytes
    header: bytes
    root: bytes

    @classmethod
    def of(cls, preamble: bytes, header: bytes | memoryview, table: bytes | memoryview) -> Fingerprints:
        """From those bytes; the table is believed here, and compared with the chunks elsewhere."""
        return cls(tree.leaf(preamble), tree.leaf(header), tree.root(table))

    def document(self) -> dict[str, str]:
        """As the statement has them."""
        return {name: tree.named(getattr(self, name)) for name in ("preamble", "header", "root")}


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard as its folder's manifest names it; digests in hex, or "blake3:" and hex."""

    name: str
    file: str
    sha256: str
    preamble: str
    header: str
    root: str

    def document(self) -> dict[str, str]:
        """As the statement has it."""
        return {name: getattr(self, name) for name in sorted(_SHARD_FIELDS)}


@dataclass(frozen=True, slots=True)
class Manifest:
    """A parsed manifest: its statement, who signed it, and what it says that doesn't follow from the file."""

    envelope: Envelope
    keys: tuple[PublicKey, ...]
    plain_digest: str
    shards: tuple[Shard, ...]
    issued: str
    by: str

    @property
    def weights(self) -> str:
        """Hex SHA-256 that names the weights: of the plaintext file, or of its shards (`shard_list_digest`)."""
        return shard_list_digest(self.shards) if self.shards else self.plain_digest


def shard_list_digest(shards: Sequence[Shard]) -> str:
    """Hex SHA-256 of the shards, as sha256sum lists them: digest, two spaces, name, each on a line, by name."""
    lines = (f"{shard.sha256}  {shard.name}\n" for shard in sorted(shards, key=lambda shard: shard.name))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def statement(
    preamble: Preamble,
    found: Fingerprints,
    *,
    plain_digest: str,
    keys: Sequence[PublicKey],
    issued: str,
    by: str,
    shards: Sequence[Shard] = (),
) -> Statement:
    """The statement about a sealed file; its subjects are the plaintext, by hex SHA-256, and each shard's."""
    subjects = [Subject(preamble.draft.kind, {"sha256": plain_digest})]
    subjects += [Subject(shard.name, {"sha256": shard.sha256}) for shard in shards]
    predicate = {
        "version": VERSION,
        "file": preamble.file_id.hex(),
        "kind": preamble.draft.kind,
        "bytes": preamble.draft.body_bytes,
        "chunks": preamble.draft.count,
        **found.document(),
        "shards": [shard.document() for shard in shards],
        "keys": [{"algorithm": key.algorithm, "public": key.public.hex()} for key in keys],
        "issued": issued,
        "by": by,
    }
    return Statement(tuple(subjects), TYPE, predicate)


def read(area: bytes, preamble: Preamble, found: Fingerprints) -> Manifest:
    """The manifest of a file, in six steps.

    1. The area holds one envelope in its canonical form, and zeros.
    2. Its payload is a statement of this type with exactly the fields that it may have.
    3. It is the statement that the bytes of this file make, whatever it says beyond.
    4. It is signed by exactly the keys that it names, and each signature holds.

    Raises Unverified at the first that fails. Whose keys these are is for a trust file to say.
    """
    # 1.
    envelope = unpack(area)
    # 2.
    said = envelope.statement()
    if said.predicate_type != TYPE or set(said.predicate) != _FIELDS:
        raise _differs("its manifest is no statement of version 1")
    keys, shards = _keys(said.predicate["keys"]), _shards(said.predicate["shards"])
    issued, by = (_text(said.predicate[name]) for name in ("issued", "by"))
    plain_digest = _hex(said.subjects[0].digest.get("sha256"))
    # 3.
    expected = statement(preamble, found, plain_digest=plain_digest, keys=keys, issued=issued, by=by, shards=shards)
    if expected.to_bytes() != envelope.payload:
        raise _differs(_difference(expected.predicate, said.predicate))
    # 4.
    check_signatures(envelope, keys)
    return Manifest(envelope, keys, plain_digest, shards, issued, by)


def glance(area: bytes) -> str:
    """Hex SHA-256 of the weights, as the manifest says before anything of it is checked. Raises Unverified."""
    said = unpack(area).statement()
    shards = _shards(said.predicate.get("shards"))
    return shard_list_digest(shards) if shards else _hex(said.subjects[0].digest.get("sha256"))


def pack(envelope: Envelope, room: int) -> bytes:
    """The envelope as it stands in the file: its length in four bytes, little-endian, itself, and zeros."""
    data = envelope.to_bytes()
    if _LENGTH_BYTES + len(data) > room:
        raise Invalid(
            f"The signed manifest has {len(data)} bytes, and there is room for {room - _LENGTH_BYTES}.",
            code="sealed.manifest",
            hint="Sign with fewer keys.",
        )
    return (len(data).to_bytes(_LENGTH_BYTES, "little") + data).ljust(room, b"\0")


def unpack(area: bytes) -> Envelope:
    """The envelope in what `pack` made. Raises Unverified for anything but its one form."""
    length = int.from_bytes(area[:_LENGTH_BYTES], "little")
    stop = _LENGTH_BYTES + length
    if not 0 < length <= min(ENVELOPE_LIMIT, len(area) - _LENGTH_BYTES) or area[stop:].strip(b"\0"):
        raise _differs("the area of its manifest holds something else")
    return parse_envelope(area[_LENGTH_BYTES:stop])


def parse_envelope(data: bytes) -> Envelope:
    """An envelope in its canonical form, whose payload is canonical as well. Raises Unverified."""
    try:
        envelope = Envelope.parse(data)
        said = envelope.statement()
    except Invalid as error:
        raise _differs(f"a signed statement in it is malformed ({error.message})") from error
    if envelope.to_bytes() != data or said.to_bytes() != envelope.payload:
        raise _differs("a signed statement in it is not in its one form")
    return envelope


def check_signatures(envelope: Envelope, keys: Sequence[PublicKey]) -> None:
    """Each of the keys signed, and nobody else. Raises Unverified."""
    if {signature.key_id for signature in envelope.signatures} != {key.key_id for key in keys}:
        raise _differs("a statement in it is signed by other keys than it names")
    for key in keys:
        envelope.verify(key)


def read_keys(value: Any) -> tuple[PublicKey, ...]:
    """The keys that a statement names: 1 to 16, none twice. Raises Unverified."""
    return _keys(value)


def _keys(value: Any) -> tuple[PublicKey, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= KEY_LIMIT:
        raise _differs(f"a statement in it names no 1 to {KEY_LIMIT} keys")
    try:
        keys = tuple(PublicKey(entry["algorithm"], bytes.fromhex(entry["public"])) for entry in value)
    except (Invalid, KeyError, TypeError, ValueError) as error:
        raise _differs("a statement in it names what is no key") from error
    if len({key.key_id for key in keys}) != len(keys) or any(key.algorithm not in ALGORITHMS for key in keys):
        raise _differs("a statement in it names a key twice")
    return keys


def _shards(value: Any) -> tuple[Shard, ...]:
    if not isinstance(value, list) or len(value) > SHARD_LIMIT:
        raise _differs("its manifest names too many shards")
    found = []
    for entry in value:
        if not isinstance(entry, dict) or set(entry) != _SHARD_FIELDS:
            raise _differs("its manifest names what is no shard")
        found.append(Shard(**{name: _text(text) for name, text in entry.items()}))
        _hex(entry["file"]), _hex(entry["sha256"])
    if len({shard.name for shard in found}) != len(found):
        raise _differs("its manifest names a shard twice")
    return tuple(found)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 256 or not value.isprintable():
        raise _differs("its manifest has a field that is no short text")
    return value


def _hex(value: Any) -> str:
    text = _text(value)
    if len(text) != 2 * DIGEST_BYTES or text.strip("0123456789abcdef"):
        raise _differs("its manifest has a digest that is none")
    return text


def _difference(expected: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    """What a person is told of the first field that differs."""
    parts = {"preamble": "its preamble", "header": "its encrypted header", "root": "its table of digests"}
    for name in ("file", "version", "kind", "bytes", "chunks", *parts):
        if canonical.encode(expected[name]) != canonical.encode(said[name]):
            return f"{parts.get(name, 'its preamble')} is not what was signed"
    return "its manifest says something else than the file"


def _differs(why: str) -> Unverified:
    return Unverified(f"The sealed file was changed: {why}.", code="sealed.manifest", hint="Take it from its backup.")
