"""From a payload to coded signs and back: CRC-24, then a tail-biting convolutional code of rate 1/6, read softly.

The code has constraint length 9 and free distance 37 (generators in octal: 455, 533, 571, 655, 717, 771, the best of a
random search). Tail-biting spends no sign on its ends (Ma and Wolf, 1986): the decoder enters the circular trellis some
steps early and leaves it as late, so that no bit is decided near an end. The checksum is CRC-24/OpenPGP (RFC 9580,
section 6.1), without its initial value.
"""

from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from kept.practices.provenance.records import CONTENT_BITS, MODEL_BITS, VERSION, Payload

PAYLOAD_BITS = 64
CRC_BITS = 24
MESSAGE = PAYLOAD_BITS + CRC_BITS
GENERATORS = (0o455, 0o533, 0o571, 0o655, 0o717, 0o771)
CODED = MESSAGE * len(GENERATORS)
"""How many signs carry a payload."""
_MEMORY = 8
_STATES = 1 << _MEMORY
# Five times the constraint length, past which a path's past no longer changes.
_MARGIN = 40
_STEPS = MESSAGE + 2 * _MARGIN
_POLYNOMIAL = 0x864CFB

Signs = NDArray[np.int8]
Evidence = NDArray[np.floating]


def encode(payload: Payload) -> Signs:
    """The payload as CODED signs, each -1 or 1. Raises ValueError for a field that doesn't fit its bits."""
    message = _message(payload)
    state = 0
    for bit in message[-_MEMORY:]:
        state = (int(bit) << _MEMORY | state) >> 1
    outputs, _, _ = _trellis()
    coded = np.empty((MESSAGE, len(GENERATORS)), np.int8)
    for at, bit in enumerate(message):
        register = int(bit) << _MEMORY | state
        coded[at] = outputs[register]
        state = register >> 1
    return coded.ravel()


def decode(evidence: Evidence) -> Payload | None:
    """The payload that CODED soft values speak for (positive for 1), or None where the checksum doesn't hold."""
    return decode_all(evidence[None])[0]


def decode_all(evidence: Evidence) -> list[Payload | None]:
    """The same for each row of (n, CODED) values, in little more time than for one."""
    return [_payload(message) for message in _messages(evidence.reshape(len(evidence), MESSAGE, len(GENERATORS)))]


def _messages(evidence: Evidence) -> Iterator[NDArray[np.uint8]]:
    outputs, before, entering = _trellis()
    count = len(evidence)
    # The gain of the registers that lead into each state at every step: from an even state, and from an odd one.
    even, odd = (
        (evidence.astype(np.float32) @ outputs[entering[:, way]].astype(np.float32).T)
        .transpose(1, 0, 2)
        .reshape(MESSAGE, count, 2, _STATES // 2)
        for way in range(2)
    )
    metric = np.zeros((count, 1, _STATES // 2, 2), np.float32)
    chosen = np.empty((_STEPS, count, _STATES), np.bool_)
    for step in range(_STEPS):
        at = (step - _MARGIN) % MESSAGE
        # States that differ in their newest bit alone are reached from the same two.
        from_even, from_odd = metric[..., 0] + even[at], metric[..., 1] + odd[at]
        np.greater(from_odd, from_even, out=chosen[step].reshape(count, 2, _STATES // 2))
        metric = np.maximum(from_even, from_odd).reshape(count, 1, _STATES // 2, 2)
    for row in range(count):
        yield _traced(int(metric[row].argmax()), chosen[:, row], before)


def _traced(state: int, chosen: NDArray[np.bool_], before: NDArray[np.intp]) -> NDArray[np.uint8]:
    """The message on the best way that ends in `state`."""
    bits = np.empty(_STEPS, np.uint8)
    for step in range(_STEPS - 1, -1, -1):
        bits[step] = state >> (_MEMORY - 1)
        state = int(before[state, int(chosen[step, state])])
    return bits[_MARGIN : _MARGIN + MESSAGE]


@cache
def _trellis() -> tuple[Signs, NDArray[np.intp], NDArray[np.intp]]:
    """The signs of every register, and for each state the two states before it and the registers that lead there."""
    registers = np.arange(2 * _STATES)
    parity = np.array([[(register & each).bit_count() & 1 for each in GENERATORS] for register in registers.tolist()])
    states = np.arange(_STATES)
    oldest = np.arange(2)
    entering = states[:, None] << 1 | oldest[None]
    return (1 - 2 * parity).astype(np.int8), entering & (_STATES - 1), entering


def _message(payload: Payload) -> NDArray[np.uint8]:
    fields = ((payload.version, 4), (payload.model, MODEL_BITS), (payload.content, CONTENT_BITS))
    word = 0
    for value, bits in fields:
        if not 0 <= value < 1 << bits:
            raise ValueError(f"{value} doesn't fit in {bits} bits")
        word = word << bits | value
    whole = word << CRC_BITS | _crc(word)
    return np.array([whole >> at & 1 for at in range(MESSAGE - 1, -1, -1)], np.uint8)


def _payload(message: NDArray[np.uint8]) -> Payload | None:
    whole = int("".join(map(str, message.tolist())), 2)
    word = whole >> CRC_BITS
    version = word >> (MODEL_BITS + CONTENT_BITS)
    if _crc(word) != whole & ((1 << CRC_BITS) - 1) or version != VERSION:
        return None
    return Payload(
        model=word >> CONTENT_BITS & ((1 << MODEL_BITS) - 1),
        content=word & ((1 << CONTENT_BITS) - 1),
        version=version,
    )


def _crc(word: int) -> int:
    remainder = word << CRC_BITS
    for at in range(MESSAGE - 1, CRC_BITS - 1, -1):
        if remainder >> at & 1:
            remainder ^= (1 << CRC_BITS | _POLYNOMIAL) << (at - CRC_BITS)
    return remainder
