"""One connection, held to a pace and a size: whoever sends a little at a time, or headers without end, is let go.

So is whoever holds many of them.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from kept.surfaces.guard.crowds import Crowd
from kept.surfaces.tls import CLIENT_SPKI, client_spki

HEAD_SECONDS, HEAD_BYTES, HEAD_FIELDS = 15.0, 64 * 1024, 128
PACE_SECONDS, PACE_BYTES = 15.0, 16 * 1024
"""A body comes by this many bytes in so many seconds at least, while we take it."""
DROPPED_BYTES = 1 << 20
"""How much of a body is still taken, and dropped, once it was answered."""
_TOO_MANY = b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 10\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_MUCH = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_FAULTY = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class PacedProtocol(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn speaks it, with limits on the head of a request and on how slowly anything may come or go.

    The head has 15 seconds, 64 KiB and 128 fields; a body comes at 16 KiB in each 15 seconds, except while it isn't
    taken here, and has no more around it than it is long, or 64 KiB; of an answer, something is taken until the
    connection would be closed as idle. `crowd` says whether one more of a caller is let in.
    """

    crowd: Crowd | None = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._judging: asyncio.TimerHandle | None = None
        self._in_head = True
        self._client = ""
        self._begun = self._head = self._taken = self._unsent = self._dropped = 0
        # Of a body that comes in chunks, what is content, and what is not: sizes, extensions, trailers.
        self._content = self._framing = 0

    @property
    def is_idle(self) -> bool:
        """Whether all that was asked is answered, and nothing more has come."""
        answered = self.cycle is not None and self.cycle.response_complete and not self.pipeline
        return answered and self._judging is None and not self.transport.get_write_buffer_size()

    def let_go(self) -> None:
        """Close the connection."""
        self.transport.close()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Begin to wait for a request, if the caller may have another connection."""
        super().connection_made(transport)
        if self.crowd is not None and not self.crowd.enter(self, self._address):
            self._end(_TOO_MANY)
            return
        self._client = client_spki(transport)
        self._judge_in(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        if self._judging is not None:
            self._judging.cancel()
        if self.crowd is not None:
            self.crowd.leave(self, self._address)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what came, and let go of whoever sends a head that is too long."""
        if self.transport.is_closing():
            return
        self._taken += len(data)
        self._framing += 0 if self._in_head else len(data)
        before = self._begun
        super().data_received(data)
        if not self._in_head and self._framing > HEAD_BYTES + self._content and not self.transport.is_closing():
            self._end(_TOO_MUCH)
        # Of what came in one piece with the end of another request, no more than that piece goes uncounted.
        if self._in_head and self._begun == before and not self.transport.is_closing():
            self._head += len(data)
            if self._head > HEAD_BYTES:
                self._end(_TOO_MUCH)

    def on_message_begin(self) -> None:
        """A request begins; it has so long for its head."""
        super().on_message_begin()
        self._dropped = self._content = self._framing = 0
        if self._client:
            self.scope[CLIENT_SPKI] = self._client  # type: ignore[literal-required] # ASGI leaves room for more
        self._begun += 1
        self._in_head, self._head = True, 0
        self._judge_in(HEAD_SECONDS)

    def on_headers_complete(self) -> None:
        """The head is there; now the body has to come at a pace."""
        self._in_head, self._head = False, 0
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > HEAD_BYTES or len(self.headers) > HEAD_FIELDS:
            self._end(_TOO_MUCH)
            return
        if not self._is_framed():
            self._end(_FAULTY)
            return
        super().on_headers_complete()
        self._taken = 0
        self._judge_in(PACE_SECONDS)

    def on_body(self, body: bytes) -> None:
        """Some of the body, unless it belongs to a request that was refused; past its answer, only a little."""
        if self.cycle is None or self.transport.is_closing():
            return
        self._content += len(body)
        self._framing -= len(body)
        if self.cycle.response_complete:
            self._dropped += len(body)
            if self._dropped > DROPPED_BYTES:
                self.transport.close()
            return
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All of it is there: whoever sent it has all the time until the next."""
        if self._judging is not None:
            self._judging.cancel()
            self._judging = None
        if self.cycle is not None and not self.transport.is_closing():
            super().on_message_complete()

    def timeout_keep_alive_handler(self) -> None:
        """Let go of a connection that is idle, or whose answer isn't taken; one that takes it slowly goes on."""
        left = self.transport.get_write_buffer_size()
        if left and left != self._unsent:
            self._unsent = left
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
        elif left:
            self.transport.abort()
        else:
            super().timeout_keep_alive_handler()

    def _is_framed(self) -> bool:
        """Whether every server reads this request's end in the same place (RFC 9112, section 6.1)."""
        version = self.parser.get_http_version()
        chunked = any(name == b"transfer-encoding" for name, _ in self.headers)
        return version == "1.1" or (version == "1.0" and not chunked)

    @property
    def _address(self) -> str:
        return self.client[0] if self.client else ""

    def _judge_in(self, seconds: float) -> None:
        if self._judging is not None:
            self._judging.cancel()
        self._judging = self.loop.call_later(seconds, self._judge)

    def _judge(self) -> None:
        ours = not self._in_head and (self.flow.read_paused or self.cycle.waiting_for_100_continue)
        if ours or (not self._in_head and self._taken >= PACE_BYTES):
            self._taken = 0
            self._judge_in(PACE_SECONDS)
        else:
            self._end(_TOO_SLOW)

    def _end(self, told: bytes) -> None:
        # Only where no answer has begun may another one be written.
        if not self.transport.is_closing() and (self.cycle is None or self.cycle.response_complete or self._in_head):
            self.transport.write(told)
        self.transport.close()


def counted(crowd: Crowd | None) -> type[PacedProtocol]:
    """The protocol of a server whose connections a crowd lets in."""

    class CountedProtocol(PacedProtocol):
        """One connection of this server."""

    CountedProtocol.crowd = crowd
    return CountedProtocol
