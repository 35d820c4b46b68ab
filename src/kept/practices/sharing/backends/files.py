"""Files that the room reads and writes, with bounds."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kept.core import canonical
from kept.errors import Conflict, Invalid, NotFound, Unavailable
from kept.practices.sharing.records.library import Logged

LIMIT = 64 * 1024 * 1024
"""How many bytes a file of objects has at most."""
VALUES = 2_000_000
"""How many values of JSON it holds at most: the shortest take thirty times their own length in memory."""
LINE = 8 * 1024 * 1024
"""How many bytes one logged prompt has at most."""


def whole(path: Path, *, limit: int = LIMIT) -> bytes:
    """The bytes of a file. Raises NotFound, Unavailable, or Invalid for a larger one."""
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except FileNotFoundError as error:
        raise NotFound(f"{path} is missing.", code="file.missing") from error
    except OSError as error:
        raise Unavailable(f"{path} can't be read: {error.strerror}.", code="file.unreadable") from error
    if len(data) > limit:
        raise Invalid(f"{path} has more than {limit} bytes.", code="file.too-large")
    return data


def text(path: Path) -> str:
    """The words in a file, whatever its lines end with. Raises what `whole` raises, and Invalid."""
    try:
        return whole(path).decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise Invalid(
            f"{path} is no text in UTF-8: byte {error.start} is none.", code="file.malformed", hint="Save it as UTF-8."
        ) from error


def document(path: Path) -> Any:
    """The JSON in a file. Raises what `whole` raises, and Invalid."""
    return canonical.decode(whole(path), limit=LIMIT, what=path.name, values=VALUES)


def texts(path: Path) -> tuple[str, ...]:
    """A JSON list of texts. Raises what `whole` raises, and Invalid."""
    found = canonical.decode(whole(path, limit=LINE), limit=LINE, what=path.name)
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise Invalid(f"{path.name} is no JSON list of texts.", code="file.malformed")
    return tuple(found)


def logged(path: Path) -> Iterator[Logged]:
    """The prompts of a log, read as they are asked for: {"prompt": …, "sender": …}, or a JSON text, a line.

    Raises NotFound, Unavailable, or Invalid, naming the line that is wrong: what can't be read
    can't be held against anything.
    """
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(LINE + 1):
                number += 1
                if line.strip():
                    yield _logged(line, f"line {number} of {path.name}")
    except FileNotFoundError as error:
        raise NotFound(f"{path} is missing.", code="file.missing") from error
    except OSError as error:
        raise Unavailable(f"{path} can't be read: {error.strerror}.", code="file.unreadable") from error


def write_new(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file that isn't there yet; 0o600 lets its owner alone read it. Raises Conflict or Unavailable."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    except FileExistsError as error:
        raise Conflict(f"{path} is there already.", code="file.exists") from error
    except OSError as error:
        raise Unavailable(f"{path} can't be written: {error.strerror}.", code="file.unwritable") from error


def _logged(line: bytes, where: str) -> Logged:
    value = canonical.decode(line, limit=LINE, what=where)
    if isinstance(value, str):
        return Logged(value)
    if isinstance(value, dict) and isinstance(value.get("prompt"), str) and isinstance(value.get("sender", ""), str):
        return Logged(value["prompt"], value.get("sender", ""))
    raise Invalid(f'The {where} is neither a JSON text nor {{"prompt": …, "sender": …}}.', code="log.malformed")
