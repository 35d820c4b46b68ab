"""The HTTP below the client: the connection pool, bounded reading, and the library's failures in our terms."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from kept.errors import KeptError, Unavailable
from kept.models.openai.failures import Malformed, Transient, decode_error
from kept.models.openai.retry import retry_after
from kept.models.options import ModelOptions

REFUSAL_LIMIT = 64 << 10
CONNECT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Pool:
    """The connections to one endpoint, and how many questions may be on them; bound to one event loop."""

    session: aiohttp.ClientSession
    in_flight: asyncio.Semaphore
    attesting: asyncio.Lock

    @classmethod
    def open(cls, secret: str, options: ModelOptions) -> "Pool":
        """Open a pool.

        Compression is declined, so that the bytes received bound the bytes in memory; cookies are dropped.
        """
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity", "User-Agent": "kept"}
        if secret:
            headers["Authorization"] = f"Bearer {secret}"
        connecting = min(CONNECT_SECONDS, options.timeout_s)
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=options.concurrency),
            headers=headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=options.timeout_s, sock_connect=connecting),
        )
        return cls(session, asyncio.Semaphore(options.concurrency), asyncio.Lock())


async def read_body(response: aiohttp.ClientResponse, media_type: str, *, limit: int) -> bytes:
    """The whole body, at most `limit` bytes; beyond that the connection is cut.

    Raises Malformed for another media type or a compressed body, and Unavailable for one that is too large.
    """
    headers = response.headers
    if not headers.get("Content-Type", "").startswith(media_type):
        raise Malformed(f"{media_type} was expected, and {response.content_type[:80]!r} came.")
    if headers.get("Content-Encoding", "identity") != "identity":
        raise Malformed("it is compressed although compression was declined.")
    if "Content-Length" in headers and (response.content_length or 0) <= limit:
        return await response.read()
    data = await read_at_most(response, limit + 1)
    if len(data) > limit:
        raise Unavailable(
            f"The endpoint's answer has more than {limit} bytes; the rest was not read.",
            code="model.too-large",
            hint="Lower max_tokens, or ask without log-probabilities.",
        )
    return data


async def read_at_most(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The first `limit` bytes of a body; the connection is closed when there is more."""
    parts: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        parts.append(chunk)
        size += len(chunk)
        if size >= limit:
            response.close()
            break
    return b"".join(parts)[:limit]


async def refusal(response: aiohttp.ClientResponse, secret: str) -> KeptError:
    """The error that a response other than 200 stands for."""
    body = await read_at_most(response, REFUSAL_LIMIT)
    return decode_error(response.status, body, secret=secret, after=retry_after(response.headers))


@contextmanager
def translated(base: str) -> Iterator[None]:
    """Turn what aiohttp raises into Unavailable: Transient where another try may help."""
    try:
        yield
    except aiohttp.ConnectionTimeoutError as error:
        raise _unreachable(base, "nothing answers there") from error
    except aiohttp.ClientConnectorDNSError as error:
        raise _unreachable(base, "nobody knows its name") from error
    except TimeoutError as error:
        raise Unavailable(
            f"{base} did not finish its answer in time.",
            code="model.timeout",
            hint="Raise the timeout, or ask for fewer tokens.",
        ) from error
    except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError) as error:
        raise Unavailable(
            f"{base} cannot prove who it is: its TLS certificate is not accepted.",
            code="model.certificate",
            hint="Check the address, or install the authority that signed the certificate.",
        ) from error
    except aiohttp.ClientConnectorError as error:
        refused = isinstance(error.os_error, ConnectionRefusedError)
        why = "the connection is refused" if refused else f"no connection ({type(error.os_error).__name__})"
        raise _unreachable(base, why) from error
    except (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
        raise Transient(
            f"{base} broke off in the middle of its answer.",
            code="model.truncated",
            hint="Look at the endpoint's own log.",
        ) from error
    except (aiohttp.ClientResponseError, HttpProcessingError) as error:
        raise Malformed("it is not valid HTTP.") from error
    except aiohttp.ClientError as error:
        raise _unreachable(base, type(error).__name__) from error


def _unreachable(base: str, why: str) -> Transient:
    return Transient(
        f"{base} cannot be reached: {why}.", code="model.unreachable", hint="Check that the endpoint is running."
    )
