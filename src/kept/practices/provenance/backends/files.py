"""Files by path or by any URL that fsspec knows: read up to a limit, written whole or not at all."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

from kept.errors import Conflict, Invalid, KeptError, NotFound, Unavailable

LIMIT = 2 << 30


def read(place: str, *, limit: int = LIMIT) -> bytes:
    """All that is there. Raises NotFound, Unavailable, or Invalid for more than `limit` bytes or for a folder."""
    if "://" in place:
        return _read_remote(place, limit)
    path = Path(place)
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {place}.", code="file.missing") from error
    except IsADirectoryError as error:
        raise Invalid(f"{place} is a folder.", code="file.folder", hint="Give a file, or use mark-many.") from error
    except OSError as error:
        raise Unavailable(f"{place} can't be read: {error.strerror}.", code="file.unreadable") from error
    return _bounded(data, place, limit)


def write(place: str, data: bytes) -> None:
    """Put a file there, whole and durable, in place of one that is there. Raises Unavailable or NotFound."""
    if "://" in place:
        _write_remote(place, data)
        return
    path = Path(place)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(6)}.partial")
    try:
        try:
            with beside.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        _sync(path.parent)
    except FileNotFoundError as error:
        raise NotFound(f"There is no folder {path.parent}.", code="file.folder", hint="Make it first.") from error
    except OSError as error:
        raise Unavailable(f"{place} can't be written: {error.strerror}.", code="file.unwritable") from error


def folder(place: str) -> None:
    """Make a folder, unless it is there. Raises Unavailable, or Conflict where a file stands there."""
    if "://" in place:
        return  # it comes into being with its first file
    try:
        Path(place).mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise Conflict(f"{place} is a file.", code="file.folder", hint="Name a folder.") from error
    except OSError as error:
        raise Unavailable(f"{place} can't be made: {error.strerror}.", code="file.unwritable") from error


def listed(place: str) -> list[str]:
    """The files in a folder and below it, hidden ones left out, in order. Raises NotFound where there is no folder."""
    if "://" in place:
        system, path = _opened(place)
        return sorted(system.unstrip_protocol(found) for found in system.find(path))
    if not Path(place).is_dir():
        raise NotFound(f"There is no folder {place}.", code="file.missing")
    found = (path for path in Path(place).rglob("*") if path.is_file())
    return sorted(
        str(path) for path in found if not any(part.startswith(".") for part in path.relative_to(place).parts)
    )


def same(one: str, other: str) -> bool:
    """Whether both name one file, also by way of a link."""
    if "://" in one or "://" in other:
        return one == other
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False


def _bounded(data: bytes, place: str, limit: int) -> bytes:
    if len(data) > limit:
        raise Invalid(f"{place} is larger than the {limit:,} bytes that are read.", code="file.too-large")
    return data


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read_remote(place: str, limit: int) -> bytes:
    system, path = _opened(place)
    try:
        with system.open(path, "rb") as file:
            return _bounded(file.read(limit + 1), place, limit)
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {place}.", code="file.missing") from error
    except KeptError:
        raise
    except Exception as error:
        raise Unavailable(f"{place} can't be read: {_said(error)}.", code="file.unreadable") from error


def _write_remote(place: str, data: bytes) -> None:
    system, path = _opened(place)
    beside = f"{path}.{secrets.token_hex(6)}.partial"
    try:
        system.pipe_file(beside, data)
        system.mv(beside, path)
    except Exception as error:
        # Each kind of place raises errors of its own; what was begun is taken away where the place still lets us.
        with suppress(Exception):
            system.rm_file(beside)
        raise Unavailable(f"{place} can't be written: {_said(error)}.", code="file.unwritable") from error


def _opened(place: str) -> tuple[Any, str]:
    try:
        import fsspec
    except ImportError as error:
        raise Unavailable(
            "Addresses are read by fsspec, which isn't installed.",
            code="file.fsspec",
            hint="Install the extra: pip install 'kept[ray]'.",
        ) from error
    try:
        found: tuple[Any, str] = fsspec.core.url_to_fs(place)
    except (ImportError, ValueError) as error:
        raise Invalid(f"{place} can't be reached: {_said(error)}.", code="file.address") from error
    return found


def _said(error: BaseException) -> str:
    return str(error).partition("\n")[0][:200] or type(error).__name__
