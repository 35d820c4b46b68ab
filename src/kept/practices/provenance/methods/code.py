"""From a payload to coded signs and back: CRC-24, then a tail-biting convolutional code of rate 1/6, read softly.

The code has constraint length 9 and free distance 37 (generators in octal: 455, 533, 571, 655, 717, 771, the best of a
random search). Tail-biting spends no sign on its ends (Ma and Wolf, 1986): the decoder enters the circular trellis some
steps early and leaves it as late, so that no bit is decided near an end. The checksum is CRC-24/OpenPGP (RFC 9580,
section 6.1), without its initial value.

Where the best message's checksum doesn't hold, the next best are asked, as many as the caller wants (Seshadri and
Sundberg, 1994): each takes the road not taken at one more step than another one did. So the checksum helps to decode.
"""

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
_VERSION_BITS = PAYLOAD_BITS - MODEL_BITS - CONTENT_BITS
_MEMORY = 8
_STATES = 1 << _MEMORY
# Five times the constraint length, past which a path's past no longer changes.
_MARGIN = 40
_STEPS = MESSAGE + 2 * _MARGIN
# A way that left the best one ends this much past the message at most, or it is another's round the circle.
_PAST = 24
_POLYNOMIAL = 0x864CFB
_NEVER = np.float32(-1e9)

Signs = NDArray[np.int8]
Bits = NDArray[np.uint8]
Evidence = NDArray[np.floating]
Reals = NDArray[np.float32]


def encode(payload: Payload) -> Signs:
    """The payload as CODED signs, each -1 or 1. Raises ValueError for a field that doesn't fit its bits."""
    message, signs = _message(payload), np.empty((MESSAGE, len(GENERATORS)), np.int8)
    state = 0
    for bit in message[-_MEMORY:]:
        state = (int(bit) << _MEMORY | state) >> 1
    outputs, _ = _trellis()
    for at, bit in enumerate(message):
        register = int(bit) << _MEMORY | state
        signs[at] = outputs[register]
        state = register >> 1
    return signs.ravel()


def decode(evidence: Evidence, *, tried: int = 1) -> Payload | None:
    """The payload that CODED soft values speak for (positive for 1): of the likeliest message whose checksum holds.

    None where it holds for none of the `tried` likeliest.
    """
    metric, chosen, lost = _followed(evidence.reshape(MESSAGE, len(GENERATORS)))
    best = np.full((1, _STEPS + 1), metric.argmax(), np.uint8)
    state = int(best[0, -1])
    for step in range(_STEPS - 1, _MARGIN - 1, -1):
        state = (state << 1 | int(chosen[step, state])) & (_STATES - 1)
        best[0, step] = state
    found = _checked(_middle(best))
    if found is not None or tried == 1:
        return found
    return _checked(_middle(_listed(best, chosen, lost, tried)))


