"""A chat-completions server that costs next to nothing, for measuring clients: every question gets one answer.

    python -m simulators.mock_chat PORT [LATENCY_MS]

Prints the port it listens on (PORT 0: any free one) and serves until it is stopped. GET /stats tells and resets
{"n": questions answered, "peak": most in flight at once}.
"""

import asyncio
import json
import sys
from typing import cast

ANSWER = json.dumps(
    {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1700000000,
        "model": "mock",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "I can't help with that. Default output.", "refusal": None},
                "finish_reason": "stop",
                "logprobs": None,
            }
        ],
        "usage": {"prompt_tokens": 10, "completion_tokens": 8, "total_tokens": 18},
    }
).encode()


class Counters:
    def __init__(self) -> None:
        self.answered = self.in_flight = self.peak = 0


def _response(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body


RESPONSE = _response(ANSWER)


class Chat(asyncio.Protocol):
    def __init__(self, counters: Counters, latency_s: float) -> None:
        self.counters, self.latency_s, self.received = counters, latency_s, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.received += data
        while True:
            end = self.received.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self.received[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.received) < end + 4 + length:
                return
            self.received = self.received[end + 4 + length :]
            self._serve(head)

    def _serve(self, head: bytes) -> None:
        counters = self.counters
        if head.startswith(b"get /stats"):
            body = json.dumps({"n": counters.answered, "peak": counters.peak}).encode()
            counters.answered = counters.peak = 0
            self.transport.write(_response(body))
            return
        counters.answered += 1
        counters.in_flight += 1
        counters.peak = max(counters.peak, counters.in_flight)
        if self.latency_s:
            asyncio.get_running_loop().call_later(self.latency_s, self._answer)
        else:
            self._answer()

    def _answer(self) -> None:
        self.counters.in_flight -= 1
        if not self.transport.is_closing():
            self.transport.write(RESPONSE)


async def serve(port: int, latency_s: float = 0.0) -> None:
    counters = Counters()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Chat(counters, latency_s), "127.0.0.1", port, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    import uvloop

    uvloop.run(serve(int(sys.argv[1]), float(sys.argv[2]) / 1000 if len(sys.argv) > 2 else 0.0))
