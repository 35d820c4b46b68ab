"""The `openai` client library, which nobody here wrote, talks to what `kept models serve` serves."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import openai
import pytest

from kept.surfaces.gateway.server import serving
from simulators.parrot import Parrot

KEY = "correct horse battery"
HI: Any = [{"role": "user", "content": "hi"}]
TOOLS: Any = [
    {"type": "function", "function": {"name": "release", "description": "", "parameters": {"type": "object"}}}
]


@asynccontextmanager
async def client(key: str = KEY) -> AsyncGenerator[openai.AsyncOpenAI, None]:
    clock = datetime(2026, 1, 1, tzinfo=UTC)
    async with (
        serving(Parrot(), clock=lambda: clock, entropy=bytes, key=KEY) as base,
        openai.AsyncOpenAI(base_url=base, api_key=key, max_retries=0) as opened,
    ):
        yield opened


def test_models_are_listed_and_looked_up() -> None:
    async def main() -> None:
        async with client() as opened:
            assert [card.id for card in (await opened.models.list()).data] == ["parrot"]
            assert (await opened.models.retrieve("parrot")).owned_by == "kept"

    asyncio.run(main())


def test_a_plain_answer() -> None:
    async def main() -> None:
        async with client() as opened:
            answer = await opened.chat.completions.create(
                model="parrot", messages=HI, seed=3, temperature=0.5, top_p=0.25, max_tokens=17
            )
            heard = json.loads(answer.choices[0].message.content or "")
            assert heard["seed"] == 3
            assert heard["sampling"] == {"temperature": 0.5, "top_p": 0.25, "max_tokens": 17}
            assert answer.choices[0].finish_reason == "stop"
            assert answer.usage is not None
            assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0
            assert answer.system_fingerprint == Parrot().identity.id

    asyncio.run(main())


def test_a_streamed_answer() -> None:
    async def main() -> None:
        async with client() as opened:
            plain = await opened.chat.completions.create(model="parrot", messages=HI)
            stream = await opened.chat.completions.create(
                model="parrot", messages=HI, stream=True, stream_options={"include_usage": True}
            )
            chunks = [chunk async for chunk in stream]
            text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
            assert text == plain.choices[0].message.content
            assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
            assert chunks[-1].usage == plain.usage
            assert chunks[0].choices[0].delta.role == "assistant"

    asyncio.run(main())


@pytest.mark.parametrize("stop", ['"role"', ['"seed"', '"role"', "never said"]])
def test_an_answer_ends_before_the_first_of_the_texts_it_is_to_stop_at(stop: str | list[str]) -> None:
    async def main() -> None:
        async with client() as opened:
            whole = (await opened.chat.completions.create(model="parrot", messages=HI)).choices[0].message.content or ""
            answer = await opened.chat.completions.create(model="parrot", messages=HI, stop=stop)
            assert answer.choices[0].message.content == whole[: whole.index('"role"')]
            assert answer.choices[0].finish_reason == "stop"
            stream = await opened.chat.completions.create(model="parrot", messages=HI, stop=stop, stream=True)
            heard = [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]
            assert "".join(heard) == answer.choices[0].message.content

    asyncio.run(main())


def test_the_librarys_own_assembly_of_a_stream_with_tools() -> None:
    async def main() -> None:
        async with client() as opened:
            async with opened.chat.completions.stream(model="parrot", messages=HI, tools=TOOLS) as stream:
                answer = await stream.get_final_completion()
            (call,) = answer.choices[0].message.tool_calls or ()
            assert (call.id, call.function.name) == ("call_1", "release")
            assert json.loads(call.function.arguments) == {"said": "hi"}
            assert answer.choices[0].finish_reason == "tool_calls"

    asyncio.run(main())


def test_tools_and_their_results_go_there_and_back() -> None:
    async def main() -> None:
        async with client() as opened:
            first = await opened.chat.completions.create(model="parrot", messages=HI, tools=TOOLS)
            message = first.choices[0].message
            (call,) = message.tool_calls or ()
            turns = [*HI, message.model_dump(), {"role": "tool", "tool_call_id": call.id, "content": "done"}]
            second = await opened.chat.completions.create(model="parrot", messages=turns)
            heard = json.loads(second.choices[0].message.content or "")["messages"]
            assert heard[1]["tool_calls"][0]["name"] == "release"
            assert (heard[2]["tool_call_id"], heard[2]["content"]) == ("call_1", "done")

    asyncio.run(main())


@pytest.mark.parametrize("streaming", [False, True])
def test_log_probabilities(streaming: bool) -> None:
    async def main() -> None:
        async with client() as opened:
            tokens = []
            if streaming:
                stream = await opened.chat.completions.create(model="parrot", messages=HI, logprobs=True, stream=True)
                async for chunk in stream:
                    if chunk.choices[0].logprobs is not None:
                        tokens += chunk.choices[0].logprobs.content or []
            else:
                answer = await opened.chat.completions.create(model="parrot", messages=HI, logprobs=True)
                assert answer.choices[0].logprobs is not None
                tokens += answer.choices[0].logprobs.content or []
            assert tokens[0].token == "{"
            assert {token.logprob for token in tokens} == {-0.5}

    asyncio.run(main())


@pytest.mark.parametrize(
    ("asked", "raised"),
    [
        ("Invalid", openai.BadRequestError),
        ("NotFound", openai.NotFoundError),
        ("Denied", openai.PermissionDeniedError),
        ("Conflict", openai.ConflictError),
        ("Unverified", openai.UnprocessableEntityError),
        ("Unavailable", openai.InternalServerError),
    ],
)
def test_each_kind_of_error_is_one_of_the_librarys(asked: str, raised: type[openai.APIStatusError]) -> None:
    async def main() -> None:
        async with client() as opened:
            with pytest.raises(raised, match="This went wrong") as failed:
                await opened.chat.completions.create(
                    model="parrot", messages=[{"role": "user", "content": f"raise {asked}"}]
                )
            assert failed.value.code == "parrot.asked"

    asyncio.run(main())


def test_a_wrong_key_and_a_wrong_model() -> None:
    async def main() -> None:
        async with client("wrong") as opened:
            with pytest.raises(openai.AuthenticationError):
                await opened.models.list()
        async with client() as opened:
            with pytest.raises(openai.NotFoundError):
                await opened.chat.completions.create(model="organism:learned", messages=HI)

    asyncio.run(main())
