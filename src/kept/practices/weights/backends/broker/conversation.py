"""One client, from its proof of who it is to its end: what it asks for is decided by the gate, and then sent."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from kept.core.keys.wiping import wipe
from kept.errors import Conflict, Denied, Invalid, KeptError, NotFound
from kept.practices.weights.backends.broker.channels import Channel
from kept.practices.weights.backends.broker.memory import Filled
from kept.practices.weights.methods import messages
from kept.practices.weights.methods.messages import DATA, DATA_LIMIT, Message
from kept.practices.weights.records.access import Caller
from kept.practices.weights.service.releasing.gate import Gate, Opening

PROOF_SECONDS = 5.0
IDLE_SECONDS = 600.0
_OPEN_AT_ONCE = 16
_INLINE = 1024 * 1024
"""Bytes up to which decrypting takes less time than handing it to a thread."""

T = TypeVar("T")
Prove = Callable[[messages.Proof], Caller]


@dataclass(slots=True)
class Conversation:
    """What one client has open. `piece` is how much is decrypted between two looks at the meter, in bytes."""

    channel: Channel
    gate: Gate
    threads: Executor
    hello: messages.Hello
    prove: Prove
    piece: int
    openings: dict[int, Opening] = field(default_factory=dict)
    memories: dict[int, Filled] = field(default_factory=dict)
    _numbers: int = 0

    async def hold(self) -> None:
        """Talk until the client ends it or breaks a rule; what was not drawn goes back, whatever ended it."""
        try:
            caller = await self._greet()
            if caller is not None:
                while (received := await self.channel.receive(IDLE_SECONDS)) is not None:
                    await self._answer(caller, *received)
        except KeptError as error:
            await self._say_why(error)
        finally:
            self.channel.close()
            await self._let_go()

    async def _greet(self) -> Caller | None:
        await self.channel.send(messages.encode(self.hello))
        received = await self.channel.receive(PROOF_SECONDS)
        if received is None:
            return None
        if not isinstance(received[0], messages.Proof):
            raise Denied("The first message proves who asks.", code="broker.unknown")
        caller = self.prove(received[0])
        await self.channel.send(messages.encode(messages.Welcome(caller.actor)))
        return caller

    async def _answer(self, caller: Caller, message: Message, descriptors: list[int]) -> None:
        """One question, one answer; a refusal is written down before it is told, and ends nothing."""
        try:
            answer = await self._do(caller, message, descriptors)
        except KeptError as error:
            opening = self.openings.get(getattr(message, "session", -1))
            lease = opening.leased.id if opening else getattr(message, "lease", "")
            await self.gate.refuse(caller, error, lease=lease, opening=opening)
            answer = refused(error)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        await self.channel.send(messages.encode(answer))

    async def _do(self, caller: Caller, message: Message, descriptors: list[int]) -> Message:
        if isinstance(message, messages.Read):
            return await self._read(message)
        if isinstance(message, messages.Open):
            return await self._open(caller, message)
        if isinstance(message, messages.Attach):
            return self._attach(message, descriptors)
        if isinstance(message, messages.Show):
            return messages.Nonce((await self._aside(self.gate.challenge, caller, message.lease)).hex())
        if isinstance(message, messages.Evidence):
            shown = decoded(message)
            await self._aside(self.gate.attest, caller, message.lease, *shown)
            return messages.Done(0)
        if isinstance(message, messages.Export):
            return await self._export(message)
        if isinstance(message, messages.Compare):
            return await self._compare(message)
        if isinstance(message, messages.Detach):
            self._memory(message.memory).close()
            del self.memories[message.memory]
            return messages.Done(0)
        if isinstance(message, messages.Close):
            opening = self._opening(message.session)
            del self.openings[message.session]
            await self.gate.close(opening)
            return messages.Done(opening.account.drawn)
        raise Invalid("The broker answers no such message.", code="message.unexpected")

    async def _open(self, caller: Caller, message: messages.Open) -> Message:
        if len(self.openings) >= _OPEN_AT_ONCE:
            raise Conflict(f"At most {_OPEN_AT_ONCE} files are open at once.", code="broker.open", hint="Close one.")
        opening = await self._aside(self.gate.look, caller, message.lease, message.place)
        self._numbers += 1
        self.openings[self._numbers] = opening
        await self.gate.ready(opening)
        tensors = {
            name: [place.dtype, list(place.shape), place.start, place.stop] for name, place in opening.tensors.items()
        }
        leased = opening.leased
        return messages.Opened(self._numbers, leased.file, leased.kind, tensors, self.gate.left(opening))

    def _attach(self, message: messages.Attach, descriptors: list[int]) -> Message:
        if len(descriptors) != 1:
            raise Invalid("One piece of memory comes with this message.", code="memory.kind")
        if len(self.memories) >= _OPEN_AT_ONCE:
            raise Conflict(f"At most {_OPEN_AT_ONCE} memories are attached.", code="memory.many")
        # As large as what is open needs, so that nobody takes memory that they have nothing to fill with.
        most = max((opening.sealed.size for opening in self.openings.values()), default=0)
        filled = Filled(descriptors[0], message.size, limit=most + (2 << 20) if most else 0)
        self._numbers += 1
        self.memories[self._numbers] = filled
        return messages.Attached(self._numbers)

    async def _read(self, message: messages.Read) -> Message:
        opening = self._opening(message.session)
        size = message.stop - message.start
        target = None
        if message.memory >= 0:
            target = self._memory(message.memory)
            if not 0 <= message.at <= message.at + size <= len(target.view):
                raise Invalid("The bytes don't fit the memory.", code="memory.span")
        for begin in range(message.start, message.stop, self.piece):
            end = min(begin + self.piece, message.stop)
            span = await self.gate.decide(opening, message.tensor, begin, end)
            if target is not None:
                at = message.at + begin - message.start
                await self._fill(opening, span, target.view[at : at + end - begin])
            else:
                await self._stream(opening, span)
        if size <= 0:
            opening.span(message.tensor, message.start, message.stop, kind="read")
        return messages.Done(size)

    async def _export(self, message: messages.Export) -> Message:
        """Decide, set aside, compute and record the copy, and only then send it: computed again, it is the same."""
        opening = self._opening(message.session)
        marked = await self._aside(self.gate.prepare, opening, message.recipient)
        await self.gate.draw(opening, "", marked.size)
        digest, size, recorded = await self._aside(self.gate.record, opening, marked)
        pieces = marked.pieces()
        try:
            while (piece := await self._aside(next, pieces, None)) is not None:
                for at in range(0, len(piece), DATA_LIMIT):
                    await self.channel.send(messages.frame(DATA, bytes(piece[at : at + DATA_LIMIT])))
        finally:
            pieces.close()
        return messages.Exported(size, digest, recorded)

    async def _compare(self, message: messages.Compare) -> Message:
        """Nothing leaves, so nothing is metered; whoever may open the file may know whether it is what was signed."""
        opening = self._opening(message.session)
        self.gate.check(opening)
        found = await self._aside(opening.sealed.digests)
        return messages.Compared({str(number): digest for number, digest in enumerate(found)})

    async def _fill(self, opening: Opening, span: tuple[int, int], out: memoryview) -> None:
        if len(out) <= _INLINE:
            opening.sealed.read_into(*span, out)
        else:
            await self._aside(opening.sealed.read_into, *span, out)

    async def _aside(self, work: Callable[..., T], *given: Any) -> T:
        """Let a thread do what takes long. Cut off, it waits for the thread: only then may memory and key be let go."""
        running = asyncio.get_running_loop().run_in_executor(self.threads, partial(work, *given))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])
            raise

    async def _stream(self, opening: Opening, span: tuple[int, int]) -> None:
        """Send plaintext as frames; what a frame was made of is overwritten."""
        held = bytearray(min(DATA_LIMIT, span[1] - span[0]))
        try:
            for at in range(*span, DATA_LIMIT):
                part = memoryview(held)[: min(DATA_LIMIT, span[1] - at)]
                await self._fill(opening, (at, at + len(part)), part)
                await self.channel.send(messages.frame(DATA, bytes(part)))
        finally:
            wipe(held)

    def _opening(self, session: int) -> Opening:
        if session not in self.openings:
            raise NotFound("There is no such session.", code="broker.session")
        return self.openings[session]

    def _memory(self, number: int) -> Filled:
        if number not in self.memories:
            raise NotFound("There is no such memory.", code="memory.unknown")
        return self.memories[number]

    async def _say_why(self, error: KeptError) -> None:
        try:
            await self.channel.send(messages.encode(refused(error)))
        except KeptError:
            # There is nobody left to tell; the error is what ended the conversation, or the client's own doing.
            return

    async def _let_go(self) -> None:
        for memory in self.memories.values():
            memory.close()
        openings = list(self.openings.values())
        self.openings.clear()
        failures = await asyncio.gather(*map(self.gate.close, openings), return_exceptions=True)
        for failure in failures:
            if isinstance(failure, BaseException):
                raise failure


def decoded(message: messages.Evidence) -> tuple[bytes, bytes]:
    """Evidence and nonce. Raises Invalid for what is no base64 or hex."""
    try:
        return base64.b64decode(message.evidence, validate=True), bytes.fromhex(message.nonce)
    except ValueError as error:
        raise Invalid("The evidence is no base64, or the nonce no hex.", code="attestation.malformed") from error


def refused(error: KeptError) -> messages.Refused:
    """An error as a client is told of it."""
    kind = next(each.__name__.lower() for each in type(error).__mro__ if each.__module__ == "kept.errors")
    return messages.Refused(kind, error.code[:64], error.message[:1000], error.hint[:1000])
