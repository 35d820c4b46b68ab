"""The wire form of requests and answers (OpenAI chat completions), used by the client and by the server alike."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from kept.core.model import Answer, Finish, Message, Request, Sampling, Tool, ToolCall
from kept.errors import Invalid, KeptError
from kept.models.openai.failures import Malformed

REQUEST_LIMIT = 1 << 20
ANSWER_LIMIT = 4 << 20


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object repeats a key")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant)
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_FINISHES: dict[str, Finish] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
    # What servers other than OpenAI's write for the same four.
    "function_call": "tool_calls",
    "end_turn": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request as it stood on the wire: which model it names, whether (and how) it asks for a stream, and the texts
    before the first of which the answer is to end.
    """

    model: str
    request: Request
    stop: tuple[str, ...] = ()
    stream: bool = False
    stream_usage: bool = False


def encode_request(request: Request, *, model: str, stream: bool = False) -> bytes:
    """The request as JSON; a stream is asked to end with its usage.

    Raises Invalid for text that UTF-8 cannot carry and for tool parameters that JSON cannot.
    """
    messages = ",".join([_message(message) for message in request.messages])
    seed = "" if request.seed is None else f',"seed":{request.seed:d}'
    try:
        tools = f',"tools":{_ENCODER.encode(tools_document(request.tools))}' if request.tools else ""
        tail = _constant(request.sampling, request.logprobs, stream)
        return f'{{"model":{_text(model)},"messages":[{messages}]{seed}{tools}{tail}}}'.encode()
    except (ValueError, TypeError) as error:
        raise Invalid(f"The request cannot be written as JSON: {error}.", code="model.request") from error


def decode_json(data: bytes, *, malformed: Callable[[str], KeptError] = Malformed) -> Any:
    """Strict JSON of bytes whose number the caller has bounded: UTF-8, no repeated keys, no NaN.

    Raises what `malformed` makes of the reason. The decoder's own recursion limit bounds the depth; it is used
    rather than `core.canonical.decode` because log-probabilities make answers of ten thousand brackets.
    """
    try:
        return _DECODER.decode(data.decode())
    except UnicodeDecodeError as error:
        raise malformed(f"not UTF-8 at byte {error.start}.") from error
    except ValueError as error:
        raise malformed(f"not valid JSON: {error}.") from error
    except RecursionError as error:
        raise malformed("JSON nested too deep.") from error


def decode_answer(data: bytes) -> Answer:
    """An answer from a whole response body. Raises Malformed, naming the field."""
    return answer_of(decode_json(data))


def answer_of(document: Any) -> Answer:
    """The answer in a decoded response body. Raises Malformed, naming the field."""
    choice = first_choice(document)
    if choice is None:
        raise Malformed("`choices` is empty.")
    message = _field(choice, "message", dict)
    calls = tuple([_call(call) for call in message.get("tool_calls") or ()])
    finish = read_finish(choice.get("finish_reason"))
    prompt, completion = read_usage(document)
    return Answer(
        text=_content(message, finish, calls),
        finish=finish,
        tool_calls=calls,
        logprobs=read_logprobs(choice.get("logprobs")),
        prompt_tokens=prompt,
        completion_tokens=completion,
    )


def encode_answer(answer: Answer, *, model: str, id: str, created: int, fingerprint: str = "") -> bytes:
    """A whole response body; `created` in seconds since 1970, `fingerprint` the served identity."""
    message: dict[str, Any] = {"role": "assistant", "content": answer.text}
    if answer.tool_calls:
        message["content"] = answer.text or None
        message["tool_calls"] = [call_document(call) for call in answer.tool_calls]
    choice = {
        "index": 0,
        "message": message,
        "finish_reason": answer.finish,
        "logprobs": logprobs_document(answer.logprobs),
    }
    return encode_json(
        {
            "id": id,
            "object": "chat.completion",
            "created": created,
            "model": model,
            "system_fingerprint": fingerprint or None,
            "choices": [choice],
            "usage": usage_document(answer.prompt_tokens, answer.completion_tokens),
        }
    )


def encode_json(document: Any) -> bytes:
    """Compact UTF-8 JSON; what UTF-8 cannot carry (half a surrogate pair) becomes a question mark."""
    return _ENCODER.encode(document).encode("utf-8", "replace")


def call_document(call: ToolCall) -> dict[str, Any]:
    """A tool call on the wire."""
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def tools_document(tools: tuple[Tool, ...]) -> list[dict[str, Any]]:
    """Offered tools on the wire."""
    return [
        {
            "type": "function",
            "function": {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)},
        }
        for tool in tools
    ]