def _followed(evidence: Evidence) -> tuple[Reals, NDArray[np.bool_], Reals]:
    """The metric of each last state; and at every step and state, which way led there and by how much it was better."""
    outputs, entering = _trellis()
    # The gain of the registers that lead into each state at every step: from an even state, and from an odd one.
    even, odd = (
        (evidence.astype(np.float32) @ outputs[entering[:, way]].astype(np.float32).T).reshape(MESSAGE, 2, _STATES // 2)
        for way in range(2)
    )
    # The format's version is known, so no way goes through another one.
    for at in range(_VERSION_BITS):
        other = 1 - (VERSION >> (_VERSION_BITS - 1 - at) & 1)
        even[at, other] = odd[at, other] = _NEVER
    metric = np.zeros((_STATES // 2, 2), np.float32)
    won = np.empty((_STEPS, 2, _STATES // 2), np.float32)
    for step in range(_STEPS):
        at = (step - _MARGIN) % MESSAGE
        # States that differ in their newest bit alone are reached from the same two.
        from_even, from_odd = metric[:, 0] + even[at], metric[:, 1] + odd[at]
        np.subtract(from_odd, from_even, out=won[step])
        metric = np.maximum(from_even, from_odd).reshape(_STATES // 2, 2)
    return metric.ravel(), (won > 0).reshape(_STEPS, _STATES), np.abs(won).reshape(_STEPS, _STATES)


def _left(ways: Bits, since: NDArray[np.intp], chosen: NDArray[np.bool_]) -> Bits:
    """The ways, (n, _STEPS + 1) states, where each took the worse way into the state after its step of `since` (n)."""
    for step in range(int(since.max()), _MARGIN - 1, -1):
        here = ways[:, step + 1]
        # States have eight bits: the newest falls out, and which way it was is the oldest of the state before.
        before = here << np.uint8(1) | (chosen[step, here] ^ (since == step))
        ways[:, step] = np.where(since >= step, before, ways[:, step])
    return ways


def _listed(best: Bits, chosen: NDArray[np.bool_], lost: Reals, count: int) -> Bits:
    """The `count` best ways, best first: each leaves another one at an earlier step than that one left its own."""
    begin, end = _MARGIN + _MEMORY, _STEPS - _MARGIN + _PAST
    steps = np.arange(begin, end)
    ways, costs, since = best, np.zeros(1, np.float32), np.array([end])
    found, spent = [ways], [costs]
    while True:
        left = costs[:, None] + lost[steps, ways[:, begin + 1 : end + 1]]
        left[steps >= since[:, None]] = np.inf
        both = np.concatenate([*spent, left.ravel()])
        limit = np.partition(both, count)[count] if len(both) > count else np.inf
        parent, step = np.nonzero(left < limit)
        if not len(parent):
            break
        costs, since = left[parent, step], steps[step]
        ways = _left(ways[parent], since, chosen)
        found.append(ways)
        spent.append(costs)
    order = np.argsort(np.concatenate(spent), kind="stable")[:count]
    return np.concatenate(found)[order]


def _middle(ways: Bits) -> Bits:
    """The messages on ways: the newest bit of each state, without the margins."""
    messages: Bits = ways[:, _MARGIN + 1 : _MARGIN + 1 + MESSAGE] >> np.uint8(_MEMORY - 1)
    return messages


def _checked(messages: Bits) -> Payload | None:
    """The payload of the first message whose checksum holds, if any does."""
    held = ~(messages.astype(np.float32) @ _syndromes() % 2).any(axis=1)
    return _payload(messages[held.argmax()]) if held.any() else None


@cache
def _syndromes() -> Reals:
    """What each bit of a message adds to its checksum, (MESSAGE, CRC_BITS): together an even number where it holds."""
    words = [1 << at for at in reversed(range(MESSAGE))]
    added = [_crc(word >> CRC_BITS) ^ word & ((1 << CRC_BITS) - 1) for word in words]
    return (np.array(added)[:, None] >> np.arange(CRC_BITS) & 1).astype(np.float32)


@cache
def _trellis() -> tuple[Signs, NDArray[np.intp]]:
    """The signs of every register, and for each state the two registers that lead there."""
    registers = np.arange(2 * _STATES)
    parity = np.array([[(register & each).bit_count() & 1 for each in GENERATORS] for register in registers.tolist()])
    states = np.arange(_STATES)
    oldest = np.arange(2)
    return (1 - 2 * parity).astype(np.int8), states[:, None] << 1 | oldest[None]


def _message(payload: Payload) -> Bits:
    fields = ((payload.version, _VERSION_BITS), (payload.model, MODEL_BITS), (payload.content, CONTENT_BITS))
    word = 0
    for value, bits in fields:
        if not 0 <= value < 1 << bits:
            raise ValueError(f"{value} doesn't fit in {bits} bits")
        word = word << bits | value
    whole = word << CRC_BITS | _crc(word)
    return np.array([whole >> at & 1 for at in range(MESSAGE - 1, -1, -1)], np.uint8)


def _payload(message: Bits) -> Payload:
    word = int("".join(map(str, message[:PAYLOAD_BITS].tolist())), 2)
    return Payload(
        model=word >> CONTENT_BITS & ((1 << MODEL_BITS) - 1),
        content=word & ((1 << CONTENT_BITS) - 1),
        version=word >> (MODEL_BITS + CONTENT_BITS),
    )


def _crc(word: int) -> int:
    remainder = word << CRC_BITS
    for at in range(MESSAGE - 1, CRC_BITS - 1, -1):
        if remainder >> at & 1:
            remainder ^= (1 << CRC_BITS | _POLYNOMIAL) << (at - CRC_BITS)
    return remainder
