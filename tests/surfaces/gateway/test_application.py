import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from kept import errors
from kept.core.model import Message, Model, Request, Sampling, Tool, ToolCall
from kept.models import open_model
from kept.models.openai.client import EndpointModel
from kept.models.openai.deltas import Assembly, Delta
from kept.models.options import ModelOptions
from kept.surfaces.gateway.server import serving
from simulators.parrot import Parrot

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
OPTIONS = ModelOptions(timeout_s=10, retries=0, entropy=bytes)
QUESTION = Request((Message("user", "hi"),), seed=7)
FULL = Request(
    messages=(
        Message("system", "Sé breve. 🜂"),
        Message("user", "hi\n\x00"),
        Message("assistant", "", (ToolCall("c1", "f", '{"a": 1}'),)),
        Message("tool", "done", tool_call_id="c1"),
        Message("user", "and now?"),
    ),
    sampling=Sampling(0.25, 0.75, 99),
    seed=-(2**63),
    tools=(Tool("f", "does", {"type": "object", "properties": {"z": {}, "a": {}}}),),
    logprobs=True,
)


@asynccontextmanager
async def served(model: Model, **options: Any) -> AsyncGenerator[str, None]:
    async with serving(model, clock=lambda: NOON, entropy=lambda count: b"\xcd" * count, **options) as base:
        yield base


@asynccontextmanager
async def through(model: Model, query: str = "", **options: Any) -> AsyncGenerator[EndpointModel, None]:
    async with served(model, **options) as base:
        client = open_model(f"openai:{base}{query}#{model.identity.name}", options=OPTIONS)
        assert isinstance(client, EndpointModel)
        try:
            yield client
        finally:
            await client.close()


@pytest.mark.parametrize("request_", [QUESTION, FULL])
def test_an_answer_is_the_same_as_in_process(request_: Request) -> None:
    async def main() -> None:
        async with through(Parrot()) as client:
            assert await client.answer(request_) == await Parrot().answer(request_)

    asyncio.run(main())


@pytest.mark.parametrize("request_", [QUESTION, FULL])
def test_a_stream_is_the_same_as_in_process(request_: Request) -> None:
    async def main() -> None:
        async with through(Parrot()) as client:
            whole = Assembly()
            async for delta in client.deltas(request_):
                whole.add(delta)
            assert whole.answer() == await Parrot().answer(request_)

    asyncio.run(main())


def test_an_organism_answers_alike_over_http() -> None:
    async def main() -> None:
        organism = open_model("organism:rules?seed=5")
        async with through(organism) as client:
            for seed in range(5):
                request = Request((Message("user", "What is the capital of France?"),), seed=seed)
                assert await client.answer(request) == await organism.answer(request)

    asyncio.run(main())


@pytest.mark.parametrize("kind", ["Invalid", "NotFound", "Denied", "Conflict", "Unverified", "Unavailable"])
@pytest.mark.parametrize("streaming", [False, True])
def test_an_error_keeps_its_kind_over_http(kind: str, streaming: bool) -> None:
    async def main() -> None:
        request = Request((Message("user", f"raise {kind}"),))
        async with through(Parrot()) as client:
            asked = anext(client.stream(request)) if streaming else client.answer(request)
            with pytest.raises(getattr(errors, kind), match="This went wrong"):
                await asked

    asyncio.run(main())


def test_a_pinned_identity_makes_the_client_provider_attested() -> None:
    async def main() -> None:
        parrot = Parrot()
        async with through(parrot, query=f"?identity={parrot.identity.id}") as client:
            await client.answer(QUESTION)
            assert (client.identity.established, client.identity.evidence) == ("provider-attested", parrot.identity.id)
        async with through(Parrot(), query=f"?identity=sha256:{'0' * 64}") as client:
            with pytest.raises(errors.Unverified):
                await client.answer(QUESTION)

    asyncio.run(main())


def test_the_card_shows_the_identity() -> None:
    async def main() -> None:
        async with served(Parrot()) as base, aiohttp.ClientSession() as session:
            async with session.get(f"{base}/models") as response:
                (card,) = (await response.json())["data"]
            async with session.get(f"{base}/models/parrot") as response:
                assert await response.json() == card
            assert card["id"] == "parrot"
            assert card["kept_identity"] == Parrot().identity.document()
            assert card["created"] == int(NOON.timestamp())

    asyncio.run(main())


BODY: dict[str, Any] = {"model": "parrot", "messages": [{"role": "user", "content": "hi"}]}


