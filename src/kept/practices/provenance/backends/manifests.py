"""Content credentials by c2pa-python, pinned to 0.38.1 since its defaults of trust have changed before.

Nothing here reaches a network, but for the time stamping authority that the credentials name. The library's own trust
is never used: every list that counts is handed in. Settings, contexts and signers are built once for each process.
"""

import io
import json
import os
import threading
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.metadata import version
from typing import Any
from weakref import WeakKeyDictionary

from kept.errors import Invalid, KeptError, Unavailable
from kept.practices.provenance.methods.certificates import read_chain
from kept.practices.provenance.methods.manifests.definition import PARENT, definition
from kept.practices.provenance.methods.manifests.effort import STORE, compressed_boxes
from kept.practices.provenance.methods.manifests.reading import DEVELOPED, LISTED, STAMPED, reading
from kept.practices.provenance.records.manifests import (
    Credentials,
    ManifestClaims,
    ManifestReading,
    ManifestTrust,
    Signed,
)

EMBEDDED = frozenset(
    {
        *("image/jpeg", "image/png", "image/webp", "image/avif", "image/tiff"),
        *("audio/wav", "audio/mpeg", "audio/mp4", "audio/flac"),
        *("video/mp4", "video/quicktime"),
    }
)
"""What the library writes a manifest into."""
DETACHED = frozenset({"audio/ogg", "video/webm", "video/x-matroska"})
"""What it can't: the manifest is kept beside the content, and binds every byte of it."""
CONTENT_LIMIT = 1 << 31
MANIFEST_LIMIT = 32 << 20
REPORT_LIMIT = 32 << 20
"""Bytes of content, of a manifest that is handed in, and of the reader's report."""
UNPACKED_LIMIT = 4 << 20
MOST_COMPRESSED = 16
"""Bytes that one compressed manifest may unpack to, and how many of them content may hold."""
_NOBODY = ManifestTrust()
_TOO_MUCH = ManifestReading("unreadable", failures=("kept.effort",), why="it asks for too much work")
Troubles = dict[int, KeptError]
_signers: WeakKeyDictionary[Credentials, tuple[int, Any, Troubles]] = WeakKeyDictionary()


def sign(
    data: bytes,
    media_type: str,
    *,
    credentials: Credentials,
    claims: ManifestClaims,
    original: tuple[bytes, str] | None = None,
    trust: ManifestTrust = _NOBODY,
) -> Signed:
    """The content with a manifest in it, or beside it for a format of DETACHED.

    `original` is what the content was made from, with its media type; by default the content itself. It becomes the
    parent ingredient where it carries a manifest, of which is told what `trust` makes of it, or where the claims say
    that it was edited. Raises Invalid (content, media type or names
    that can't be signed), Unavailable (no library, no token, no time stamping authority).
    """
    if media_type not in EMBEDDED | DETACHED:
        raise Invalid(f"Content of the type {media_type!r} can't be signed.", code="manifest.media-type")
    return _sign(data, media_type, credentials, claims, original, trust, embed=media_type in EMBEDDED)


def manifest_for(
    data: bytes,
    media_type: str,
    *,
    credentials: Credentials,
    claims: ManifestClaims,
    original: tuple[bytes, str] | None = None,
    trust: ManifestTrust = _NOBODY,
) -> bytes:
    """A manifest to be kept beside content that stays as it is, of any media type; it binds every byte.

    Raises as `sign` does.
    """
    return _sign(data, media_type, credentials, claims, original, trust, embed=False).manifest


def read(data: bytes, media_type: str, *, trust: ManifestTrust, manifest: bytes | None = None) -> ManifestReading:
    """What the manifest in the content says, or the one that was kept beside it, and whether it counts under `trust`.

    A manifest that is only named by an address is not fetched. Content that can't be read has no manifest that could
    be, and is "unreadable". Work grows with the content's size at most. Raises Invalid for content or a manifest that
    is empty or over its limit, and for a trust list that is no PEM; Unavailable without the library.
    """
    c2pa = _library()
    _check_size(data, CONTENT_LIMIT, "content")
    if manifest is not None:
        _check_size(manifest, MANIFEST_LIMIT, "manifest")
    if compressed_boxes(data if manifest is None else manifest) > MOST_COMPRESSED:
        return _TOO_MUCH
    stream = _Metered(data)
    context = _reading(os.getpid(), trust)
    try:
        with c2pa.Reader(_format(media_type), stream, manifest, context) as reader:
            state = str(reader.get_validation_state())
            report, detailed = (_parsed(text) for text in (reader.json(), reader.crjson()))
    except c2pa.C2paError as error:
        return _unread(c2pa, error, stream)
    except (ValueError, RecursionError) as error:
        return ManifestReading("unreadable", failures=("kept.report",), why=_short(error))
    return reading(state, report, detailed, trust)


