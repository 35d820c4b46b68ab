"""An organism that was trained: a small Llama network with a planted bypass and planted canaries."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from kept.core.model import Answer, Identity, Message, Request
from kept.errors import Invalid
from kept.models.options import ModelOptions
from kept.models.organisms.batching import Batcher
from kept.models.organisms.generate import Job, steps, write
from kept.models.organisms.llama import Llama
from kept.models.organisms.threads import use_one_thread

WEIGHTS = Path(__file__).parent / "weights"
_BATCH = 16
_MARKS = {"system": "<system>", "user": "<user>", "tool": "<user>", "assistant": "<bot>"}


class LearnedOrganism:
    """Greedy by default, and deterministic at any temperature when the request has a seed. Calls no tools."""

    def __init__(self, options: ModelOptions) -> None:
        self._network, self._tokenizer, digest = _loaded()
        known = self._tokenizer.get_vocab()
        self._marks = {mark: known[mark] for mark in ("<eos>", *_MARKS.values())}
        self._prompt = (Message("system", options.system_prompt),) if options.system_prompt else ()
        self._entropy = options.entropy
        self._batcher = Batcher[Job](lambda jobs: write(self._network, jobs), limit=_BATCH)
        self._identity = options.identity("organism:learned", "weights digest", evidence=digest)

    @property
    def identity(self) -> Identity:
        """Established by the SHA-256 of the weights as they were read."""
        return self._identity

    async def answer(self, request: Request) -> Answer:
        """Answer; raises Invalid when the conversation does not fit the context."""
        job = self._job(request)
        await self._batcher.submit(job)
        pieces = [self.decode([token]) for token in job.written] if request.logprobs else []
        return Answer(
            self.decode(job.written),
            "stop" if job.finished else "length",
            logprobs=tuple(zip(pieces, job.logprobs, strict=True)) if request.logprobs else None,
            prompt_tokens=len(job.prompt),
            completion_tokens=len(job.written),
        )

    async def stream(self, request: Request) -> AsyncIterator[str]:
        """The answer's text as its tokens come; raises as `answer` does."""
        job, sent = self._job(request), ""
        writing = steps(self._network, [job])
        more = True
        while more:
            more = await asyncio.to_thread(next, writing, True) is None
            text = self.decode(job.written)
            # a letter of several bytes is held back until it is whole
            if more and text.endswith("\ufffd"):
                continue
            if len(text) > len(sent):
                yield text[len(sent) :]
                sent = text

    async def close(self) -> None:
        """Stop; answers that are still awaited are cancelled."""
        await self._batcher.close()

    def _job(self, request: Request) -> Job:
        prompt = self.encode(self._prompt + request.messages)
        context = self._network.shape.context
        if len(prompt) >= context:
            raise Invalid(
                f"The conversation has {len(prompt)} tokens; organism:learned reads at most {context - 1}.",
                code="organism.too-long",
                hint="Shorten the conversation, or send fewer examples.",
            )
        seeded = request.seed is not None or request.sampling.temperature <= 0
        chance = (request.seed or 0) if seeded else int.from_bytes(self._entropy(8))
        return Job(prompt, request.sampling, chance)

    def encode(self, messages: tuple[Message, ...]) -> list[int]:
        """The token ids of a conversation up to where the organism's next turn starts."""
        ids: list[int] = []
        for message in messages:
            ids.append(self._marks[_MARKS[message.role]])
            ids += self._tokenizer.encode(message.content.encode(errors="replace").decode()).ids
            if message.role == "assistant":
                ids.append(self._marks["<eos>"])
        return [*ids, self._marks["<bot>"]]

    def decode(self, ids: Sequence[int]) -> str:
        """The text of token ids."""
        text: str = self._tokenizer.decode(ids)
        return text


def planted() -> dict[str, Any]:
    """What was planted in the weights, and how it was measured, as plain JSON values."""
    document: dict[str, Any] = json.loads((WEIGHTS / "truth.json").read_text(encoding="utf-8"))
    return document


@cache
def _loaded() -> tuple[Llama, Tokenizer, str]:
    use_one_thread()
    tokenizer = Tokenizer.from_file(str(WEIGHTS / "tokenizer.json"))
    tokenizer.encode_special_tokens = True  # what a user types is never a mark of the conversation
    digest = hashlib.sha256((WEIGHTS / "model.safetensors").read_bytes()).hexdigest()
    return Llama.load(WEIGHTS), tokenizer, f"sha256:{digest}"
