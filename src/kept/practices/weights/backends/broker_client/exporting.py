"""A marked copy as it is written: under its name once all of it is there, on the disk, and what the broker said."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

from kept.errors import Unverified
from kept.practices.weights.backends.broker_client.connection import Client
from kept.practices.weights.backends.containers.appearing import new_file, write_all
from kept.practices.weights.records.access import Exported


def export(client: Client, lease: str, sealed: Path, out: Path, *, recipient: str) -> Exported:
    """Let the broker send a marked copy, and write it whole or not at all.

    Raises Denied, Conflict where `out` exists, Unverified where what came isn't what was recorded, and Unavailable.
    """
    with new_file(out) as descriptor:
        reader = client.open(lease, sealed)
        digest, at = hashlib.sha256(), 0
        said = None
        for piece in reader.export(recipient):
            if isinstance(piece, bytes):
                write_all(descriptor, piece, at)
                digest.update(piece)
                at += len(piece)
            else:
                said = piece
        if said is None or at != said.bytes or not hmac.compare_digest(digest.hexdigest(), said.sha256):
            raise Unverified(
                "What came is not the copy that was recorded.", code="export.differs", hint="Export it again."
            )
        reader.close()
    return Exported(str(out), said.bytes, said.sha256, said.recorded)