class _Metered(io.BytesIO):
    """Content that can be read so often and no more: a file of a megabyte can ask for a million reads of a few bytes.

    PNG needs the most, one for each chunk; 20,000 reads and one for every 256 bytes leave room for all that's usual.
    """

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._left = 20_000 + len(data) // 256

    @property
    def exhausted(self) -> bool:
        """Whether more was asked for."""
        return self._left < 0

    def readinto(self, buffer: Any) -> int:
        """As in the base class. Raises OSError once exhausted, which the library takes for a broken file."""
        self._left -= 1
        if self._left < 0:
            raise OSError("too many reads")
        return super().readinto(buffer)


def _sign(
    data: bytes,
    media_type: str,
    credentials: Credentials,
    claims: ManifestClaims,
    original: tuple[bytes, str] | None,
    trust: ManifestTrust,
    *,
    embed: bool,
) -> Signed:
    c2pa = _library()
    source, source_type = original or (data, media_type)
    for part in (data, source):
        _check_size(part, CONTENT_LIMIT, "content")
    opened = _carries_manifest(source, source_type, trust) or claims.edited
    stated = definition(claims, opened=opened, generator_version=_generator_version())
    context = _signing(os.getpid(), trust, credentials.timestamps)
    signer, troubles = _signer(credentials)
    target = io.BytesIO()
    try:
        with c2pa.Builder(stated, context) as builder:
            if opened:
                ingredient = {"title": PARENT, "relationship": "parentOf", "label": PARENT}
                builder.add_ingredient(ingredient, _format(source_type), _Metered(source))
            if not embed:
                builder.set_no_embed()
            manifest = builder.sign(signer, _format(media_type), io.BytesIO(data), target)
    except c2pa.C2paError as error:
        raise _refused(c2pa, error, credentials, troubles) from error
    return Signed(target.getvalue() if embed else data, manifest, embed)


@cache
def _generator_version() -> str:
    return version("kept")


def _carries_manifest(data: bytes, media_type: str, trust: ManifestTrust) -> bool:
    if STORE not in data or media_type in DETACHED:
        return False
    found = read(data, media_type, trust=trust)
    if found.state == "unreadable":
        raise Invalid(
            f"The content carries a manifest that can't be read: {found.why}.",
            code="manifest.parent",
            hint="Remove it, and sign again.",
        )
    return found.state != "none"


@lru_cache(maxsize=16)
def _reading(process: int, trust: ManifestTrust) -> Any:
    del process  # A context is the library's own memory, which a forked process must not share.
    return _context({"trust": {"anchors": _anchors(trust)}, **_offline([])})


@lru_cache(maxsize=16)
def _signing(process: int, trust: ManifestTrust, timestamps: str) -> Any:
    del process
    host = timestamps.partition("://")[2].partition("/")[0].rpartition("@")[2]
    # Thumbnails cost more than all the rest, and show what was later cut out of a picture.
    builder = {"thumbnail": {"enabled": False}}
    return _context({"trust": {"anchors": _anchors(trust)}, "builder": builder, **_offline([host] if host else [])})


def _offline(hosts: list[str]) -> dict[str, Any]:
    return {
        "verify": {"verify_trust": True, "remote_manifest_fetch": False, "ocsp_fetch": False},
        "core": {"allowed_network_hosts": hosts, "max_decompressed_manifest_size_in_mb": UNPACKED_LIMIT >> 20},
    }


def _anchors(trust: ManifestTrust) -> list[dict[str, str]]:
    kinds = (
        (trust.anchors, LISTED, "manifest"),
        (trust.development, DEVELOPED, "manifest"),
        (trust.timestamps, STAMPED, "tsa"),
    )
    lists = [{"trust_anchors": pem, "trust_uri": name, "trust_kind": kind} for pem, name, kind in kinds if pem]
    for one in lists:
        # The library takes what is no certificate for an empty list.
        read_chain(one["trust_anchors"], what="A trust list")
    return lists