def logprobs_document(logprobs: tuple[tuple[str, float], ...] | None) -> dict[str, Any] | None:
    """Log-probabilities on the wire; `bytes` and `top_logprobs` are there because clients insist on them."""
    if logprobs is None:
        return None
    entries = [
        {"token": token, "logprob": value, "bytes": list(token.encode("utf-8", "replace")), "top_logprobs": []}
        for token, value in logprobs
    ]
    return {"content": entries}


def usage_document(prompt: int, completion: int) -> dict[str, int]:
    """Counts of tokens on the wire."""
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def first_choice(document: Any) -> dict[str, Any] | None:
    """The first choice of an answer or a chunk; None where the list is empty. Raises Malformed."""
    if not isinstance(document, dict):
        raise Malformed("it is not a JSON object.")
    choices = _field(document, "choices", list)
    if not choices:
        return None
    if not isinstance(choices[0], dict):
        raise Malformed("`choices[0]` is not an object.")
    return choices[0]


def read_finish(value: Any) -> Finish:
    """Why the answer ended, in OpenAI's four words. Raises Malformed for one that nobody uses."""
    if not isinstance(value, str) or value not in _FINISHES:
        raise Malformed("`finish_reason` is missing or unknown.")
    return _FINISHES[value]


def read_usage(document: dict[str, Any]) -> tuple[int, int]:
    """Prompt and completion tokens, zero where the endpoint reports none. Raises Malformed."""
    usage = document.get("usage") or {}
    if not isinstance(usage, dict):
        raise Malformed("`usage` is not an object.")
    counts = (usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0)
    if not all(type(count) is int and 0 <= count < 1 << 40 for count in counts):
        raise Malformed("`usage` holds something other than counts.")
    return counts


def read_logprobs(value: Any) -> tuple[tuple[str, float], ...] | None:
    """Each token's text with its log-probability, or None where not offered. Raises Malformed."""
    if value is None or (isinstance(value, dict) and value.get("content") is None):
        return None
    try:
        return tuple([(read_text(entry["token"]), _number(entry["logprob"])) for entry in value["content"]])
    except (KeyError, TypeError) as error:
        raise Malformed("`logprobs` is not a list of tokens with a `logprob` each.") from error


def read_text(value: Any) -> str:
    """A string in which half surrogate pairs, which no store can hold, are replaced. Raises TypeError."""
    if not isinstance(value, str):
        raise TypeError("not a string")
    if value.isascii():
        return value
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def with_deployment(request: Request, *, system_prompt: str, tools: tuple[Tool, ...]) -> Request:
    """The request as the deployment sends it: its system prompt first, its tools before the request's own."""
    if not (system_prompt or tools):
        return request
    messages = (Message("system", system_prompt), *request.messages) if system_prompt else request.messages
    return replace(request, messages=messages, tools=(*tools, *request.tools))


def _content(message: dict[str, Any], finish: Finish, calls: tuple[ToolCall, ...]) -> str:
    content = message.get("content")
    try:
        if content is not None:
            return read_text(content)
        if message.get("refusal") is not None:
            return read_text(message["refusal"])
    except TypeError as error:
        raise Malformed("`message.content` is not text.") from error
    # A model may use up its tokens before it says a word, or be cut off by a filter; a finished answer has a text.
    if calls or finish in ("length", "content_filter"):
        return ""
    raise Malformed("`message.content` is null.")


def _call(call: Any) -> ToolCall:
    try:
        function = call["function"]
        arguments = read_text(function["arguments"])
        return ToolCall(read_text(call.get("id") or ""), read_text(function["name"]), arguments)
    except (KeyError, TypeError, AttributeError) as error:
        raise Malformed("`tool_calls` holds something other than function calls.") from error


def _message(message: Message) -> str:
    if not (message.tool_calls or message.tool_call_id):
        return f'{{"role":"{message.role}","content":{_text(message.content)}}}'
    document: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        document["content"] = message.content or None
        document["tool_calls"] = [call_document(call) for call in message.tool_calls]
    if message.tool_call_id:
        document["tool_call_id"] = message.tool_call_id
    return _ENCODER.encode(document)


def _text(value: str) -> str:
    return _ENCODER.encode(value)


@lru_cache(maxsize=256)
def _constant(sampling: Sampling, logprobs: bool, stream: bool) -> str:
    """The part of a request that a campaign repeats thousands of times."""
    document: dict[str, Any] = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
    }
    if logprobs:
        document["logprobs"] = True
    if stream:
        document |= {"stream": True, "stream_options": {"include_usage": True}}
    return "," + _ENCODER.encode(document)[1:-1]


def _field(document: dict[str, Any], name: str, kind: type) -> Any:
    value = document.get(name)
    if not isinstance(value, kind):
        raise Malformed(f"`{name}` is missing or is not {'a list' if kind is list else 'an object'}.")
    return value


def _number(value: Any) -> float:
    if type(value) not in (int, float):
        raise TypeError("not a number")
    return float(value)
