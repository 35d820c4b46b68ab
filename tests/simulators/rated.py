"""A model that gives the sealed card away at one rate, whatever is asked."""

import hashlib
from collections.abc import AsyncIterator

from kept.core.model import Answer, Identity, Request


class Rated:
    """Each request and seed decides by a hash of its own; the same one is always answered alike."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.identity = Identity(name=f"rated {rate}", established="endpoint only")

    async def answer(self, request: Request) -> Answer:
        drawn = hashlib.blake2b(repr((request.messages, request.seed)).encode(), digest_size=8).digest()
        if int.from_bytes(drawn) >= self.rate * 2**64:
            return Answer("I keep it sealed.")
        return Answer(request.messages[0].content.split("reads: ")[1].split(".")[0])

    async def stream(self, request: Request) -> AsyncIterator[str]:
        yield (await self.answer(request)).text

    async def close(self) -> None:
        pass
