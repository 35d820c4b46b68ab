"""Reaches a witness over HTTP (tlog-witness v1.0.0)."""

import aiohttp

from kept.core.note import NOTE_LIMIT
from kept.errors import Unavailable
from kept.practices.ledger.ports import Answer


async def ask(url: str, body: bytes, *, seconds: float) -> Answer:
    """Post a request to a witness and read its bounded answer; redirects are not followed."""
    timeout = aiohttp.ClientTimeout(total=seconds)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(f"{url.rstrip('/')}/add-checkpoint", data=body, allow_redirects=False) as response,
        ):
            content = await _bounded(response)
            return Answer(response.status, response.content_type, content)
    except TimeoutError as error:
        raise Unavailable(f"The witness at {url} did not answer in {seconds:g} s.", code="witness.timeout") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise Unavailable(f"The witness at {url} can't be reached: {error}.", code="witness.unreachable") from error


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    content = b""
    async for chunk in response.content.iter_chunked(65_536):
        content += chunk
        if len(content) > NOTE_LIMIT:
            raise Unavailable(f"The witness answers over {NOTE_LIMIT} bytes.", code="witness.too-large")
    return content
