"""The wire form of a stream: server-sent events (WHATWG HTML section 9.2) that each carry a piece of an answer."""

from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from kept.core.model import Answer, Finish, Request, ToolCall
from kept.models.openai.codec import (
    ANSWER_LIMIT,
    decode_json,
    encode_json,
    first_choice,
    logprobs_document,
    read_finish,
    read_logprobs,
    read_text,
    read_usage,
    usage_document,
)
from kept.models.openai.failures import Malformed, read_stream_error

DONE = b"[DONE]"
PIECE = 48


@dataclass(frozen=True, slots=True)
class CallDelta:
    """A piece of a tool call: `arguments` is appended to what came before for the same `index`."""

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of an answer; `usage` is (prompt tokens, completion tokens)."""

    text: str = ""
    tool_calls: tuple[CallDelta, ...] = ()
    finish: Finish | None = None
    logprobs: tuple[tuple[str, float], ...] | None = None
    usage: tuple[int, int] | None = None
    fingerprint: str = ""


@runtime_checkable
class Streams(Protocol):
    """A model that can say more in a stream than its text."""

    def deltas(self, request: Request) -> AsyncGenerator[Delta, None]:
        """The answer in pieces with tool calls, log-probabilities, finish reason and usage."""
        ...


@dataclass(slots=True)
class EventStream:
    """Cuts incoming bytes into the data of events; bounded in all to `limit` bytes. Raises Malformed beyond that."""

    limit: int = ANSWER_LIMIT
    received: int = 0
    _rest: bytes = b""
    _data: list[bytes] = field(default_factory=list)

    def feed(self, chunk: bytes) -> list[bytes]:
        """The data of the events that `chunk` completes."""
        self.received += len(chunk)
        if self.received > self.limit:
            raise Malformed(f"the stream has more than {self.limit} bytes.")
        whole, newline, self._rest = (self._rest + chunk).rpartition(b"\n")
        events: list[bytes] = []
        for line in whole.split(b"\n") if newline else ():
            line = line.removesuffix(b"\r")
            if line.startswith(b"data:"):
                self._data.append(line[5:].removeprefix(b" "))
            elif not line and self._data:
                events.append(b"\n".join(self._data))
                self._data = []
        return events


@dataclass(slots=True)
class Assembly:
    """Puts the pieces of one answer together."""

    _text: list[str] = field(default_factory=list)
    _calls: dict[int, list[str]] = field(default_factory=dict)
    _logprobs: list[tuple[str, float]] | None = None
    _usage: tuple[int, int] = (0, 0)
    finish: Finish | None = None

    def add(self, delta: Delta) -> None:
        """Append one piece."""
        self._text.append(delta.text)
        for piece in delta.tool_calls:
            call = self._calls.setdefault(piece.index, ["", "", ""])
            call[0], call[1] = piece.id or call[0], piece.name or call[1]
            call[2] += piece.arguments
        if delta.logprobs is not None:
            self._logprobs = [*(self._logprobs or ()), *delta.logprobs]
        self._usage = delta.usage or self._usage
        self.finish = delta.finish or self.finish

    def answer(self) -> Answer:
        """The whole answer. Raises Malformed when the stream ended before its finish reason."""
        if self.finish is None:
            raise Malformed("the stream ends in the middle of the answer.")
        return Answer(
            text="".join(self._text),
            finish=self.finish,
            tool_calls=tuple(ToolCall(*self._calls[index]) for index in sorted(self._calls)),
            logprobs=None if self._logprobs is None else tuple(self._logprobs),
            prompt_tokens=self._usage[0],
            completion_tokens=self._usage[1],
        )


def decode_chunk(data: bytes, *, secret: str = "") -> Delta:
    """One event's piece of the answer. Raises Malformed, or Unavailable for an error that comes mid-stream."""
    document = decode_json(data)
    if isinstance(document, dict) and (error := read_stream_error(document, secret=secret)):
        raise error
    choice = first_choice(document)
    usage = read_usage(document) if document.get("usage") else None
    fingerprint = document.get("system_fingerprint") or ""
    if choice is None:
        return Delta(usage=usage, fingerprint=str(fingerprint))
    piece = choice.get("delta") or {}
    try:
        text = read_text(piece.get("content") or piece.get("refusal") or "")
        calls = tuple(_call(call, position) for position, call in enumerate(piece.get("tool_calls") or ()))
    except (KeyError, TypeError, AttributeError) as error:
        raise Malformed("a piece of the stream holds neither text nor tool calls.") from error
    finish = choice.get("finish_reason")
    return Delta(
        text=text,
        tool_calls=calls,
        finish=None if finish is None else read_finish(finish),
        logprobs=read_logprobs(choice.get("logprobs")),
        usage=usage,
        fingerprint=str(fingerprint),
    )


def encode_chunk(delta: Delta, *, model: str, id: str, created: int, first: bool = False) -> bytes:
    """One server-sent event; the first also says whose turn it is, one with usage alone has no choices."""
    document: dict[str, Any] = {
        "id": id,
        "object": "chat.completion.chunk",
        "created": created,
        "model": model,
        "system_fingerprint": delta.fingerprint or None,
        "choices": [],
    }
    if delta.usage is not None:
        document["usage"] = usage_document(*delta.usage)
    if first or delta.usage is None or delta.text or delta.tool_calls or delta.finish:
        piece: dict[str, Any] = {"role": "assistant", "content": delta.text} if first else {}
        if delta.text:
            piece["content"] = delta.text
        if delta.tool_calls:
            piece["tool_calls"] = [_call_document(call) for call in delta.tool_calls]
        choice = {
            "index": 0,
            "delta": piece,
            "finish_reason": delta.finish,
            "logprobs": logprobs_document(delta.logprobs),
        }
        document["choices"] = [choice]
    return b"data: " + encode_json(document) + b"\n\n"


def deltas_of(answer: Answer) -> Iterator[Delta]:
    """An answer that is already whole, in pieces: its text, its tool calls, its end, its usage."""
    tokens = answer.logprobs
    if tokens is not None and "".join(token for token, _ in tokens) == answer.text:
        yield from (Delta(text=token, logprobs=((token, value),)) for token, value in tokens)
        tokens = None if tokens else ()
    else:
        for start in range(0, len(answer.text), PIECE):
            yield Delta(text=answer.text[start : start + PIECE])
    for index, call in enumerate(answer.tool_calls):
        yield Delta(tool_calls=(CallDelta(index, call.id, call.name),))
        yield Delta(tool_calls=(CallDelta(index, arguments=call.arguments),))
    yield Delta(finish=answer.finish, logprobs=tokens)
    yield Delta(usage=(answer.prompt_tokens, answer.completion_tokens))


def _call(call: Any, position: int) -> CallDelta:
    function = call.get("function") or {}
    index = call.get("index", position)
    if type(index) is not int or not 0 <= index < 1024:
        raise TypeError("not an index")
    return CallDelta(
        index,
        read_text(call.get("id") or ""),
        read_text(function.get("name") or ""),
        read_text(function.get("arguments") or ""),
    )


def _call_document(call: CallDelta) -> dict[str, Any]:
    document: dict[str, Any] = {"index": call.index, "function": {"arguments": call.arguments}}
    if call.id:
        document["id"] = call.id
    if call.name:
        document |= {"type": "function"}
        document["function"]["name"] = call.name
    return document
