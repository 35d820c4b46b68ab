from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.core.model import Answer, ToolCall
from kept.models.openai.deltas import Assembly, CallDelta, Delta, EventStream, decode_chunk, deltas_of, encode_chunk
from kept.models.openai.failures import Malformed

CALLS = st.lists(st.builds(ToolCall, st.text(max_size=5), st.text(max_size=5), st.text(max_size=9)), max_size=3)
TOKENS = st.lists(st.tuples(st.text(max_size=5), st.floats(max_value=0, allow_infinity=False)), max_size=4)
ANSWERS = st.builds(
    Answer,
    text=st.text(max_size=120),
    finish=st.sampled_from(["stop", "length", "tool_calls", "content_filter"]),
    tool_calls=CALLS.map(tuple),
    logprobs=st.none() | TOKENS.map(tuple),
    prompt_tokens=st.integers(0, 1000),
    completion_tokens=st.integers(0, 1000),
)


def sent(answer: Answer) -> bytes:
    pieces = enumerate(deltas_of(answer))
    chunks = [encode_chunk(delta, model="m", id="i", created=0, first=number == 0) for number, delta in pieces]
    return b"".join(chunks) + b"data: [DONE]\n\n"


def received(stream: bytes, cuts: list[int]) -> Answer:
    events, whole = EventStream(), Assembly()
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    data = [event for start, stop in pairwise(edges) for event in events.feed(stream[start:stop])]
    assert data.pop() == b"[DONE]"
    for event in data:
        whole.add(decode_chunk(event))
    return whole.answer()


@given(ANSWERS, st.lists(st.integers(0, 3000), max_size=6))
def test_an_answer_survives_its_stream_wherever_the_network_cuts_it(answer: Answer, cuts: list[int]) -> None:
    assert received(sent(answer), cuts) == answer


@given(st.lists(st.tuples(st.text(min_size=1, max_size=5), st.just(-0.5)), min_size=1, max_size=4))
def test_tokens_that_make_up_the_text_come_one_by_one(tokens: list[tuple[str, float]]) -> None:
    answer = Answer("".join(token for token, _ in tokens), logprobs=tuple(tokens))
    assert sent(answer).count(b'"logprob":-0.5') == len(tokens)
    assert received(sent(answer), []) == answer


def test_comments_other_fields_and_carriage_returns_are_read_as_the_standard_says() -> None:
    events = EventStream()
    assert events.feed(b': ping\r\n\r\nevent: x\r\nid: 1\r\ndata: {"a":\r\ndata:1}\r\n\r') == []
    assert events.feed(b"\ndata: 2\n\n") == [b'{"a":\n1}', b"2"]


def test_a_stream_is_bounded() -> None:
    events = EventStream(limit=100)
    events.feed(b"x" * 100)
    with pytest.raises(Malformed, match="more than 100 bytes"):
        events.feed(b"x")


@given(st.lists(st.binary(max_size=60) | st.sampled_from([b"data: ", b"{", b"\n", b"\r\n\r\n"]), max_size=8))
def test_whatever_comes_as_a_stream_is_read_or_refused_by_name(chunks: list[bytes]) -> None:
    events = EventStream()
    with suppress(Malformed):
        for chunk in chunks:
            for data in events.feed(chunk):
                decode_chunk(data)


def test_tool_calls_without_an_index_count_up() -> None:
    chunk = b'{"choices":[{"delta":{"tool_calls":[{"function":{"name":"a"}},{"function":{"name":"b"}}]}}]}'
    assert decode_chunk(chunk).tool_calls == (CallDelta(0, name="a"), CallDelta(1, name="b"))


def test_a_stream_without_an_end_is_no_answer() -> None:
    whole = Assembly()
    whole.add(Delta(text="I can"))
    with pytest.raises(Malformed, match="in the middle"):
        whole.answer()


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"[]",
        b"7",
        b'{"choices":{}}',
        b'{"choices":[7]}',
        b'{"choices":[{"delta":7}]}',
        b'{"choices":[{"delta":{"content":7}}]}',
        b'{"choices":[{"delta":{"tool_calls":7}}]}',
        b'{"choices":[{"delta":{"tool_calls":[7]}}]}',
        b'{"choices":[{"delta":{"tool_calls":[{"index":-1}]}}]}',
        b'{"choices":[{"delta":{"tool_calls":[{"index":1e9}]}}]}',
        b'{"choices":[{"delta":{"tool_calls":[{"function":{"arguments":{"a":1}}}]}}]}',
        b'{"choices":[{"delta":{},"finish_reason":"because"}]}',
        b'{"choices":[],"usage":{"prompt_tokens":"many"}}',
        b'{"choices":[{"delta":{},"logprobs":{"content":[{"token":"a"}]}}]}',
    ],
)
def test_a_wrong_chunk_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        decode_chunk(data)
