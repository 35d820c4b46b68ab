"""A peer's TAXII 2.1 server, over aiohttp: bounded, and never led anywhere that its operator didn't name."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

import aiohttp

from kept.core import canonical
from kept.errors import Denied, Invalid, NotFound, Unavailable, Unverified
from kept.interface.bounded import read_whole
from kept.practices.sharing.ports import RemoteCollection, RemotePage

MEDIA_TYPE = "application/taxii+json;version=2.1"
ANSWER_LIMIT, ANSWER_VALUES = 64 * 1024 * 1024, 4_000_000
_LONGEST = 1_000_000
"""How many bytes a request has at most where a server doesn't say how many it takes."""
_ROOTS, _COLLECTIONS, _REDIRECTS, _POLLS, _PAGES = 32, 1000, 3, 30, 10
_TIMEOUT = aiohttp.ClientTimeout(total=120, connect=10, sock_read=60)
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class TaxiiClient:
    """Speaks to the server at `url`: its discovery, or an API root.

    Only its origin is spoken to, and those in `others`. `secret` is our key there, `identity` our client certificate.
    """

    def __init__(
        self,
        url: str,
        *,
        secret: str = "",
        identity: str = "",
        authority: str = "",
        others: Sequence[str] = (),
        plain_http: bool = False,
    ) -> None:
        self._url = url if url.endswith("/") else f"{url}/"
        self._origins = {origin(self._url), *(origin(each) for each in others)}
        for each in self._origins:
            _check_private(each, plain_http=plain_http)
        self._headers = {"Accept": MEDIA_TYPE} | ({"Authorization": _authorization(secret)} if secret else {})
        self._tls = _context(identity, authority)
        self._opened: aiohttp.ClientSession | None = None

    async def collections(self) -> Sequence[RemoteCollection]:
        """Every collection of every API root that discovery names, or of the API root that `url` is."""
        document = await self._get(self._url)
        roots = document.get("api_roots")
        named = [each for each in roots if isinstance(each, str)] if isinstance(roots, list) else []
        addresses = [_joined(self._url, each) for each in named[:_ROOTS]] or [self._url]
        found: list[RemoteCollection] = []
        for address in addresses:
            root = address if address.endswith("/") else f"{address}/"
            about = document if root == self._url else await self._get(root)
            longest = about.get("max_content_length")
            listed = (await self._get(f"{root}collections/")).get("collections")
            for each in (listed if isinstance(listed, list) else [])[:_COLLECTIONS]:
                much = longest if type(longest) is int and longest > 0 else _LONGEST
                found.append(_collection(root, each, much))
        return found

    async def page(self, collection: str, *, added_after: str, next: str, limit: int) -> RemotePage:
        """A page of all versions. A server that mixes up `next` and `added_after` gets both, the same in every page."""
        query = {"limit": str(limit), "match[version]": "all"}
        query |= {"added_after": added_after} if added_after else {}
        query |= {"next": next} if next else {}
        return await self._paged(collection, query)

    async def standing(self, collection: str, ids: Sequence[str]) -> Sequence[object]:
        """All versions of the objects with these ids that a collection has, as far as ten pages hold them."""
        query = {"limit": "1000", "match[id]": ",".join(ids), "match[version]": "all"}
        found: list[object] = []
        for _ in range(_PAGES):
            page = await self._paged(collection, query)
            found += page.objects
            if not (page.more and page.next):
                break
            query |= {"next": page.next}
        return found

    async def _paged(self, collection: str, query: Mapping[str, str]) -> RemotePage:
        async with self._asked("GET", f"{collection}objects/?{urlencode(query)}") as answer:
            document = await _read(answer)
            last = answer.headers.get("X-TAXII-Date-Added-Last", "")
        objects = document.get("objects", [])
        following = document.get("next", "")
        if not isinstance(objects, list) or not isinstance(following, str) or not _is_text(following):
            raise Invalid(f"{collection} answered no envelope.", code="taxii.answer")
        return RemotePage(tuple(objects), document.get("more") is True, following[:4096], last[:40])

    async def bring(self, collection: str, objects: Sequence[bytes]) -> dict[str, object]:
        """Send objects in one envelope, and wait until the server has dealt with all of them."""
        body = b'{"objects":[' + b",".join(objects) + b"]}"
        async with self._asked("POST", f"{collection}objects/", body) as answer:
            status = await _read(answer)
        root = collection.rpartition("collections/")[0]
        for turn in range(_POLLS):
            if status.get("status") == "complete":
                return status
            await asyncio.sleep(min(10, 0.2 * 2**turn))
            named = str(status.get("id"))[:200]
            if not _is_text(named):
                raise Invalid(f"{collection} answers no status.", code="taxii.answer")
            status = await self._get(f"{root}status/{quote(named, safe='')}/")
        raise Unavailable(f"{collection} doesn't say what became of what was sent.", code="taxii.pending")

    async def close(self) -> None:
        """Let go of the connection."""
        if self._opened is not None:
            await self._opened.close()

    async def _get(self, url: str) -> dict[str, Any]:
        async with self._asked("GET", url) as answer:
            return await _read(answer)

    @asynccontextmanager
    async def _asked(self, method: str, url: str, body: bytes | None = None) -> AsyncGenerator[aiohttp.ClientResponse]:
        """The answer, after at most three redirects within its origin. Raises Denied for one that leads elsewhere."""
        headers = {"Content-Type": MEDIA_TYPE} if body else {}
        for _ in range(_REDIRECTS + 1):
            self._check_origin(url)
            try:
                async with self._session().request(
                    method, url, data=body, headers=headers, allow_redirects=False, ssl=self._tls
                ) as answer:
                    if answer.status not in (301, 302, 303, 307, 308):
                        _check_status(answer)
                        yield answer
                        return
                    url = _joined(url, answer.headers.get("Location", ""))
            except aiohttp.ClientConnectorCertificateError as error:
                raise Unavailable(
                    f"{urlsplit(url).netloc} shows a certificate that nobody vouches for here.",
                    code="taxii.certificate",
                    hint="Name who does when the peer is added: --authority FILE",
                ) from error
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise Unavailable(
                    f"{urlsplit(url).netloc} can't be reached: {type(error).__name__}.", code="taxii.unreachable"
                ) from error
        raise Unavailable(f"{self._url} leads in circles.", code="taxii.redirects")

    def _check_origin(self, url: str) -> None:
        if origin(url) not in self._origins:
            raise Denied(
                f"{self._url} leads to {origin(url)}, which is another origin.",
                code="taxii.origin",
                hint="Where that is right, name it in other_origins of [practices.sharing].",
            )

    def _session(self) -> aiohttp.ClientSession:
        if self._opened is None:
            self._opened = aiohttp.ClientSession(headers=self._headers, timeout=_TIMEOUT, auto_decompress=True)
        return self._opened


