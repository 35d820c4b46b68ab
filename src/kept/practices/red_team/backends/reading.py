"""Opens foreign logs with bounds on size and on the length of a line."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from kept.errors import Invalid, NotFound, Unavailable
from kept.practices.red_team.methods.evaluations import LINE_LIMIT, LOG_LIMIT


def digest_of(path: Path, *, limit: int = LOG_LIMIT) -> tuple[str, int]:
    """The SHA-256 (hex) of a file of at most `limit` bytes, and its size. Raises NotFound, Invalid or Unavailable."""
    found, size = sha256(), 0
    for chunk in _chunks(path):
        size += len(chunk)
        if size > limit:
            raise Invalid(f"{path} has more than {limit} bytes.", code="evaluation.too-large")
        found.update(chunk)
    if not size:
        raise Invalid(f"{path} is empty.", code="evaluation.empty")
    return found.hexdigest(), size


def whole(path: Path, *, limit: int) -> bytes:
    """The bytes of a file of at most `limit`. Raises NotFound, Invalid or Unavailable."""
    data = b""
    for chunk in _chunks(path):
        data += chunk
        if len(data) > limit:
            raise Invalid(f"{path} has more than {limit} bytes.", code="evaluation.too-large")
    return data


def lines(path: Path) -> Iterator[bytes]:
    """The lines of a file with their ends; one that is too long comes cut behind the limit, and nothing after it."""
    with path.open("rb") as file:
        while line := file.readline(LINE_LIMIT + 1):
            yield line
            if len(line) > LINE_LIMIT:
                return


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while chunk := file.read(1024 * 1024):
                yield chunk
    except FileNotFoundError as error:
        raise NotFound(f"{path} is missing.", code="evaluation.missing") from error
    except OSError as error:
        raise Unavailable(f"{path} can't be read: {error.strerror}.", code="evaluation.unreadable") from error
