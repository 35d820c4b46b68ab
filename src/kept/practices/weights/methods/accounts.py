"""The log of reads as a Merkle tree: each row by a digest that says nothing to whoever lacks the salt."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Any

from kept.core import canonical, merkle


def rows_root(rows: Iterable[Mapping[str, Any]], salt: bytes) -> bytes:
    """The RFC 6962 root over rows, each as SHA-256 of its own salt (HMAC-SHA256 of its number) and canonical JSON."""
    leaves = bytearray()
    for row in rows:
        own = hmac.digest(salt, str(row["number"]).encode(), "sha256")
        leaves += merkle.leaf_hash(hashlib.sha256(own + canonical.encode(dict(row))).digest())
    return merkle.root(bytes(leaves))
