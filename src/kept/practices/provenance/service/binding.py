"""Soft bindings as others write them: the names of algorithms, and values in base64."""

import binascii
from base64 import b64decode, b64encode

from kept.errors import Invalid
from kept.practices.provenance.records import CONTENT_BITS, MODEL_BITS, Payload
from kept.practices.provenance.records.manifests import ISCC_ALGORITHM, MARK_ALGORITHM

# C2PA keeps a list of algorithm names, https://github.com/c2pa-org/softbinding-algorithm-list: ours is not on it.
WATERMARK = MARK_ALGORITHM
# Entry 3 of that list.
ISCC = ISCC_ALGORITHM
_PAYLOAD_BYTES = 8
_LONGEST = 256


def watermark_value(payload: Payload) -> str:
    """A payload as the value of a soft binding: its 64 bits in big-endian bytes, in base64."""
    number = payload.version << (MODEL_BITS + CONTENT_BITS) | payload.model << CONTENT_BITS | payload.content
    return b64encode(number.to_bytes(_PAYLOAD_BYTES)).decode()


def iscc_value(iscc: str) -> str:
    """An ISCC as the value of a soft binding: its text, in base64."""
    return b64encode(iscc.encode()).decode()


def read_value(alg: str, value: str) -> Payload | str:
    """The payload or the ISCC that a soft binding states.

    Raises Invalid for an algorithm that is not supported, and for a value that is not one of it.
    """
    if alg not in (WATERMARK, ISCC):
        raise Invalid(
            f"The algorithm {alg[:80]!r} is not supported.",
            code="binding.algorithm",
            hint=f"Ask with {WATERMARK} or {ISCC}.",
        )
    try:
        if len(value) > _LONGEST:
            raise ValueError("it is too long")
        data = b64decode(value, validate=True)
        return _payload(data) if alg == WATERMARK else data.decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise Invalid(f"The value is not one of {alg}: {error}.", code="binding.value") from error


def _payload(data: bytes) -> Payload:
    if len(data) != _PAYLOAD_BYTES:
        raise ValueError(f"it has {len(data)} bytes, not {_PAYLOAD_BYTES}")
    number = int.from_bytes(data)
    return Payload(
        model=number >> CONTENT_BITS & ((1 << MODEL_BITS) - 1),
        content=number & ((1 << CONTENT_BITS) - 1),
        version=number >> (MODEL_BITS + CONTENT_BITS),
    )
