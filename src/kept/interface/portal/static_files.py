"""Static files, each under an address that holds its digest, so that it may be kept for ever."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from kept.errors import NotFound

TYPES: Mapping[str, str] = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8",
    "json": "application/json",
    "txt": "text/plain; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "ico": "image/x-icon",
    "wasm": "application/wasm",
    "woff2": "font/woff2",
}
FOREVER: Mapping[str, str] = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file's content, plain and by gzip, the first 64 bits of its SHA-256, and its media type."""

    content: bytes
    packed: bytes
    digest: str
    media_type: str


def asset(package: str, name: str, digest: str) -> Asset:
    """A static file of a package by its name and digest. Raises NotFound."""
    found = _assets(package).get(name)
    if found is None or found.digest != digest:
        raise NotFound(f"There is no file {name[:80]!r} of that digest.", code="web.static")
    return found


def address(package: str, name: str) -> str:
    """Where a static file of a package stands. Raises NotFound for one that it doesn't have."""
    found = _assets(package).get(name)
    if found is None:
        raise NotFound(f"{package} has no static file {name!r}.", code="web.static")
    return f"/static/{found.digest}/{package}/{name}"


@cache
def _assets(package: str) -> Mapping[str, Asset]:
    folder = files(package) / "static"
    read: dict[str, Asset] = {}
    for file in folder.iterdir() if folder.is_dir() else ():
        kind = TYPES.get(file.name.rpartition(".")[2])
        if kind and file.is_file():
            content = file.read_bytes()
            digest = hashlib.sha256(content).hexdigest()[:16]
            read[file.name] = Asset(content, gzip.compress(content, mtime=0), digest, kind)
    return read
