"""A local model behind the Protocol of `kept.core.model`."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from kept.core.model import Answer, Finish, Identity, Request
from kept.models.hf.calls import with_calls
from kept.models.hf.network import Network, Step
from kept.models.openai.codec import with_deployment
from kept.models.openai.deltas import Delta, deltas_of
from kept.models.options import ModelOptions


class LocalModel:
    """A transformers model that answers in one thread of its own, one question at a time.

    On one device, the same request with the same seed gives the same answer; without a seed one is drawn from
    the options' entropy.
    """

    def __init__(self, folder: Path, digest: str, *, device: str, options: ModelOptions) -> None:
        self._network = Network(folder, device=device)
        self._options = options
        self._closed = threading.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="kept-hf")
        self._identity = options.identity(folder.resolve().name, "weights digest", evidence=digest)

    @property
    def identity(self) -> Identity:
        """What is being asked."""
        return self._identity

    async def answer(self, request: Request) -> Answer:
        """Answer once. Raises Invalid when the conversation does not fit the model or its chat template."""
        stop = threading.Event()
        try:
            return await self._in_thread(lambda: self._reply(request, stop, lambda piece: None))
        finally:
            stop.set()

    async def stream(self, request: Request) -> AsyncGenerator[str, None]:
        """The answer's text in pieces, as they come."""
        async with aclosing(self.deltas(request)) as deltas:
            async for delta in deltas:
                if delta.text:
                    yield delta.text

    async def deltas(self, request: Request) -> AsyncGenerator[Delta, None]:
        """The answer in pieces; with tools or log-probabilities it comes once it is whole."""
        loop, stop = asyncio.get_running_loop(), threading.Event()
        pieces: asyncio.Queue[str | None] = asyncio.Queue()

        def send(piece: str | None) -> None:
            loop.call_soon_threadsafe(pieces.put_nowait, piece)

        live = not (request.tools or self._options.tools or request.logprobs)
        replying = self._in_thread(lambda: self._reply(request, stop, send if live else lambda piece: None))
        replying.add_done_callback(lambda _: pieces.put_nowait(None))
        try:
            while (piece := await pieces.get()) is not None:
                yield Delta(text=piece)
            answer = await replying
            for delta in deltas_of(replace(answer, text="") if live else answer):
                yield delta
        finally:
            stop.set()

    async def close(self) -> None:
        """Let go of the thread; an answer under way stops at its next token."""
        self._closed.set()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _in_thread(self, work: Callable[[], Answer]) -> asyncio.Future[Answer]:
        return asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _reply(self, request: Request, stop: threading.Event, send: Callable[[str], None]) -> Answer:
        deployed = with_deployment(request, system_prompt=self._options.system_prompt, tools=self._options.tools)
        prompt = self._network.prompt(deployed)
        seed = int.from_bytes(self._options.entropy(7)) if deployed.seed is None else deployed.seed
        steps: list[Step] = []
        sent = ""
        finish: Finish = "length"
        for step in self._network.steps(prompt, deployed.sampling, seed=seed):
            if stop.is_set() or self._closed.is_set():
                break
            if step.token in self._network.ends:
                finish = "stop"
                break
            steps.append(step)
            text = self._network.text(steps)
            # A character that needs several tokens shows as a replacement until it is whole.
            if text.startswith(sent) and not text.endswith("\ufffd"):
                send(text[len(sent) :])
                sent = text
        text = self._network.text(steps)
        if text.startswith(sent):
            send(text[len(sent) :])
        tokens = tuple((self._network.text([step]), step.logprob) for step in steps) if request.logprobs else None
        whole = Answer(text, finish, (), tokens, len(prompt), len(steps))
        return with_calls(whole) if deployed.tools else whole
