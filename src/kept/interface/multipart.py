"""Posted forms with files in them (RFC 7578): all of their parts, from a body that was bounded when it was read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool

from kept.errors import Invalid, Unavailable

KIND = "multipart/form-data"
_PARTS = 16
_HEADER = 4096


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a form: the field's name, and of a file its name and the media type that the sender claims."""

    name: str
    content: bytes
    file: str = ""
    media_type: str = ""

    @property
    def text(self) -> str:
        """The content as text. Raises Invalid."""
        try:
            return self.content.decode()
        except UnicodeDecodeError as error:
            raise Invalid(f"The field {self.name[:64]!r} is no text.", code="form.text") from error


def is_multipart(content_type: str) -> bool:
    """Whether a Content-Type names such a form."""
    return content_type.partition(";")[0].strip().lower() == KIND


def read(body: bytes, content_type: str, *, code: str = "form.multipart", extra: str = "disclosure") -> list[Part]:
    """The parts of a posted form of at most 16, in order.

    Raises Invalid for a form that is broken, and Unavailable, naming the `extra` to install, where python-multipart
    is missing.
    """
    multipart = _multipart(code, extra)
    gathering = _Gathering(multipart)
    try:
        _, options = multipart.parse_options_header(content_type)
        if not (boundary := options.get(b"boundary", b"")):
            raise ValueError("it names no boundary")
        parser = multipart.MultipartParser(boundary, gathering.callbacks())
        parser.write(body)
        parser.finalize()
    except ValueError as error:
        raise Invalid(f"The form can't be read: {error}.", code=code) from error
    return gathering.parts


async def parts_of(
    body: bytes, content_type: str, *, code: str = "form.multipart", extra: str = "disclosure"
) -> list[Part]:
    """As `read`, in a thread: a form that was made to be slow, as by a boundary of one letter that nearly stands
    everywhere, keeps nobody else waiting."""
    return await run_in_threadpool(read, body, content_type, code=code, extra=extra)


class _Gathering:
    """What the parser tells of a form, gathered into its parts."""

    def __init__(self, multipart: Any) -> None:
        self._multipart = multipart
        self._header = self._value = b""
        self._headers: dict[bytes, bytes] = {}
        self._content = bytearray()
        self._begun = 0
        self.parts: list[Part] = []

    def callbacks(self) -> dict[str, Callable[..., None]]:
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_part_data": self._data,
            "on_part_end": self._end,
        }

    def _begin(self) -> None:
        self._begun += 1
        self._header = self._value = b""
        self._headers, self._content = {}, bytearray()
        if self._begun > _PARTS:
            raise ValueError(f"it has more than {_PARTS} parts")

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._header = _bounded(self._header + data[start:end])

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value = _bounded(self._value + data[start:end])

    def _header_end(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header = self._value = b""
        if len(self._headers) > _PARTS:
            raise ValueError("a part has too many headers")

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._content += data[start:end]

    def _end(self) -> None:
        _, options = self._multipart.parse_options_header(self._headers.get(b"content-disposition", b""))
        told = [
            options.get(b"name", b""),
            options.get(b"filename", b""),
            self._headers.get(b"content-type", b"").partition(b";")[0].strip(),
        ]
        name, file, media_type = (value.decode("utf-8", "replace") for value in told)
        self.parts.append(Part(name, bytes(self._content), file, media_type.lower()))


def _bounded(header: bytes) -> bytes:
    if len(header) > _HEADER:
        raise ValueError("a header is too long")
    return header


def _multipart(code: str, extra: str) -> Any:
    try:
        from python_multipart import multipart
    except ImportError as error:
        raise Unavailable(
            "Forms with files are read by python-multipart, which isn't installed.",
            code=code,
            hint=f"Install the extra: pip install 'kept[{extra}]'.",
        ) from error
    return multipart