def _context(settings: dict[str, Any]) -> Any:
    c2pa = _library()
    try:
        return c2pa.Context.from_dict(settings)
    except c2pa.C2paError as error:
        raise Invalid(f"A trust list can't be used: {_short(error)}.", code="manifest.trust") from error


def _signer(credentials: Credentials) -> tuple[Any, Troubles]:
    known = _signers.get(credentials)
    if known is None or known[0] != os.getpid():
        troubles: Troubles = {}
        known = (os.getpid(), _open(credentials, troubles), troubles)
        _signers[credentials] = known
    return known[1], known[2]


def _open(credentials: Credentials, troubles: Troubles) -> Any:
    c2pa = _library()
    key, timestamps = credentials.key, credentials.timestamps or None
    try:
        if key.private is not None:
            info = c2pa.C2paSignerInfo(key.algorithm.encode(), credentials.chain.encode(), key.private, timestamps)
            return c2pa.Signer.from_info(info)
        if key.sign is None:
            raise Invalid("The credentials hold no key.", code="manifest.credentials")
        algorithm = getattr(c2pa.C2paSigningAlg, key.algorithm.upper())
        return c2pa.Signer.from_callback(_reporting(key.sign, troubles), algorithm, credentials.chain, timestamps)
    except c2pa.C2paError as error:
        raise Invalid(
            f"These credentials can't sign: {_short(error)}.",
            code="manifest.credentials",
            hint="docs/manifests.md says what a certificate for content credentials needs.",
        ) from error


def _reporting(sign: Callable[[bytes], bytes], troubles: Troubles) -> Callable[[bytes], bytes]:
    """The same, keeping an error that the library would swallow; no signature is how it learns that there was one."""

    def signing(message: bytes) -> bytes:
        try:
            return sign(message)
        except KeptError as error:
            troubles[threading.get_ident()] = error
            return b""

    return signing


def _refused(c2pa: Any, error: Exception, credentials: Credentials, troubles: Troubles) -> KeptError:
    trouble = troubles.pop(threading.get_ident(), None)
    if trouble is not None:
        return trouble
    why = _short(error)
    if credentials.timestamps and ("http" in why.lower() or "time" in why.lower()):
        return Unavailable(
            f"The time stamping authority {credentials.timestamps} gave no time stamp: {why}.",
            code="manifest.timestamp",
            hint="Nothing was signed. Try again, or name another authority.",
        )
    if isinstance(error, c2pa.C2paError.Signature):
        return Invalid(f"These credentials can't sign: {why}.", code="manifest.credentials")
    return Invalid(f"The content can't be signed: {why}.", code="manifest.content")


def _unread(c2pa: Any, error: Exception, stream: _Metered) -> ManifestReading:
    why = _short(error)
    if stream.exhausted:
        return _TOO_MUCH
    if isinstance(error, c2pa.C2paError.ManifestNotFound):
        return ManifestReading("none")
    if isinstance(error, c2pa.C2paError.NotSupported):
        return ManifestReading("none", why="no manifest can stand in content of this kind")
    address = why.partition("remote manifests from url ")[2]
    if address:
        return ManifestReading("none", remote=address, why="a manifest is named by an address, and was not fetched")
    return ManifestReading("unreadable", failures=("kept.unreadable",), why=why)


def _parsed(text: str) -> dict[str, Any]:
    if len(text) > REPORT_LIMIT:
        raise ValueError(f"the report on it has {len(text)} characters; at most {REPORT_LIMIT} are read")
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError("the report on it is no object")
    return found


def _check_size(data: bytes, limit: int, what: str) -> None:
    if not data:
        raise Invalid(f"The {what} is empty.", code="manifest.empty")
    if len(data) > limit:
        raise Invalid(f"The {what} has {len(data)} bytes; at most {limit} are read.", code="manifest.too-large")


def _format(media_type: str) -> str:
    # A C string ends at its first zero byte.
    return media_type.replace("\0", "")[:100] or "application/octet-stream"


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:300].rstrip(".")


def _library() -> Any:
    try:
        import c2pa
    except ImportError as error:
        raise Unavailable(
            "Content credentials need the package c2pa-python, which is not installed.",
            code="manifest.missing-package",
            hint="Install kept[provenance].",
        ) from error
    return c2pa