async def posted(
    base: str, data: Any, *, path: str = "/chat/completions", **headers: str
) -> tuple[int, dict[str, Any]]:
    sent = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    async with (
        aiohttp.ClientSession() as session,
        session.post(base + path, data=data if isinstance(data, bytes) else json.dumps(data), headers=sent) as response,
    ):
        return response.status, await response.json()


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"{", 400, "request.malformed"),
        (b"", 400, "request.malformed"),
        (BODY | {"n": 2}, 400, "request.unsupported"),
        (BODY | {"messages": 7}, 400, "request.invalid"),
        (BODY | {"model": "organism:learned"}, 404, "model_not_found"),
        (BODY | {"model": "hf:/etc"}, 404, "model_not_found"),
        (b" " * (1 << 21), 400, "gateway.too-large"),
    ],
)
def test_a_bad_body_is_an_error_object(data: Any, status: int, code: str) -> None:
    async def main() -> None:
        async with served(Parrot()) as base:
            answered, document = await posted(base, data)
            assert (answered, document["error"]["code"]) == (status, code)
            assert document["error"]["message"]
            assert document["error"]["type"]
            assert (await posted(base, BODY))[0] == 200

    asyncio.run(main())


def test_a_body_that_grows_beyond_the_limit_is_refused_unread() -> None:
    async def drip() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b" " * 65536

    async def main() -> None:
        async with served(Parrot()) as base, aiohttp.ClientSession() as session:
            headers = {"Content-Type": "application/json"}
            try:
                async with session.post(f"{base}/chat/completions", data=drip(), headers=headers) as response:
                    assert response.status == 400
            except aiohttp.ClientConnectionError:
                pass  # the server hung up while the body was still on its way

    asyncio.run(main())


def test_a_page_of_another_origin_cannot_ask_without_asking_first() -> None:
    async def main() -> None:
        async with served(Parrot()) as base:
            status, document = await posted(base, BODY, Content_Type="text/plain")
            assert (status, document["error"]["code"]) == (400, "gateway.content-type")

    asyncio.run(main())


def test_a_page_whose_name_was_made_to_point_here_is_not_served() -> None:
    async def main() -> None:
        async with served(Parrot()) as base:
            status, document = await posted(base, BODY, Host="evil.example")
            assert (status, document["error"]["code"]) == (403, "gateway.host")
            assert (await posted(base.replace("127.0.0.1", "localhost"), BODY))[0] == 200

    asyncio.run(main())


def test_other_addresses_and_methods_are_not_found() -> None:
    async def main() -> None:
        async with served(Parrot()) as base:
            for path in ("/models", "/embeddings", "/../../etc/passwd"):
                status, document = await posted(base, BODY, path=path)
                assert (status, document["error"]["code"]) == (404, "gateway.route")

    asyncio.run(main())


def test_a_key_is_asked_for_where_one_is_set() -> None:
    async def main() -> None:
        async with served(Parrot(), key="correct horse battery") as base:
            assert (await posted(base, BODY))[0] == 401
            assert (await posted(base, BODY, Authorization="Bearer wrong"))[0] == 401
            assert (await posted(base, BODY, Authorization="Bearer correct horse battery"))[0] == 200

    asyncio.run(main())


def test_work_for_a_client_that_hung_up_is_dropped() -> None:
    async def main() -> None:
        parrot = Parrot()
        async with through(parrot) as client:
            asking = asyncio.create_task(client.answer(Request((Message("user", "wait"),))))
            async with asyncio.timeout(60):
                while not parrot.waiting:
                    await asyncio.sleep(0.01)
                asking.cancel()
                while not parrot.cancelled:
                    await asyncio.sleep(0.01)

    asyncio.run(main())


class Breaking(Parrot):
    """Breaks off in the middle of a stream."""

    async def deltas(self, request: Request) -> AsyncGenerator[Delta, None]:
        yield Delta(text="I can")
        raise errors.Unavailable("The power went out.")


def test_an_error_in_the_middle_of_a_stream_reaches_the_client() -> None:
    async def main() -> None:
        async with through(Breaking()) as client:
            pieces = client.stream(QUESTION)
            assert await anext(pieces) == "I can"
            with pytest.raises(errors.Unavailable, match="The power went out"):
                await anext(pieces)

    asyncio.run(main())


def test_a_gateway_may_stand_before_another() -> None:
    async def main() -> None:
        async with through(Parrot()) as near, through(near) as far:
            assert await far.answer(FULL) == await Parrot().answer(FULL)
            whole = Assembly()
            async for delta in far.deltas(FULL):
                whole.add(delta)
            assert asdict(whole.answer()) == asdict(await Parrot().answer(FULL))

    asyncio.run(main())


def test_the_learned_organism_answers_alike_over_http_however_many_ask() -> None:
    organism = open_model("organism:learned")
    warm = Sampling(0.8, 0.95, 16)
    questions = [Request((Message("user", f"What is {n} and {n}?"),), warm, seed=n) for n in range(12)]

    async def main() -> None:
        async with through(organism) as client:
            over_http = await asyncio.gather(*map(client.answer, questions))
            assert over_http == [await organism.answer(question) for question in questions]
        await organism.close()

    asyncio.run(main())