def _authorization(secret: str) -> str:
    """How a key is shown: "name:password" as Basic, which every server of TAXII 2.1 must take, else as Bearer.

    No token of Bearer has a colon (RFC 6750, section 2.1).
    """
    if ":" in secret:
        return f"Basic {base64.b64encode(secret.encode()).decode()}"
    return f"Bearer {secret}"


def origin(url: str) -> str:
    """Scheme, host and port of a URL. Raises Invalid for what is no URL of HTTP."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError as error:
        raise Invalid(f"{url[:200]!r} is no URL.", code="taxii.url") from error
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.password:
        raise Invalid(f"{url[:200]!r} is no URL of a TAXII server.", code="taxii.url", hint="https://host/taxii2/")
    return f"{parts.scheme}://{parts.hostname}:{port}"


def _joined(url: str, other: str) -> str:
    """Where an address leads that stands at a URL. Raises Invalid for one that leads nowhere."""
    try:
        return urljoin(url, other)
    except ValueError as error:
        raise Invalid(f"{origin(url)} leads to {other[:200]!r}, which is no URL.", code="taxii.url") from error


def _is_text(said: str) -> bool:
    """Whether it can stand in a URL: half of a surrogate pair, which JSON can hold, can't."""
    return not any("\ud800" <= letter <= "\udfff" for letter in said)


