"""C2SP tlog-cosignature: what a witness signs, and whether enough independent witnesses did, lately enough."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kept.core.note import (
    COSIGNER_KEY,
    COSIGNER_KEY_ML_DSA_44,
    SIZE_LIMIT,
    Checkpoint,
    Note,
    NoteSignature,
    VerifierKey,
)
from kept.core.trust import WitnessRule
from kept.errors import Invalid, Unverified

CLOCK_SKEW = timedelta(minutes=5)
_STAMP_BYTES = 8
_SIGNATURE_BYTES = {COSIGNER_KEY: 64, COSIGNER_KEY_ML_DSA_44: 2420}


@dataclass(frozen=True, slots=True)
class Cosigner:
    """A witness's key with the means to sign by it."""

    key: VerifierKey
    sign: Callable[[bytes], bytes]

    def cosign(self, text: str, *, time: int) -> NoteSignature:
        """The cosignature over a checkpoint's text at a POSIX time."""
        message = cosigned_message(self.key, text, time=time)
        return NoteSignature(self.key.name, self.key.key_id, time.to_bytes(_STAMP_BYTES, "big") + self.sign(message))


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A cosignature that was verified: whose, and when (POSIX seconds; 0 says nothing about time)."""

    key: VerifierKey
    time: int


@dataclass(frozen=True, slots=True)
class Witnessing:
    """Whether a checkpoint is witnessed as its verifier asks; `missing` says what it lacks."""

    state: Literal["witnessed", "unwitnessed"]
    groups: tuple[str, ...]
    times: tuple[datetime, ...]
    missing: str = ""


def cosigned_message(key: VerifierKey, text: str, *, time: int) -> bytes:
    """What a witness signs: `cosignature/v1` for an Ed25519 key, `subtree/v1` for an ML-DSA-44 key.

    Raises Invalid for a key of another type, and for a name or an origin that is too long to be signed.
    """
    if key.kind == COSIGNER_KEY:
        return f"cosignature/v1\ntime {time}\n{text}".encode()
    if key.kind != COSIGNER_KEY_ML_DSA_44:
        raise Invalid(f"{key.name} is the key of a log, not of a witness.", code="cosignature.key")
    checkpoint = Checkpoint.parse(text)
    numbers = (0).to_bytes(8, "big") + checkpoint.size.to_bytes(8, "big")
    stamp = time.to_bytes(_STAMP_BYTES, "big")
    return b"".join((b"subtree/v1\n\x00", _short(key.name), stamp, _short(checkpoint.origin), numbers, checkpoint.root))


def verify(note: Note, key: VerifierKey) -> Cosignature:
    """The latest cosignature of `key` on a note. Raises Unverified when there is none, or a false one."""
    times = [_verified_time(note, key, value) for value in note.by(key)]
    if not times:
        raise Unverified(f"{key.name} did not cosign the checkpoint.", code="cosignature.missing")
    return Cosignature(key, max(times))


def witnessed(note: Note, rule: WitnessRule, *, log_keys: Collection[VerifierKey], as_of: datetime) -> Witnessing:
    """Count the independent groups that cosigned a note within the rule's freshness, as of a time.

    A cosignature that is absent, stale or from the future doesn't count, nor one by the log's own key; a false one
    raises Unverified. Too few make the note "unwitnessed", which is a state and not an error.
    """
    own = {key.public for key in log_keys}
    oldest, newest = as_of - timedelta(seconds=rule.freshness_seconds), as_of + CLOCK_SKEW
    groups: dict[str, datetime] = {}
    seen: set[bytes] = set()
    stale: list[str] = []
    for witness in rule.keys:
        key = VerifierKey.parse(witness.key)
        if key.public in own | seen or not note.by(key):
            continue
        time = _moment(verify(note, key).time)
        if oldest <= time <= newest:
            seen.add(key.public)
            groups[witness.group] = max(time, groups.get(witness.group, time))
        else:
            stale.append(f"{key.name} at {time:%Y-%m-%dT%H:%M:%SZ}")
    return _judge(groups, rule, stale)


def _judge(groups: dict[str, datetime], rule: WitnessRule, stale: list[str]) -> Witnessing:
    names, times = tuple(sorted(groups)), tuple(groups[name] for name in sorted(groups))
    if groups and len(groups) >= rule.minimum:
        return Witnessing("witnessed", names, times)
    missing = f"{len(groups)} of at least {max(1, rule.minimum)} independent groups cosigned in time"
    if stale:
        missing += f"; not counted: {', '.join(stale)}"
    return Witnessing("unwitnessed", names, times, missing)


def _verified_time(note: Note, key: VerifierKey, value: bytes) -> int:
    time = int.from_bytes(value[:_STAMP_BYTES], "big")
    signature = value[_STAMP_BYTES:]
    if len(signature) != _SIGNATURE_BYTES.get(key.kind) or time > SIZE_LIMIT:
        raise Unverified(f"The cosignature of {key.name} is malformed.", code="cosignature.malformed")
    message = cosigned_message(key, note.text, time=time)
    try:
        if key.kind == COSIGNER_KEY:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
        else:
            from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

            MLDSA44PublicKey.from_public_bytes(key.public).verify(signature, message)
    except InvalidSignature as error:
        raise Unverified(f"The cosignature of {key.name} is false.", code="cosignature.false") from error
    return time


def _moment(time: int) -> datetime:
    try:
        return datetime.fromtimestamp(time, UTC)
    except (OverflowError, ValueError, OSError):
        return datetime.max.replace(tzinfo=UTC)


def _short(text: str) -> bytes:
    """A text behind its length in one byte."""
    encoded = text.encode()
    if not 0 < len(encoded) < 256:
        raise Invalid(f"{text[:60]!r} is too long to be cosigned.", code="cosignature.name")
    return bytes([len(encoded)]) + encoded
