"""A model that repeats, as JSON, what it was asked, so that a test sees what arrived.

With tools it also calls the first one with the last message; "raise <Kind>" as the last message raises that kind.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict

from kept import errors
from kept.core.model import Answer, Identity, Request, ToolCall


class Parrot:
    def __init__(self, name: str = "parrot") -> None:
        self.identity = Identity(name=name, established="weights digest", evidence="sha256:" + "ab" * 32)
        self.waiting = 0
        self.cancelled = 0
        self.closed = False

    async def answer(self, request: Request) -> Answer:
        last = request.messages[-1].content
        if last.startswith("raise "):
            kind = getattr(errors, last.removeprefix("raise "))
            raise kind("This went wrong.", code="parrot.asked", hint="Ask otherwise.")
        if last == "wait":
            await self._wait()
        text = json.dumps(asdict(request), sort_keys=True, ensure_ascii=False)
        calls = tuple(ToolCall("call_1", tool.name, json.dumps({"said": last})) for tool in request.tools[:1])
        return Answer(
            text=text,
            finish="tool_calls" if calls else "stop",
            tool_calls=calls,
            logprobs=tuple((character, -0.5) for character in text) if request.logprobs else None,
            prompt_tokens=len(request.messages),
            completion_tokens=len(text),
        )

    async def _wait(self) -> None:
        self.waiting += 1
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise

    async def stream(self, request: Request) -> AsyncIterator[str]:
        yield (await self.answer(request)).text

    async def close(self) -> None:
        self.closed = True
