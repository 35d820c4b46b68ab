"""Signatures by rensa's MinHash; what it needs is installed with `kept[disclosure]`."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from kept.errors import Unavailable
from kept.practices.disclosure.methods.replay.likeness import MINIMA

_SEED = 1


def signature(tokens: Sequence[bytes]) -> bytes:
    """The minima of 128 permutations over digests, 4 bytes each. Raises Unavailable where rensa is missing."""
    try:
        from rensa import RMinHash
    except ImportError as error:
        raise Unavailable(
            "Near-duplicates are found by rensa, which is not installed.",
            code="disclosure.extra",
            hint="Install it with: pip install 'kept[disclosure]'",
        ) from error
    made = RMinHash(MINIMA, _SEED)
    made.update(list(tokens))
    return struct.pack(f">{MINIMA}I", *made.digest())
