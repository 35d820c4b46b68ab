"""Asks a public checker over HTTP what content is, as anybody does: the file is the body of a POST."""

from typing import Any

import aiohttp

from kept.core import canonical
from kept.errors import Unavailable
from kept.interface.bounded import read_whole

SECONDS = 120.0
LIMIT = 64 * 1024


async def ask(url: str, data: bytes, media_type: str) -> Any:
    """What the checker answers, a JSON value. Raises Unavailable where it gives none; redirects are not followed."""
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    headers = {"Content-Type": media_type, "Accept": "application/json"}
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(url, data=data, headers=headers, allow_redirects=False) as response,
        ):
            content, status = await read_whole(response, LIMIT), response.status
    except TimeoutError as error:
        raise Unavailable(f"{url} did not answer in {SECONDS:g} s.", code="checker.timeout") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise Unavailable(f"{url} can't be reached: {error}.", code="checker.unreachable") from error
    if status != 200:
        raise Unavailable(
            f"{url} answers with status {status}.",
            code="checker.status",
            hint="Give the address that takes a file by POST, such as https://check.example/provenance/check.",
        )
    return canonical.decode(content, limit=LIMIT, what=f"The answer of {url}")
