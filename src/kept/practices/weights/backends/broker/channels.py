"""Ways to a client: a Unix socket, by which descriptors come along, and a TLS stream; bounded in size and time.

A client that sends faster than it is answered is read no further; one that stops in mid-message, or takes nothing of
what it asked for, is let go.
"""

from __future__ import annotations

import array
import asyncio
import os
import socket
from collections import deque
from typing import Protocol

from kept.errors import Invalid, Unavailable
from kept.practices.weights.methods import messages
from kept.practices.weights.methods.messages import MESSAGE, REQUEST_LIMIT, Frames, Message

MESSAGE_SECONDS = 10.0
"""How long a message may take from its first byte to its last, and how long a client may take nothing."""
_ONCE = 64 * 1024
_QUEUED = 16
_DESCRIPTORS = 4


class Channel(Protocol):
    """One client's connection."""

    async def receive(self, seconds: float) -> tuple[Message, list[int]] | None:
        """The next message and the descriptors that came by then, which are the caller's to close; None at the end.

        Raises Invalid for what is no message, Unavailable where none comes in time.
        """
        ...

    async def send(self, data: bytes | memoryview) -> None:
        """Send all of it. Raises Unavailable where the client takes nothing for long, or is gone."""
        ...

    def close(self) -> None:
        """Let go of the client."""
        ...


class UnixChannel:
    """A connected Unix socket, whose readiness the event loop tells."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._loop = asyncio.get_running_loop()
        self._frames = Frames(limit=REQUEST_LIMIT)
        self._messages: deque[Message] = deque()
        self._descriptors: list[int] = []
        self._waiting: asyncio.Future[None] | None = None
        self._begun: float | None = None
        self._ended: Exception | bool = False
        self._reading = False
        self._resume()

    async def receive(self, seconds: float) -> tuple[Message, list[int]] | None:
        """The next message."""
        while not self._messages:
            if self._ended:
                if isinstance(self._ended, Exception):
                    raise self._ended
                return None
            self._waiting = self._loop.create_future()
            left = seconds if self._begun is None else self._begun + MESSAGE_SECONDS - self._loop.time()
            deadline = self._loop.call_later(max(left, 0), self._too_late)
            try:
                await self._waiting
            finally:
                deadline.cancel()
                self._waiting = None
        message = self._messages.popleft()
        if not self._reading and not self._ended and len(self._messages) < _QUEUED:
            self._resume()
        taken: list[int] = []
        if isinstance(message, messages.Attach):
            taken, self._descriptors = self._descriptors, []
        return message, taken

    async def send(self, data: bytes | memoryview) -> None:
        """Send all of it."""
        view = memoryview(data)
        while view:
            try:
                view = view[self._socket.send(view) :]
            except BlockingIOError:
                await self._writable()
            except OSError as error:
                raise gone(error) from error

    def close(self) -> None:
        """Let go of the client, and of descriptors that nobody took."""
        self._pause()
        self._socket.close()
        while self._descriptors:
            os.close(self._descriptors.pop())
        self._ended = self._ended or True

    def _readable(self) -> None:
        try:
            data = self._take()
            for kind, body in self._frames.feed(data):
                if kind != MESSAGE:
                    raise Invalid("A client sends messages alone.", code="message.frame")
                self._messages.append(messages.decode(body, limit=REQUEST_LIMIT))
            self._begun = (self._begun or self._loop.time()) if len(self._frames) else None
            if not data:
                self._end(True)
            elif len(self._messages) >= _QUEUED:
                self._pause()
        except (BlockingIOError, InterruptedError):
            return
        except Invalid as error:
            self._end(error)
        except OSError:
            self._end(True)
        self._wake()

    def _take(self) -> bytes:
        data, ancillary, _, _ = self._socket.recvmsg(
            _ONCE, socket.CMSG_SPACE(_DESCRIPTORS * 4), getattr(socket, "MSG_CMSG_CLOEXEC", 0)
        )
        for level, kind, body in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                found = array.array("i")
                found.frombytes(body[: len(body) - len(body) % found.itemsize])
                self._descriptors += found
        if len(self._descriptors) > _DESCRIPTORS:
            raise Invalid("Too many descriptors came.", code="message.descriptors")
        return data

    async def _writable(self) -> None:
        ready: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_writer(self._socket, lambda: _settle(ready))
        try:
            await asyncio.wait_for(ready, MESSAGE_SECONDS)
        except TimeoutError as error:
            raise Unavailable("The client takes nothing.", code="broker.slow") from error
        finally:
            self._loop.remove_writer(self._socket)

    def _too_late(self) -> None:
        self._end(Unavailable("No whole message came in time.", code="broker.slow"))
        self._wake()

    def _end(self, why: Exception | bool) -> None:
        self._ended = self._ended or why
        self._pause()

    def _wake(self) -> None:
        if self._waiting is not None:
            _settle(self._waiting)

    def _resume(self) -> None:
        self._reading = True
        self._loop.add_reader(self._socket, self._readable)

    def _pause(self) -> None:
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self._socket)


class StreamChannel:
    """A stream that asyncio reads and writes, as TLS is."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._frames = Frames(limit=REQUEST_LIMIT)
        self._messages: deque[Message] = deque()

    async def receive(self, seconds: float) -> tuple[Message, list[int]] | None:
        """The next message; no descriptor comes by this way."""
        deadline: float | None = None
        loop = asyncio.get_running_loop()
        while not self._messages:
            left = seconds
            if len(self._frames):
                deadline = deadline or loop.time() + MESSAGE_SECONDS
                left = deadline - loop.time()
            try:
                data = await asyncio.wait_for(self._reader.read(_ONCE), max(left, 0))
            except TimeoutError as error:
                raise Unavailable("No whole message came in time.", code="broker.slow") from error
            except OSError as error:
                raise gone(error) from error
            if not data:
                return None
            for kind, body in self._frames.feed(data):
                if kind != MESSAGE:
                    raise Invalid("A client sends messages alone.", code="message.frame")
                self._messages.append(messages.decode(body, limit=REQUEST_LIMIT))
        return self._messages.popleft(), []

    async def send(self, data: bytes | memoryview) -> None:
        """Send all of it; what doesn't go out at once is waited for."""
        try:
            self._writer.write(data)
            await asyncio.wait_for(self._writer.drain(), MESSAGE_SECONDS)
        except TimeoutError as error:
            raise Unavailable("The client takes nothing.", code="broker.slow") from error
        except OSError as error:
            raise gone(error) from error

    def close(self) -> None:
        """Let go of the client."""
        self._writer.close()


def _settle(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


def gone(error: OSError) -> Unavailable:
    """What is raised where the other end went away."""
    return Unavailable(f"The other end is gone: {error.strerror or type(error).__name__}.", code="broker.gone")
