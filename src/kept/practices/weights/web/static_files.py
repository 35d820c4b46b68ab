"""The files of the watch page, each under an address that holds its digest."""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from kept.errors import NotFound

TYPES: Mapping[str, str] = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FOREVER: Mapping[str, str] = {"Cache-Control": "public, max-age=31536000, immutable"}


def asset(name: str, digest: str) -> bytes:
    """A file by its name and digest. Raises NotFound."""
    found = _assets().get(name)
    if found is None or found[1] != digest:
        raise NotFound(f"There is no file {name[:80]!r} of that digest.", code="web.static")
    return found[0]


def address(name: str) -> str:
    """Where a file stands, seen from the page."""
    return f"static/{_assets()[name][1]}/{name}"


@cache
def _assets() -> dict[str, tuple[bytes, str]]:
    folder = files(__package__) / "static"
    read = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    return {name: (data, hashlib.sha256(data).hexdigest()[:16]) for name, data in read.items()}
