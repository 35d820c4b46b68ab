"""Files that commands read: whole, and never more than is dealt with."""

from __future__ import annotations

from pathlib import Path

from kept.errors import Invalid
from kept.practices.disclosure import PRACTICE

LIMIT = 64 * 1024 * 1024
FORMATS = tuple(PRACTICE.backends["import"])


def read_file(path: Path) -> bytes:
    """The bytes of a file of at most 64 MiB. Raises Invalid for a longer one."""
    with path.open("rb") as file:
        data = file.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise Invalid(f"{path} has more than {LIMIT} bytes.", code="files.large", hint="Leave out large files.")
    return data
