"""Takes in what reporters upload: in memory alone, bounded, a few at a time, and not for ever."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from kept.errors import Invalid, Unavailable
from kept.interface import multipart
from kept.interface.allowance import caller_of
from kept.interface.pages import MediaTypeError, body

if TYPE_CHECKING:
    from fastapi import Request

AT_ONCE, EACH = 8, 2
"""How many are read at a time, and how many of one caller: whoever sends slowly keeps nobody else out."""
SECONDS = 300
FIELDS = 64 * 1024
"""What the fields beside the file may have together."""


class Desk:
    """Reads uploads; `AT_ONCE` of them at a time, `EACH` of one caller, each within five minutes."""

    def __init__(self) -> None:
        self._reading: Counter[str] = Counter()

    @asynccontextmanager
    async def form(self, request: Request, *, file: str, limit: int) -> AsyncGenerator[tuple[dict[str, str], bytes]]:
        """The fields of a posted form and the bytes of its one file, of at most `limit`.

        Raises TooLargeError before anything is kept where the length is stated, MediaTypeError for what is no such
        form, Invalid for one that can't be read or takes too long, and Unavailable where too many come at once.
        """
        kind = request.headers.get("content-type", "")
        if not multipart.is_multipart(kind):
            raise MediaTypeError("This isn't a form with a file.", code="report.form", hint=f"Send {multipart.KIND}.")
        async with self._turn(request):
            data = await self._read(request, limit + FIELDS)
            parts = await multipart.parts_of(data, kind, code="report.form", extra="disclosure")
            content = [part.content for part in parts if part.name == file]
            fields = {part.name: part.text for part in parts if part.name != file}
            if len(content) != 1 or sum(map(len, fields.values())) > FIELDS:
                raise Invalid(f"The form has one file, {file!r}.", code="report.form", hint="Send it once.")
            yield fields, content[0]

    @asynccontextmanager
    async def content(self, request: Request, *, limit: int) -> AsyncGenerator[bytes]:
        """The body of at most `limit` bytes. Raises TooLargeError, Invalid or Unavailable as `form` does."""
        async with self._turn(request):
            yield await self._read(request, limit)

    @asynccontextmanager
    async def _turn(self, request: Request) -> AsyncGenerator[None]:
        caller = caller_of(request.client.host if request.client else "")
        if self._reading[caller] >= EACH or self._reading.total() >= AT_ONCE:
            raise Unavailable("Too many send at once.", code="report.busy", hint="Try again in a minute.")
        self._reading[caller] += 1
        try:
            yield
        finally:
            self._reading[caller] -= 1
            self._reading += Counter()  # forgets those of whom nothing is read

    async def _read(self, request: Request, limit: int) -> bytes:
        try:
            async with asyncio.timeout(SECONDS):
                return await body(request, limit=limit, code="report.large")
        except TimeoutError as error:
            raise Invalid("The upload took too long.", code="report.slow", hint="Send a smaller file.") from error
