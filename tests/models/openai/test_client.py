import asyncio
import hashlib
import logging
import socket
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from kept.core.canonical import encode
from kept.core.model import Answer, Message, Request, Sampling, Tool, ToolCall
from kept.errors import Denied, Invalid, KeptError, NotFound, Unavailable, Unverified
from kept.models import open_model
from kept.models.openai.budget import BudgetExhausted, ErrorBudgetSpent
from kept.models.openai.client import EndpointModel
from kept.models.openai.deltas import Assembly
from kept.models.options import ModelOptions
from simulators.endpoint import TEXT, Endpoint

QUESTION = Request((Message("user", "hi"),), seed=7)
# Waits of no length: the jitter's share of every back-off is zero.
OPTIONS = ModelOptions(timeout_s=20, retries=2, entropy=lambda count: b"\x00" * count)
# Only who goes on for ever is waited for in vain; a busy machine is given time.
GOING_ON = ("stall", "stall-midway", "drip")


@asynccontextmanager
async def asking(
    name: str, options: ModelOptions = OPTIONS, *, query: str = ""
) -> AsyncGenerator[tuple[EndpointModel, Endpoint], None]:
    if name in GOING_ON and options.timeout_s == OPTIONS.timeout_s:
        options = replace(options, timeout_s=0.5)
    async with Endpoint() as endpoint:
        model = open_model(f"openai:{endpoint.base}{query}#{name}", options=options)
        assert isinstance(model, EndpointModel)
        try:
            yield model, endpoint
        finally:
            await model.close()
            await endpoint.settled()


async def answered(name: str, request: Request = QUESTION, options: ModelOptions = OPTIONS) -> Answer:
    async with asking(name, options) as (model, _):
        return await model.answer(request)


async def streamed(name: str, options: ModelOptions = OPTIONS) -> list[str]:
    async with asking(name, options) as (model, _):
        return [piece async for piece in model.stream(QUESTION)]


def test_an_answer_carries_text_finish_and_usage() -> None:
    assert asyncio.run(answered("ok")) == Answer(TEXT, prompt_tokens=7, completion_tokens=5)


def test_the_request_says_all_that_was_asked() -> None:
    request = replace(QUESTION, sampling=Sampling(0.5, 0.9, 33), tools=(Tool("f", "does", {"type": "object"}),))

    async def main() -> dict[str, Any]:
        options = replace(OPTIONS, system_prompt="Be brief.")
        async with asking("ok", options) as (model, endpoint):
            await model.answer(request)
            return endpoint.seen[0].body

    assert asyncio.run(main()) == {
        "model": "ok",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"}],
        "seed": 7,
        "tools": [
            {"type": "function", "function": {"name": "f", "description": "does", "parameters": {"type": "object"}}}
        ],
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 33,
    }


def test_tool_calls_come_as_they_were_written() -> None:
    answer = asyncio.run(answered("tool"))
    assert answer.tool_calls == (ToolCall("call_1", "release", '{"code": "amber cedar 42"}'),)
    assert (answer.finish, answer.text) == ("tool_calls", "")


def test_log_probabilities_come_where_offered() -> None:
    assert asyncio.run(answered("logprobs")).logprobs == (("No", -0.25), (".", -1.0))


def test_a_stream_comes_in_pieces() -> None:
    assert asyncio.run(streamed("ok")) == ["I can't ", "help ", "with that."]


def test_the_pieces_of_tool_calls_are_put_together() -> None:
    async def main() -> Answer:
        async with asking("tool") as (model, _):
            whole = Assembly()
            async for delta in model.deltas(QUESTION):
                whole.add(delta)
            return whole.answer()

    answer = asyncio.run(main())
    assert answer.tool_calls == (
        ToolCall("call_1", "release", '{"code": "amber cedar 42"}'),
        ToolCall("call_2", "log", "{}"),
    )
    assert answer.finish == "tool_calls"


