"""Files that a person hands to a command: read whole, and no further than a bound."""

import os
import tomllib
from pathlib import Path
from typing import Any

from kept.errors import Conflict, Invalid, NotFound, Unavailable

LIMIT = 256 * 1024


def read_bytes(path: Path, *, limit: int = LIMIT) -> bytes:
    """The bytes of a file. Raises NotFound, and Invalid beyond `limit` bytes."""
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise NotFound(f"{path} can't be read: {error.strerror}.", code="file.unreadable") from error
    if len(data) > limit:
        raise Invalid(f"{path} has more than {limit} bytes, which is all that is read.", code="file.too-large")
    return data


def read_text(path: Path) -> str:
    """The text in a file. Raises NotFound, and Invalid unless it is UTF-8."""
    try:
        return read_bytes(path).decode()
    except UnicodeDecodeError as error:
        raise Invalid(f"{path} is not UTF-8 at byte {error.start}.", code="file.not-text") from error


def read_toml(path: Path) -> dict[str, Any]:
    """The table in a TOML file. Raises NotFound or Invalid."""
    try:
        return tomllib.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise Invalid(f"{path} is not TOML: {error}.", code="file.not-toml") from error


def write_private(path: Path, data: bytes) -> None:
    """Write a new file that only its owner can read. Raises Conflict where there is one, and Unavailable."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
    except FileExistsError as error:
        raise Conflict(f"{path} is there already.", code="file.exists", hint="Choose another name.") from error
    except OSError as error:
        raise Unavailable(f"{path} can't be written: {error.strerror}.", code="file.unwritable") from error
