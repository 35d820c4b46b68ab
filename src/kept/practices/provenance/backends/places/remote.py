"""Files behind a URL, by fsspec: object stores, other machines, archives."""

from __future__ import annotations

import importlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, TypeVar

from kept.errors import Invalid, KeptError, NotFound, Unavailable
from kept.practices.provenance.methods.jobs import matcher, split
from kept.practices.provenance.records.bulk import Found

T = TypeVar("T")

_CHANGES = ("ETag", "etag", "checksum", "md5Hash", "mtime", "LastModified", "last_modified", "updated", "modified")


class RemotePlaces:
    """URLs of every scheme that an installed package teaches fsspec."""

    def absolute(self, place: str) -> str:
        """The URL. Raises Invalid for one with '..', or of a scheme that workers can't share."""
        scheme, _, path = place.partition("://")
        if ".." in path.split("/"):
            raise Invalid(f"The address {place!r} holds '..'.", code="file.place", hint="Give it without.")
        if scheme == "memory":
            raise Invalid("Workers don't share memory.", code="file.place", hint="Use files or an object store.")
        return place.rstrip("/")

    def find(self, pattern: str, *, without: str = "") -> Iterator[Found]:
        """What a pattern means; see `LocalPlaces.find`. Raises NotFound, Invalid or Unavailable."""
        base, rest = split(pattern)
        system, path = _opened(base)
        details = _told(base, "listed", lambda: _listing(system, path, base))
        wanted = matcher(rest or "**")
        aside = system._strip_protocol(without) if "://" in without else None
        for place in sorted(details):
            whole = place == path
            name = place.rpartition("/")[2] if whole else place.removeprefix(f"{path.rstrip('/')}/")
            inside = aside is not None and (place == aside or place.startswith(f"{aside}/"))
            hidden = any(part.startswith(".") and part not in (".", "..") for part in name.split("/"))
            if inside or (hidden and not whole) or not (whole or wanted.fullmatch(name)):
                continue
            info = details[place]
            trouble = "It is a link, and links are not followed." if info.get("islink") else ""
            yield Found(system.unstrip_protocol(place), name, _stamp(info), trouble)

    def exists(self, place: str) -> bool:
        """Whether anything stands there. Raises Unavailable."""
        system, path = _opened(place)
        return bool(_told(place, "reached", lambda: system.exists(path)))

    def read(self, place: str, *, limit: int, named: bool = False) -> bytes:
        """All that is there, whoever `named` it. Raises NotFound, Unavailable, or Invalid for more than `limit`."""
        system, path = _opened(place)

        def work() -> bytes:
            with system.open(path, "rb") as file:
                data: bytes = file.read(limit + 1)
            return data

        data = _told(place, "read", work)
        if len(data) > limit:
            raise Invalid(f"{place} is larger than the {limit:,} bytes that are read.", code="file.too-large")
        return data

    def stage(self, place: str, data: bytes, *, within: str, tag: str) -> None:
        """Put data beside a place. Raises NotFound for a bucket that isn't there, or Unavailable."""
        system, path = _opened(place)
        bucket = path.partition("/")[0]

        def work() -> None:
            # An object store would make the bucket of a mistyped address.
            if bucket and not system.exists(bucket):
                raise NotFound(f"{place}: there is no {bucket}.", code="file.missing", hint="Make it first.")
            system.makedirs(path.rpartition("/")[0], exist_ok=True)
            system.pipe_file(_beside(path, tag), data)

        _told(place, "written", work)

    def publish(self, place: str, *, tag: str) -> bool:
        """Let what was staged take its place; False where nothing is staged. Raises Unavailable."""
        system, path = _opened(place)

        def work() -> bool:
            if not system.exists(_beside(path, tag)):
                return False
            system.mv(_beside(path, tag), path)
            return True

        return _told(place, "written", work)

    def put(self, place: str, data: bytes) -> None:
        """Put data there at once, whole. Raises Unavailable."""
        system, path = _opened(place)
        beside = _beside(path, secrets.token_hex(6))

        def work() -> None:
            system.pipe_file(beside, data)
            system.mv(beside, path)

        try:
            _told(place, "written", work)
        except KeptError:
            # What was begun is taken away where the place still lets us; why it refused is what is told.
            with suppress(Exception):
                system.rm_file(beside)
            raise

    def same(self, one: str, other: str) -> bool:
        """Whether both are one address."""
        return one == other


def _opened(place: str) -> tuple[Any, str]:
    try:
        url_to_fs = importlib.import_module("fsspec.core").url_to_fs
    except ImportError as error:
        raise Unavailable(
            "Addresses are read by fsspec, which is not installed.",
            code="file.no-fsspec",
            hint="Install it with: pip install 'kept[ray]'",
        ) from error
    try:
        found: tuple[Any, str] = url_to_fs(place)
    except (ImportError, ValueError) as error:
        raise Unavailable(f"{place} can't be reached: {_said(error)}", code="file.address") from error
    return found


def _listing(system: Any, path: str, base: str) -> dict[str, Any]:
    if system.isfile(path):
        return {path: system.info(path)}
    found: dict[str, Any] = system.find(path, detail=True)
    if not found and not system.exists(path):
        raise NotFound(f"There is no {base}.", code="file.missing", hint="Name files, or a folder: 's3://in/**'")
    return found


def _told(place: str, doing: str, work: Callable[[], T]) -> T:
    try:
        return work()
    except KeptError:
        raise
    except FileNotFoundError as error:
        raise NotFound(f"There is no {place}.", code="file.missing") from error
    except Exception as error:
        # Each kind of place raises errors of its own.
        raise Unavailable(f"{place} can't be {doing}: {_said(error)}", code="file.unreachable") from error


def _stamp(info: dict[str, Any]) -> str:
    known = [str(info[key]) for key in _CHANGES if info.get(key) is not None]
    return f"{info.get('size')}-{'-'.join(known)}"[:200] if known else ""


def _beside(path: str, tag: str) -> str:
    folder, _, name = path.rpartition("/")
    return f"{folder}/.{name}.{tag}.part"


def _said(error: BaseException) -> str:
    return (str(error).partition("\n")[0] or type(error).__name__)[:200]