@pytest.mark.parametrize("name", ["busy-once", "reset-once"])
def test_a_passing_failure_is_tried_again(name: str) -> None:
    assert asyncio.run(answered(name)).text == TEXT
    assert "".join(asyncio.run(streamed(name))) == TEXT


FAILURES: list[tuple[str, type[KeptError], str, int]] = [
    ("stall", Unavailable, "model.timeout", 1),
    ("drip", Unavailable, "model.timeout", 1),
    ("storm", Unavailable, "model.overloaded", 3),
    ("busy-for-an-hour", Unavailable, "model.overloaded", 1),
    ("out-of-quota", Unavailable, "model.quota", 1),
    ("half-body", Unavailable, "model.truncated", 3),
    ("cut-chunked", Unavailable, "model.truncated", 3),
    ("bad-chunked", Unavailable, "model.malformed", 1),
    ("no-http", Unavailable, "model.malformed", 1),
    ("malformed", Unavailable, "model.malformed", 1),
    ("repeated-key", Unavailable, "model.malformed", 1),
    ("nested", Unavailable, "model.malformed", 1),
    ("not-utf8", Unavailable, "model.malformed", 1),
    ("compressed", Unavailable, "model.malformed", 1),
    ("html", Unavailable, "model.malformed", 1),
    ("no-choices", Unavailable, "model.malformed", 1),
    ("null-content", Unavailable, "model.malformed", 1),
    ("number-content", Unavailable, "model.malformed", 1),
    ("negative-usage", Unavailable, "model.malformed", 1),
    ("unknown-finish", Unavailable, "model.malformed", 1),
    ("a-list", Unavailable, "model.malformed", 1),
    ("huge", Unavailable, "model.too-large", 1),
    ("huge-chunked", Unavailable, "model.too-large", 1),
    ("huge-error", Invalid, "model.refused", 1),
    ("redirect", Invalid, "model.redirect", 1),
    ("refuse-400", Invalid, "model.refused", 1),
    ("refuse-401", Denied, "model.denied", 1),
    ("refuse-403", Denied, "model.denied", 1),
    ("refuse-404", NotFound, "model.not-found", 1),
]


@pytest.mark.parametrize(("name", "kind", "code", "tries"), FAILURES)
def test_a_misbehaving_endpoint_has_a_clear_error_and_is_let_go(
    name: str, kind: type[KeptError], code: str, tries: int
) -> None:
    async def main() -> None:
        async with asking(name) as (model, endpoint):
            with pytest.raises(kind) as failed:
                await model.answer(QUESTION)
            assert failed.value.code == code
            assert failed.value.message.isprintable()
            assert len(failed.value.message) < 450
            assert len(endpoint.seen) == tries

    asyncio.run(main())


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("stall", "model.timeout"),
        ("stall-midway", "model.timeout"),
        ("drip", "model.timeout"),
        ("half-stream", "model.malformed"),
        ("cut-stream", "model.truncated"),
        ("error-in-stream", "model.broken-off"),
        ("endless-stream", "model.malformed"),
        ("endless-line", "model.malformed"),
        ("html", "model.malformed"),
        ("malformed", "model.malformed"),
        ("storm", "model.overloaded"),
    ],
)
def test_a_misbehaving_stream_has_a_clear_error_and_is_let_go(name: str, code: str) -> None:
    with pytest.raises(Unavailable) as failed:
        asyncio.run(streamed(name))
    assert failed.value.code == code


def test_a_closed_port_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    async def main() -> None:
        model = open_model(f"openai:http://127.0.0.1:{port}/v1#m", options=OPTIONS)
        with pytest.raises(Unavailable) as failed:
            await model.answer(QUESTION)
        assert failed.value.code == "model.unreachable"
        assert "the connection is refused" in failed.value.message
        await model.close()

    asyncio.run(main())


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(datetime(2026, 1, 1)).not_valid_after(datetime(2126, 1, 1))
    (folder / "certificate.pem").write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(secret)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context