def _check_private(where: str, *, plain_http: bool) -> None:
    host = urlsplit(where).hostname
    if where.startswith("http:") and host not in _LOCAL and not plain_http:
        raise Denied(
            f"{where} would be spoken to in the clear.",
            code="taxii.clear",
            hint="Use https, or say plain_http = true in [practices.sharing].",
        )


def _collection(root: str, each: Any, longest: int) -> RemoteCollection:
    named = each.get("id") if isinstance(each, dict) else None
    if not isinstance(named, str) or not 0 < len(named) <= 200 or not _is_text(named):
        raise Invalid(f"{root} lists what is no collection.", code="taxii.answer")
    url = f"{root}collections/{quote(named, safe='')}/"
    title = each.get("title")
    return RemoteCollection(
        named,
        url,
        title[:200] if isinstance(title, str) else named,
        each.get("can_read") is True,
        each.get("can_write") is True,
        longest,
    )


def _check_status(answer: aiohttp.ClientResponse) -> None:
    where = f"{answer.method} {answer.url.path} of {answer.url.host}"
    if answer.status in (200, 202):
        return
    if answer.status in (401, 403):
        raise Denied(
            f"{where} was refused ({answer.status}).",
            code="taxii.refused",
            hint="Check the credential: a key alone, or name:password for a server that asks for a name.",
        )
    if answer.status == 404:
        raise NotFound(f"{where} isn't there.", code="taxii.absent")
    if answer.status == 429 or answer.status >= 500:
        raise Unavailable(f"{where} can't be had now ({answer.status}).", code="taxii.unavailable")
    raise Invalid(f"{where} was answered with {answer.status}.", code="taxii.answer")


async def _read(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    if answer.content_type != "application/taxii+json":
        raise Invalid(f"{answer.url.host} answers {answer.content_type[:80]!r}, not TAXII.", code="taxii.answer")
    data = bytearray()
    async for chunk in answer.content.iter_chunked(1 << 16):
        data += chunk
        if len(data) > ANSWER_LIMIT:
            raise Invalid(f"{answer.url.host} answers more than {ANSWER_LIMIT} bytes.", code="taxii.answer")
    what = f"What {answer.url.host} answers"
    document = canonical.decode(bytes(data) or b"{}", limit=ANSWER_LIMIT, what=what, values=ANSWER_VALUES)
    if not isinstance(document, dict):
        raise Invalid(f"{answer.url.host} answers what is no resource of TAXII.", code="taxii.answer")
    return document


def _context(identity: str, authority: str) -> ssl.SSLContext | bool:
    if not identity and not authority:
        return True
    try:
        found = ssl.create_default_context(cafile=authority or None)
        if identity:
            found.load_cert_chain(identity)
    except (OSError, ssl.SSLError) as error:
        raise Invalid(f"A certificate can't be used: {error}.", code="taxii.certificate") from error
    return found


def opened(url: str, **more: Any) -> TaxiiClient:
    """The client of a peer's server. Raises Invalid or Denied."""
    return TaxiiClient(url, **more)


async def strangers(url: str) -> dict[str, Any]:
    """What a TAXII server answers to somebody without a key: that it knows nobody by that, in its own media type.

    Raises Unavailable where it can't be reached, and Unverified where it answers otherwise.
    """
    headers = {"Accept": MEDIA_TYPE}
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.get(url, headers=headers, allow_redirects=False) as answer,
        ):
            data = await read_whole(answer, 64 * 1024)
            kind, status = answer.headers.get("Content-Type", ""), answer.status
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Unavailable(f"{url} can't be reached: {error}.", code="channel.unreachable") from error
    if status != 401 or not kind.startswith("application/taxii+json"):
        raise Unverified(
            f"{url} answers {status} {kind[:80]}, as no TAXII server does to strangers.",
            code="channel.answer",
            hint="Run kept serve there, and let nothing before it change what it answers.",
        )
    found = canonical.decode(data, limit=64 * 1024, what="The answer")
    if not isinstance(found, dict):
        raise Unverified(f"{url} answers no TAXII error.", code="channel.answer")
    return found
