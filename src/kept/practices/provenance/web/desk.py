"""Where uploads are taken in and wait for their check: in memory alone, so many bytes and so many checks at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from kept.errors import Invalid, Unavailable
from kept.interface import multipart
from kept.interface.allowance import Allowance
from kept.interface.pages import MediaTypeError, TooLargeError, TooOftenError
from kept.practices.provenance.methods import media
from kept.practices.provenance.records.uploads import UploadSettings

if TYPE_CHECKING:
    from fastapi import Request

_FIELD = "file"


@dataclass(frozen=True, slots=True)
class Upload:
    """Content, and its media type as its bytes tell it, whatever its header or its name says."""

    content: bytes
    media_type: str


class Desk:
    """Takes in what callers upload, and hands it on when there is room; no byte goes to a disk.

    `limits` is asked once, when the first caller comes: a room that nobody asks is never opened.
    """

    def __init__(self, now: Callable[[], float], limits: Callable[[], UploadSettings]) -> None:
        self._now = now
        self._limits = limits
        self._taken = 0

    @cached_property
    def limits(self) -> UploadSettings:
        """How much the public may ask."""
        return self._limits()

    @cached_property
    def _allowance(self) -> Allowance:
        return Allowance(self._now, rate=self.limits.checks_a_minute / 60, burst=self.limits.checks_burst)

    @cached_property
    def _turns(self) -> asyncio.Semaphore:
        return asyncio.Semaphore(self.limits.checks_at_once)

    @asynccontextmanager
    async def upload(self, request: Request) -> AsyncGenerator[Upload]:
        """What was uploaded, held while the block runs: the whole body, or the file in a posted form.

        Raises TooOftenError, TooLargeError, MediaTypeError, Invalid where there is no file, and Unavailable where no
        room is left.
        """
        caller = request.client.host if request.client else ""
        if wait := self._allowance.take(caller):
            raise TooOftenError(
                "Too many checks in a short time.", seconds=wait, code="check.often", hint="Wait, then go on slower."
            )
        parts: list[bytes] = []
        try:
            await self._read(request, parts)
            # In a thread: a form that was made to be slow keeps nobody else waiting.
            kind = request.headers.get("content-type", "")
            content = await run_in_threadpool(file_of, b"".join(parts), kind)
            upload = Upload(content, _kind(content))
            async with self._turns:
                yield upload
        finally:
            self._taken -= sum(map(len, parts))

    async def _read(self, request: Request, parts: list[bytes]) -> None:
        stated = request.headers.get("content-length", "")
        limits = self.limits
        if stated.isdecimal() and int(stated) > limits.upload_bytes:
            raise self._too_large()
        try:
            async with asyncio.timeout(limits.upload_seconds):
                size = 0
                async for chunk in request.stream():
                    parts.append(chunk)
                    size += len(chunk)
                    self._taken += len(chunk)
                    if size > limits.upload_bytes:
                        raise self._too_large()
                    if self._taken > limits.uploads_bytes:
                        raise Unavailable("Too much is being checked.", code="check.busy", hint="Try again in a while.")
        except TimeoutError as error:
            raise Invalid(
                f"The upload took more than {limits.upload_seconds:g} seconds.",
                code="check.slow",
                hint="Send a smaller file.",
            ) from error

    def _too_large(self) -> TooLargeError:
        return TooLargeError(
            f"The upload has more than {self.limits.upload_bytes} bytes.",
            code="check.large",
            hint="Send a smaller file.",
        )


def file_of(body: bytes, content_type: str) -> bytes:
    """The content of the field `file` in a posted form (RFC 7578), or the whole body where it is no form.

    Raises Invalid for a form that is broken or has no such file, and Unavailable where python-multipart is missing.
    """
    if not multipart.is_multipart(content_type):
        content = body
    else:
        parts = multipart.read(body, content_type, code="check.form", extra="provenance")
        content = next((part.content for part in parts if part.name == _FIELD and part.content), b"")
    if not content:
        raise Invalid("There is no file.", code="check.missing", hint="Send the file as the body, or as `file`.")
    return content


def _kind(content: bytes) -> str:
    try:
        return media.sniff(content)
    except Invalid as error:
        raise MediaTypeError(error.message, code=error.code, hint=error.hint) from error