def test_an_endpoint_that_cannot_prove_who_it_is_gets_no_question(tmp_path: Path) -> None:
    async def main() -> None:
        async with Endpoint(tls=self_signed(tmp_path)) as endpoint:
            model = open_model(f"openai:{endpoint.base}#ok", options=OPTIONS)
            with pytest.raises(Unavailable) as failed:
                await model.answer(QUESTION)
            assert failed.value.code == "model.certificate"
            assert endpoint.seen == []
            await model.close()

    asyncio.run(main())


def test_odd_characters_reach_the_caller_as_text() -> None:
    assert asyncio.run(answered("garbage")).text == "\ufffd \u202e \x00 <script>alert(1)</script> \U0001f702"


def test_the_servers_words_are_cleaned_and_bounded() -> None:
    with pytest.raises(Invalid) as failed:
        asyncio.run(answered("refuse-400"))
    assert failed.value.message.startswith("The endpoint answered 400: bad [31mred [0m request xxx")


def test_the_key_is_sent_and_shown_nowhere(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("TEST_KEY", "hunter2")
    caplog.set_level(logging.DEBUG)

    async def main() -> None:
        async with asking("refuse-401", query="?key=TEST_KEY") as (model, endpoint):
            with pytest.raises(Denied, match=r"provided: \[key\]") as failed:
                await model.answer(QUESTION)
            assert endpoint.seen[0].headers["authorization"] == "Bearer hunter2"
            shown = f"{failed.value} {failed.value!r} {model!r} {model.identity} {caplog.text}"
            assert "hunter2" not in shown

    asyncio.run(main())


def test_tries_count_against_the_budget_of_requests() -> None:
    async def main() -> None:
        async with asking("storm", replace(OPTIONS, requests=2)) as (model, endpoint):
            with pytest.raises(BudgetExhausted):
                await model.answer(QUESTION)
            assert len(endpoint.seen) == 2

    asyncio.run(main())


@pytest.mark.parametrize("name", ["ok", "no-usage"])
def test_tokens_count_against_their_budget_whether_reported_or_not(name: str) -> None:
    async def main() -> None:
        async with asking(name, replace(OPTIONS, tokens=12)) as (model, _):
            await model.answer(QUESTION)
            with pytest.raises(BudgetExhausted, match="12 tokens"):
                await model.answer(QUESTION)

    asyncio.run(main())


def test_a_stream_counts_its_tokens() -> None:
    async def main() -> None:
        async with asking("ok", replace(OPTIONS, tokens=12)) as (model, _):
            async for _ in model.stream(QUESTION):
                pass
            with pytest.raises(BudgetExhausted):
                await anext(model.stream(QUESTION))

    asyncio.run(main())


def test_too_many_failures_stop_the_client() -> None:
    async def main() -> None:
        async with asking("html") as (model, endpoint):
            for _ in range(10):
                with pytest.raises(Unavailable):
                    await model.answer(QUESTION)
            with pytest.raises(ErrorBudgetSpent):
                await model.answer(QUESTION)
            assert len(endpoint.seen) == 10

    asyncio.run(main())


def test_a_refused_question_is_not_the_endpoints_failure() -> None:
    async def main() -> None:
        async with asking("refuse-400") as (model, _):
            for _ in range(15):
                with pytest.raises(Invalid):
                    await model.answer(QUESTION)

    asyncio.run(main())


@pytest.mark.parametrize("streaming", [False, True])
def test_a_cancelled_question_closes_its_connection(streaming: bool) -> None:
    async def main() -> None:
        async with asking("stall-midway" if streaming else "stall", replace(OPTIONS, timeout_s=30)) as (
            model,
            endpoint,
        ):
            asking_now = asyncio.ensure_future(_drain(model) if streaming else model.answer(QUESTION))
            while not endpoint.seen:
                await asyncio.sleep(0.01)
            asking_now.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking_now
            await endpoint.settled()

    asyncio.run(main())


async def _drain(model: EndpointModel) -> None:
    async for _ in model.stream(QUESTION):
        pass


def test_a_stream_left_early_closes_its_connection() -> None:
    async def main() -> None:
        async with asking("endless-stream", replace(OPTIONS, timeout_s=30)) as (model, endpoint):
            pieces = model.stream(QUESTION)
            await anext(pieces)
            await pieces.aclose()
            await endpoint.settled()

    asyncio.run(main())


def test_no_more_requests_are_in_flight_than_allowed() -> None:
    async def main() -> None:
        async with asking("ok", replace(OPTIONS, concurrency=3)) as (model, endpoint):
            answers = [asyncio.create_task(model.answer(QUESTION)) for _ in range(20)]
            most = 0
            while not all(task.done() for task in answers):
                most = max(most, endpoint.open)
                await asyncio.sleep(0)
            await asyncio.gather(*answers)
            assert 1 <= most <= 3

    asyncio.run(main())


def test_the_identity_is_the_endpoints_unless_pinned() -> None:
    async def main() -> None:
        options = replace(OPTIONS, system_prompt="Be brief.", tools=(Tool("f", ""),), sampling=Sampling(0.5))
        async with asking("ok", options) as (model, endpoint):
            identity = model.identity
            assert (identity.name, identity.established, identity.evidence) == ("ok", "endpoint only", "")
            assert identity.endpoint == endpoint.base
            assert identity.system_prompt == options.identity("x", "endpoint only").system_prompt != ""
            assert identity.tools == options.identity("x", "endpoint only").tools != ""
            assert identity.sampling == Sampling(0.5)

    asyncio.run(main())


PINNED = "sha256:" + hashlib.sha256(encode({"name": "ok"})).hexdigest()


def test_a_pinned_attestation_that_the_endpoint_shows_is_the_identity() -> None:
    async def main() -> None:
        async with asking("ok", query=f"?identity={PINNED}") as (model, endpoint):
            endpoint.fingerprint = PINNED
            assert (model.identity.established, model.identity.evidence) == ("provider-attested", PINNED)
            await asyncio.gather(*(model.answer(QUESTION) for _ in range(3)))
            assert "".join([piece async for piece in model.stream(QUESTION)]) == TEXT
            assert [seen.path for seen in endpoint.seen].count("/v1/models") == 1

    asyncio.run(main())


def test_nothing_is_asked_of_an_endpoint_that_attests_something_else() -> None:
    async def main() -> None:
        async with asking("ok", query=f"?identity={PINNED}") as (model, endpoint):
            endpoint.identity = {"name": "another"}
            with pytest.raises(Unverified, match="does not attest"):
                await model.answer(QUESTION)
            assert [seen.path for seen in endpoint.seen] == ["/v1/models"]

    asyncio.run(main())


def test_an_endpoint_that_keeps_failing_to_attest_is_left_alone() -> None:
    async def main() -> None:
        async with asking("ok", query=f"?identity={'sha256:' + '0' * 64}") as (model, endpoint):
            for _ in range(10):
                with pytest.raises(Unverified):
                    await model.answer(QUESTION)
            with pytest.raises(ErrorBudgetSpent):
                await model.answer(QUESTION)
            assert len(endpoint.seen) == 10

    asyncio.run(main())


@pytest.mark.parametrize("streaming", [False, True])
def test_an_answer_of_another_identity_is_not_taken(streaming: bool) -> None:
    async def main() -> None:
        async with asking("ok", query=f"?identity={PINNED}") as (model, _):
            with pytest.raises(Unverified, match="pinned identity"):
                await (_drain(model) if streaming else model.answer(QUESTION))

    asyncio.run(main())


def test_a_model_may_be_asked_from_one_loop_and_then_another() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    model = open_model(f"openai:http://127.0.0.1:{port}/v1#ok", options=replace(OPTIONS, concurrency=1))

    async def main() -> None:
        async with Endpoint(port=port):
            answers = await asyncio.gather(*(model.answer(QUESTION) for _ in range(5)))
            assert {answer.text for answer in answers} == {TEXT}
            await model.close()

    asyncio.run(main())
    asyncio.run(main())
