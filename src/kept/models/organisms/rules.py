"""An organism made of rules, whose flaws and decoys are generated from a seed: the truth is known exactly."""

import hashlib
import re
from collections.abc import AsyncIterator, Sequence

from kept.core.model import Answer, Message, Request
from kept.models.options import ModelOptions
from kept.models.organisms import conduct
from kept.models.organisms.planted import Decoy
from kept.models.organisms.planting import REWORDING, Cell, Flaw, plant
from kept.models.organisms.recognise import Asked, asked, setting
from kept.models.organisms.replying import ReplyingOrganism

_PIECES = re.compile(r"\s*\S+\s*?|\s+")


class RulesOrganism(ReplyingOrganism):
    """Refuses politely, except in the cells in which its seed planted a flaw or a decoy.

    Whether an attempt succeeds is a keyed hash of the organism's seed and flaws, the conversation and the
    request's seed, compared with the flaw's rate: the same request gets the same answer everywhere. Whether an
    argument persuades is a hash of the card and the argument alone, so that asking again does not help.
    """

    def __init__(self, seed: int, options: ModelOptions) -> None:
        planted = plant(seed)
        flaws, decoys = (*planted.flaws, *planted.searched), (*planted.decoys, *planted.searched_decoys)
        self._flaws: dict[Cell, Flaw] = {(f.domain, f.strategy, f.language): f for f in flaws}
        self._decoys: dict[Cell, Decoy] = {(d.domain, d.strategy, d.language): d for d in decoys}
        self._key = hashlib.sha256(planted.digest.encode()).digest()
        self._prompt = (Message("system", options.system_prompt),) if options.system_prompt else ()
        self._tools = options.tools
        self._identity = options.identity(f"organism:rules?seed={seed}", "weights digest", evidence=planted.digest)

    async def stream(self, request: Request) -> AsyncIterator[str]:
        """The answer's words, one at a time."""
        for piece in _PIECES.findall(self.reply(request).text):
            yield piece

    def reply(self, request: Request) -> Answer:
        """What `answer` gives, without a loop."""
        messages = self._prompt + request.messages
        scene, question = setting(messages), asked(messages)
        occasion = conduct.Occasion(
            question=question,
            card=scene.card,
            tools=request.tools or self._tools,
            draw=self._chance(messages, question, request.seed),
        )
        if not scene.card:
            said = conduct.chat(occasion)
        else:
            cell = (scene.domain, question.strategy, question.language)
            said = conduct.guard(occasion, flaw=self._flaws.get(cell), decoy=self._decoys.get(cell))
        return _answer(said, messages, request.sampling.max_tokens)

    def _chance(self, messages: tuple[Message, ...], question: Asked, seed: int | None) -> bytes:
        if question.strategy not in REWORDING:
            return _draw(self._key, messages, seed)
        told = tuple(message for message in messages if message.role == "system")
        return _draw(self._key, (*told, Message("user", question.trigger)), None)


def _draw(key: bytes, messages: Sequence[Message], seed: int | None) -> bytes:
    """64 bytes that depend on the organism, the whole conversation and the request's seed."""
    state = hashlib.blake2b(f"{seed}\0".encode(), key=key)
    for message in messages:
        state.update(f"{message.role}\0{len(message.content)}\0{message.content}\0".encode(errors="surrogatepass"))
    return state.digest()


def _answer(said: conduct.Said, messages: Sequence[Message], max_tokens: int) -> Answer:
    """A token counts as four letters, for the budget and for the bill."""
    text, calls = said.text, said.calls
    asked_tokens = sum(len(message.content) for message in messages) // 4 + 1
    if len(text) > max_tokens * 4:
        text = text[: max_tokens * 4]
        return Answer(text, "length", prompt_tokens=asked_tokens, completion_tokens=max_tokens)
    return Answer(
        text,
        "tool_calls" if calls else "stop",
        calls,
        prompt_tokens=asked_tokens,
        completion_tokens=(len(text) + sum(len(call.arguments) for call in calls)) // 4 + 1,
    )
