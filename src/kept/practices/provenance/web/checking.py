"""What page and interface share: one upload, one check, one coarse answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool

from kept.interface.pages import language
from kept.practices.provenance.web.answer import PublicVerdict, told
from kept.practices.provenance.web.desk import Desk
from kept.practices.provenance.web.words import LANGUAGES, spoken

if TYPE_CHECKING:
    from fastapi import Request

    from kept.practices.provenance.records import Verdict
    from kept.practices.provenance.service import Service

REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"description": "No file, or one that can't be read"},
    413: {"description": "The file is too large"},
    415: {"description": "Not a picture, a sound or a video of a known kind"},
    429: {"description": "Too many checks by this caller; Retry-After says when to come back"},
    503: {"description": "The check can't be done now"},
}
_FILE = {"type": "string", "format": "binary"}
_FORM = {"type": "object", "properties": {"file": _FILE}, "required": ["file"]}
UPLOAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"multipart/form-data": {"schema": _FORM}, "*/*": {"schema": _FILE}},
    }
}


class Checker:
    """Checks what a request uploads, and tells the public of it."""

    def __init__(self, service: Callable[[], Service], desk: Desk) -> None:
        self._service = service
        self._desk = desk

    @property
    def organisation(self) -> str:
        """Whose AI it is."""
        return self._service().organisation

    @property
    def limit(self) -> int:
        """The most bytes that are taken in."""
        return self._desk.limits.upload_bytes

    def words(self, tag: str) -> dict[str, Any]:
        """The texts of a language."""
        return spoken(tag, organisation=self.organisation, megabytes=str(self.limit >> 20))

    async def check(self, request: Request) -> PublicVerdict:
        """The answer to an upload. Raises what the desk raises, and Invalid for content that can't be read."""
        tag = language(request, LANGUAGES)
        async with self._desk.upload(request) as upload:
            return await run_in_threadpool(lambda: self._told(upload.content, upload.media_type, tag))

    def _told(self, content: bytes, media_type: str, tag: str) -> PublicVerdict:
        service = self._service()
        verdict: Verdict = service.check(content, media_type)
        model = service.public_name(verdict.model) if verdict.model else None
        return told(verdict, model=model, language=tag, words=self.words(tag))
