"""Signs (-1, 0, 1) packed five to a byte, since 3^5 = 243."""

import numpy as np
from numpy.typing import NDArray

_WEIGHTS = np.array((1, 3, 9, 27, 81))

Signs = NDArray[np.int8]


def pack(signs: Signs) -> bytes:
    """The signs in order, row by row; the last byte is filled up with zeros."""
    flat = signs.ravel() + 1
    padded = np.ones(-(-len(flat) // 5) * 5, np.int64)
    padded[: len(flat)] = flat
    packed: NDArray[np.uint8] = (padded.reshape(-1, 5) @ _WEIGHTS).astype(np.uint8)
    return packed.tobytes()


def unpack(data: bytes, count: int) -> Signs:
    """The first `count` signs; raises ValueError for bytes that are not as many as these take."""
    if len(data) != packed_size(count):
        raise ValueError(f"{count} signs take {packed_size(count)} bytes, not {len(data)}")
    digits: NDArray[np.int64] = np.frombuffer(data, np.uint8)[:, None] // _WEIGHTS % 3
    return (digits.ravel()[:count] - 1).astype(np.int8)


def packed_size(count: int) -> int:
    """How many bytes that many signs take."""
    return -(-count // 5)
