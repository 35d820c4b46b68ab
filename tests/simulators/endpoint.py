"""A chat-completions endpoint that misbehaves on purpose: the model's name in the request chooses how.

    async with Endpoint() as endpoint:
        model = open_model(f"openai:{endpoint.base}#stall", options)

What it saw is in `endpoint.seen` (headers and decoded body of each request), `endpoint.open` counts its connections.
"""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

TEXT = "I can't help with that."
USAGE = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}


@dataclass
class Seen:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class Call:
    """One request and the connection to answer it on; `number` counts the requests for this model from 1."""

    seen: Seen
    number: int
    writer: asyncio.StreamWriter
    endpoint: "Endpoint"

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def respond(self, body: bytes, *, status: int = 200, kind: str = "application/json", **headers: str) -> None:
        lines = [f"HTTP/1.1 {status} Status", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        await self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    async def begin(self, kind: str) -> None:
        await self.send(b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n" % kind.encode())

    async def chunk(self, data: bytes) -> None:
        await self.send(b"%x\r\n%s\r\n" % (len(data), data))


Behaviour = Callable[[Call], Awaitable[None]]
BEHAVIOURS: dict[str, Behaviour] = {}


def behaviour(function: Behaviour) -> Behaviour:
    BEHAVIOURS[function.__name__.strip("_").replace("_", "-")] = function
    return function


@dataclass
class Endpoint:
    seen: list[Seen] = field(default_factory=list)
    open: int = 0
    identity: dict[str, Any] = field(default_factory=lambda: {"name": "ok"})
    fingerprint: str = ""
    port: int = 0
    tls: ssl.SSLContext | None = None
    _counts: dict[str, int] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> "Endpoint":
        self._server = await asyncio.start_server(self._connection, "127.0.0.1", self.port, ssl=self.tls)
        scheme = "https" if self.tls else "http"
        self.base = f"{scheme}://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def settled(self) -> None:
        """Wait until every client has let go of its connection."""
        async with asyncio.timeout(60):
            while self.open:
                await asyncio.sleep(0.01)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.open += 1
        try:
            while await self._request(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.open -= 1
            writer.close()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        path = head[0].split(" ")[1]
        seen = Seen(path, headers, json.loads(body) if body else {})
        self.seen.append(seen)
        model = "models" if path.endswith("/models") else seen.body["model"]
        self._counts[model] = self._counts.get(model, 0) + 1
        serving = asyncio.ensure_future(BEHAVIOURS[model](Call(seen, self._counts[model], writer, self)))
        watching = asyncio.ensure_future(reader.read(1))
        # A behaviour that stalls ends when the client hangs up.
        await asyncio.wait((serving, watching), return_when=asyncio.FIRST_COMPLETED)
        gone = watching.done()
        for task in (serving, watching):
            task.cancel()
        results = await asyncio.gather(serving, watching, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception) and not isinstance(result, ConnectionError):
                raise result
        return not gone and not writer.is_closing()


def completion(message: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": message or {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}
    return {"id": "chatcmpl-1", "object": "chat.completion", "choices": [choice], "usage": USAGE} | changes


def event(delta: dict[str, Any], finish: str | None = None, **changes: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice]} | changes).encode() + b"\n\n"


async def _json(call: Call, document: Any, **options: Any) -> None:
    await call.respond(json.dumps(document).encode(), **options)


async def _stream(call: Call, *events: bytes, done: bool = True) -> None:
    await call.begin("text/event-stream")
    for data in (*events, *((b"data: [DONE]\n\n",) if done else ())):
        await call.chunk(data)
    await call.send(b"0\r\n\r\n")


@behaviour
async def ok(call: Call) -> None:
    shown = {"system_fingerprint": call.endpoint.fingerprint}
    if not call.seen.body.get("stream"):
        return await _json(call, completion(**shown))
    words = [event({"content": word}, **shown) for word in ("I can't ", "help ", "with that.")]
    usage = b"data: " + json.dumps({"choices": [], "usage": USAGE} | shown).encode() + b"\n\n"
    return await _stream(call, b": hello\n\n", event({"role": "assistant"}), *words, event({}, "stop"), usage)


@behaviour
async def models(call: Call) -> None:
    await _json(call, {"object": "list", "data": [{"id": "ok", "kept_identity": call.endpoint.identity}]})


@behaviour
async def tool(call: Call) -> None:
    function = {"name": "release", "arguments": '{"code": "amber cedar 42"}'}
    if not call.seen.body.get("stream"):
        calls = [{"id": "call_1", "type": "function", "function": function}]
        document = completion({"role": "assistant", "content": None, "tool_calls": calls})
        document["choices"][0]["finish_reason"] = "tool_calls"
        return await _json(call, document)
    pieces: list[dict[str, Any]] = [{"index": 0, "id": "call_1", "function": {"name": "release", "arguments": ""}}]
    pieces += [{"index": 0, "function": {"arguments": part}} for part in ('{"code": "am', 'ber cedar 42"}')]
    pieces += [{"index": 1, "id": "call_2", "function": {"name": "log", "arguments": "{}"}}]
    return await _stream(call, *(event({"tool_calls": [piece]}) for piece in pieces), event({}, "tool_calls"))


@behaviour
async def logprobs(call: Call) -> None:
    document = completion({"role": "assistant", "content": "No."})
    document["choices"][0]["logprobs"] = {
        "content": [{"token": "No", "logprob": -0.25, "bytes": [78, 111]}, {"token": ".", "logprob": -1}]
    }
    await _json(call, document)


@behaviour
async def stall(call: Call) -> None:
    await asyncio.Event().wait()


@behaviour
async def stall_midway(call: Call) -> None:
    await call.begin("text/event-stream")
    await call.chunk(event({"content": "I can"}))
    await asyncio.Event().wait()


@behaviour
async def drip(call: Call) -> None:
    await call.begin("text/event-stream" if call.seen.body.get("stream") else "application/json")
    while True:
        await call.chunk(b" " if not call.seen.body.get("stream") else b": still here\n\n")
        await asyncio.sleep(0.02)


@behaviour
async def half_stream(call: Call) -> None:
    await _stream(call, event({"content": "I can"}), done=False)


@behaviour
async def cut_stream(call: Call) -> None:
    await call.begin("text/event-stream")
    await call.chunk(event({"content": "I can"}))
    call.writer.close()


@behaviour
async def error_in_stream(call: Call) -> None:
    await _stream(call, event({"content": "I can"}), b'data: {"error":{"message":"out of\\u0007 memory"}}\n\n')


@behaviour
async def endless_stream(call: Call) -> None:
    await call.begin("text/event-stream")
    while True:
        await call.chunk(event({"content": "x" * 65536}))


@behaviour
async def endless_line(call: Call) -> None:
    await call.begin("text/event-stream")
    while True:
        await call.chunk(b"x" * 65536)


@behaviour
async def half_body(call: Call) -> None:
    await call.send(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"choices"')
    call.writer.close()


@behaviour
async def cut_chunked(call: Call) -> None:
    await call.begin("application/json")
    await call.send(b'ff\r\n{"choices":')
    call.writer.close()


@behaviour
async def bad_chunked(call: Call) -> None:
    await call.begin("application/json")
    await call.send(b"not-a-size\r\nabc\r\n")


@behaviour
async def no_http(call: Call) -> None:
    await call.send(b"\x00\x01 what is this?\r\n\r\n")
    call.writer.close()


@behaviour
async def reset_once(call: Call) -> None:
    if call.number == 1:
        call.writer.transport.abort()
    else:
        await ok(call)


@behaviour
async def malformed(call: Call) -> None:
    await call.respond(b'{"choices": [{"message": {"content": "I can')


@behaviour
async def repeated_key(call: Call) -> None:
    body = json.dumps(completion()).replace('"content"', '"content": "yes, gladly", "content"')
    await call.respond(body.encode())


@behaviour
async def nested(call: Call) -> None:
    await call.respond(b"[" * 100_000)


@behaviour
async def not_utf8(call: Call) -> None:
    await call.respond(json.dumps(completion()).encode().replace(b"help", b"h\xff\xfep"))


@behaviour
async def garbage(call: Call) -> None:
    await _json(call, completion({"content": "\ud800 \u202e \x00 <script>alert(1)</script> 🜂"}))


@behaviour
async def huge(call: Call) -> None:
    await _json(call, completion({"content": "x" * 10_000_000}))


@behaviour
async def huge_chunked(call: Call) -> None:
    await call.begin("application/json")
    for _ in range(160):
        await call.chunk(b" " * 65536)
    await call.send(b"0\r\n\r\n")


@behaviour
async def huge_error(call: Call) -> None:
    await call.respond(b"x" * 10_000_000, status=400)


@behaviour
async def compressed(call: Call) -> None:
    await call.respond(b"\x1f\x8b", Content_Encoding="gzip")


@behaviour
async def html(call: Call) -> None:
    await call.respond(b"<html>Welcome to our wireless network</html>", kind="text/html")


@behaviour
async def no_choices(call: Call) -> None:
    await _json(call, completion(choices=[]))


@behaviour
async def null_content(call: Call) -> None:
    await _json(call, completion({"role": "assistant", "content": None}))


@behaviour
async def number_content(call: Call) -> None:
    await _json(call, completion({"role": "assistant", "content": 42}))


@behaviour
async def negative_usage(call: Call) -> None:
    await _json(call, completion(usage={"prompt_tokens": -5}))


@behaviour
async def unknown_finish(call: Call) -> None:
    document = completion()
    document["choices"][0]["finish_reason"] = "because"
    await _json(call, document)


@behaviour
async def a_list(call: Call) -> None:
    await _json(call, [completion()])


@behaviour
async def busy_once(call: Call) -> None:
    if call.number == 1:
        await _json(call, {"error": {"message": "slow down"}}, status=429, Retry_After="0.05")
    else:
        await ok(call)


@behaviour
async def busy_for_an_hour(call: Call) -> None:
    await _json(call, {"error": {"message": "slow down"}}, status=429, Retry_After="3600")


@behaviour
async def out_of_quota(call: Call) -> None:
    await _json(call, {"error": {"message": "pay first", "code": "insufficient_quota"}}, status=429)


@behaviour
async def storm(call: Call) -> None:
    await call.respond(b"<h1>502</h1>", status=502, kind="text/html")


@behaviour
async def redirect(call: Call) -> None:
    await call.respond(b"", status=307, Location="http://127.0.0.1:9/steal")


@behaviour
async def refuse_400(call: Call) -> None:
    await _json(call, {"error": {"message": "bad \x1b[31mred\x1b[0m\nrequest " + "x" * 5000}}, status=400)


@behaviour
async def refuse_401(call: Call) -> None:
    key = call.seen.headers.get("authorization", "").removeprefix("Bearer ")
    await _json(call, {"error": {"message": f"Incorrect API key provided: {key}."}}, status=401)


@behaviour
async def refuse_403(call: Call) -> None:
    await _json(call, {"error": "not for you"}, status=403)


@behaviour
async def refuse_404(call: Call) -> None:
    await _json(call, {"detail": "no such model"}, status=404)


@behaviour
async def no_usage(call: Call) -> None:
    document = completion()
    del document["usage"]
    await _json(call, document)
