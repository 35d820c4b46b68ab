"""Our keys for peers' servers: read where they stand, each time, and kept nowhere."""

from __future__ import annotations

import os
from pathlib import Path

from kept.errors import Invalid, NotFound

_LIMIT = 4096


def secret(address: str, folder: Path) -> str:
    """What stands at "env:NAME" or "file:PATH" (from the workspace's folder), "" for no address.

    Raises NotFound where nothing does, and Invalid for what is no key.
    """
    if not address:
        return ""
    scheme, _, place = address.partition(":")
    if scheme == "env":
        text = os.environ.get(place, "")
    else:
        try:
            text = (folder / place).read_text("ascii", "replace")[: _LIMIT + 1]
        except OSError as error:
            raise NotFound(f"{place} can't be read: {error.strerror}.", code="peer.credential") from error
    text = text.strip()
    if not text:
        raise NotFound(f"There is no key at {address}.", code="peer.credential")
    if len(text) > _LIMIT or not text.isprintable() or not text.isascii():
        raise Invalid(f"What stands at {address} is no key.", code="peer.credential")
    return text
