"""Addresses of Unix sockets, which hold 107 bytes: a socket is named from its folder, however long the path to that."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kept.errors import Invalid

_LONGEST = 64


@contextmanager
def address(path: Path) -> Iterator[str]:
    """What to bind or connect to for a socket at `path`, while the block lasts (Linux: /proc/self/fd).

    Raises Invalid for a name of more than 64 bytes, and OSError where the folder is missing.
    """
    if len(os.fsencode(path.name)) > _LONGEST:
        raise Invalid(
            f"{path.name} is too long for a socket.", code="broker.socket", hint="Set broker_socket to a shorter name."
        )
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
