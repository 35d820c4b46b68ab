import json
import math
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.core.model import Answer, Finish, Message, Request, Sampling, Tool, ToolCall
from kept.errors import Invalid
from kept.models.openai.codec import decode_answer, encode_answer, encode_request, with_deployment
from kept.models.openai.failures import Malformed
from kept.models.openai.wanted import Wanted, decode_request

TEXT = st.text(max_size=40)
NAME = st.text(min_size=1, max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
CALLS = st.lists(st.builds(ToolCall, NAME, NAME, TEXT), max_size=2).map(tuple)
MESSAGES = st.one_of(
    st.builds(Message, st.sampled_from(["system", "user"]), TEXT),
    st.builds(Message, st.just("assistant"), TEXT, CALLS),
    st.builds(Message, st.just("tool"), TEXT, st.just(()), NAME),
)
REQUESTS = st.builds(
    Request,
    messages=st.lists(MESSAGES, min_size=1, max_size=4).map(tuple),
    sampling=st.builds(Sampling, st.floats(0, 2), st.floats(0, 1), st.integers(1, 1 << 20)),
    seed=st.none() | st.integers(-(2**63), 2**63 - 1),
    tools=st.lists(st.builds(Tool, NAME, TEXT, st.dictionaries(TEXT, JSON, max_size=3)), max_size=2).map(tuple),
    logprobs=st.booleans(),
)
COUNTS = st.integers(0, (1 << 40) - 1)
ANSWERS = st.builds(
    Answer,
    text=TEXT,
    finish=st.sampled_from(["stop", "length", "tool_calls", "content_filter"]),
    tool_calls=CALLS,
    logprobs=st.none() | st.lists(st.tuples(TEXT, st.floats(max_value=0, allow_infinity=False)), max_size=4).map(tuple),
    prompt_tokens=COUNTS,
    completion_tokens=COUNTS,
)


@given(REQUESTS, NAME, st.booleans())
def test_a_request_arrives_as_it_was_sent(request: Request, model: str, stream: bool) -> None:
    wanted = decode_request(encode_request(request, model=model, stream=stream))
    assert wanted == Wanted(model, request, stream=stream, stream_usage=stream)


@given(ANSWERS)
def test_an_answer_arrives_as_it_was_given(answer: Answer) -> None:
    assert decode_answer(encode_answer(answer, model="m", id="i", created=0)) == answer


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_whatever_comes_is_read_or_refused_by_name(data: bytes) -> None:
    with suppress(Malformed):
        decode_answer(data)
    with suppress(Invalid):
        decode_request(data)


def test_text_that_utf8_cannot_carry_is_not_sent() -> None:
    with pytest.raises(Invalid, match="cannot be written"):
        encode_request(Request((Message("user", "\ud800"),)), model="m")


def test_parameters_that_json_cannot_carry_are_not_sent() -> None:
    for value in (math.nan, {1, 2}):
        request = Request((Message("user", "hi"),), tools=(Tool("f", "", {"x": value}),))
        with pytest.raises(Invalid, match="cannot be written"):
            encode_request(request, model="m")


def test_half_of_a_surrogate_pair_in_an_answer_is_replaced() -> None:
    data = rb'{"choices":[{"message":{"content":"a\ud800b\ud83d\ude00"},"finish_reason":"stop"}]}'
    assert decode_answer(data).text == "a\ufffdb\U0001f600"


def test_a_refusal_counts_as_what_was_said() -> None:
    data = b'{"choices":[{"message":{"content":null,"refusal":"No."},"finish_reason":"stop"}]}'
    assert decode_answer(data).text == "No."


@pytest.mark.parametrize("finish", ["length", "content_filter"])
def test_an_answer_cut_off_before_its_first_word_is_empty(finish: Finish) -> None:
    document = {"choices": [{"message": {"content": None}, "finish_reason": finish}]}
    assert decode_answer(json.dumps(document).encode()) == Answer("", finish)


@pytest.mark.parametrize(("written", "meant"), [("eos", "stop"), ("max_tokens", "length")])
def test_other_servers_words_for_the_end_are_known(written: str, meant: str) -> None:
    document = {"choices": [{"message": {"content": "x"}, "finish_reason": written}]}
    assert decode_answer(json.dumps(document).encode()).finish == meant


def test_the_deployment_adds_its_prompt_and_tools_in_front() -> None:
    request = Request((Message("user", "hi"),), tools=(Tool("own", ""),))
    deployed = with_deployment(request, system_prompt="Be brief.", tools=(Tool("given", ""),))
    assert deployed.messages == (Message("system", "Be brief."), *request.messages)
    assert [tool.name for tool in deployed.tools] == ["given", "own"]
    assert with_deployment(request, system_prompt="", tools=()) is request


def body(**changes: Any) -> bytes:
    document: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
    return json.dumps(document | changes).encode()


def test_defaults_are_those_of_the_published_interface() -> None:
    wanted = decode_request(body())
    assert wanted.request.sampling == Sampling(temperature=1.0, top_p=1.0, max_tokens=256)
    assert (wanted.stream, wanted.request.seed) == (False, None)


def test_what_asks_for_nothing_is_taken() -> None:
    decode_request(body(n=1, stop=None, presence_penalty=0, tool_choice="auto", user="ann", metadata={"a": "b"}))


def test_text_in_parts_is_put_together_and_developers_speak_as_the_system() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    message = decode_request(body(messages=[{"role": "developer", "content": parts}])).request.messages[0]
    assert message == Message("system", "ab")


def deep(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"model": None}, "`model`"),
        ({"model": 7}, "`model`"),
        ({"messages": []}, "`messages`"),
        ({"messages": {}}, "`messages`"),
        ({"messages": ["hi"]}, "`messages`"),
        ({"messages": [{"role": "king", "content": "hi"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": None}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": "\ud800"}]}, "surrogate"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages[0].content"),
        ({"messages": [{"role": "assistant", "tool_calls": [{"id": "1"}]}]}, "tool_calls[0].function"),
        ({"temperature": 3}, "`temperature`"),
        ({"temperature": True}, "`temperature`"),
        ({"top_p": "1"}, "`top_p`"),
        ({"max_tokens": 0}, "`max_tokens`"),
        ({"max_tokens": 1.5}, "`max_tokens`"),
        ({"max_completion_tokens": 1 << 40}, "`max_tokens`"),
        ({"seed": 2**63}, "`seed`"),
        ({"seed": True}, "`seed`"),
        ({"stream": "yes"}, "`stream`"),
        ({"stream_options": [1]}, "`stream_options`"),
        ({"n": 2}, "`n`"),
        ({"stop": [""]}, "`stop`"),
        ({"stop": ["."] * 5}, "`stop`"),
        ({"stop": {"a": 1}}, "`stop`"),
        ({"stop": [1]}, "`stop`"),
        ({"stop": ".", "logprobs": True}, "`stop`"),
        ({"tool_choice": "required"}, "`tool_choice`"),
        ({"top_logprobs": 5}, "`top_logprobs`"),
        ({"response_format": {"type": "json_object"}}, "`response_format`"),
        ({"path": "/etc/passwd"}, "`path`"),
        ({"tools": [{"type": "retrieval"}]}, "tools[0]"),
        ({"tools": [{"type": "function", "function": {"name": "f", "parameters": 1}}]}, "tools[0].parameters"),
        ({"tools": [{"type": "function", "function": {"name": "f", "parameters": deep(70)}}]}, "nested at most 64"),
    ],
)
def test_a_wrong_field_is_named(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(Invalid) as refused:
        decode_request(body(**changes))
    assert named in str(refused.value)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b'{"model":"a","model":"b"}', b"[" * 5000])
def test_what_is_no_json_object_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid, match="The body is"):
        decode_request(data)
