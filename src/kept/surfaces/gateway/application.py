"""The routes: the served model's card and its answers, in the wire form that `kept.models.openai` reads."""

import asyncio
import hmac
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, MutableMapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from kept.core.context import Clock, Entropy
from kept.core.model import Answer, Model
from kept.errors import Conflict, Denied, Invalid, KeptError, NotFound, Unavailable, Unverified
from kept.models.openai.codec import REQUEST_LIMIT, Wanted, encode_answer, encode_json
from kept.models.openai.deltas import DONE, Delta, Streams, deltas_of, encode_chunk
from kept.models.openai.failures import encode_error
from kept.models.openai.wanted import decode_request

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# kind -> HTTP status and the `type` that OpenAI's clients read
STATUS: dict[type[KeptError], tuple[int, str]] = {
    Invalid: (400, "invalid_request_error"),
    NotFound: (404, "not_found_error"),
    Denied: (403, "permission_error"),
    Conflict: (409, "conflict_error"),
    Unverified: (422, "unverified"),
    Unavailable: (503, "server_error"),
}
_OWN_HOST = re.compile(rb"(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?", re.IGNORECASE)
_BODY_SECONDS = 30.0
_STREAM_HEADERS = ((b"content-type", b"text/event-stream"), (b"cache-control", b"no-cache"))


class Unauthenticated(Denied):
    """Nobody, or somebody with a wrong key, is asking: HTTP 401 instead of 403."""


class Gateway:
    """An ASGI application over one model.

    A request names the model only by the name it is served under: never a URI, a path or a key. The same
    request gives the same answer as in process. Needs no framework: two routes do not repay one.
    """

    def __init__(self, model: Model, *, name: str, clock: Clock, entropy: Entropy, key: str = "") -> None:
        self._model = model
        self._name = name
        self._clock = clock
        self._entropy = entropy
        self._key = f"Bearer {key}".encode() if key else b""
        self._fingerprint = model.identity.id
        self._opened = int(clock().timestamp())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            raise RuntimeError(f"only HTTP is served here, not {scope['type']}")
        try:
            self._authenticate(scope)
            await self._route(scope, receive, send)
        except KeptError as error:
            status, kind = _status(error)
            await _respond(send, status, encode_error(error, kind=kind))

    def _authenticate(self, scope: Scope) -> None:
        if self._key:
            if not hmac.compare_digest(_header(scope, b"authorization"), self._key):
                raise Unauthenticated("This model is served to holders of its key.", code="gateway.key")
        elif not _OWN_HOST.fullmatch(_header(scope, b"host")):
            # A page whose name was made to point here (DNS rebinding) gives itself away by that name.
            raise Denied(
                "Without a key, only this machine is served, under its own name.",
                code="gateway.host",
                hint="Ask 127.0.0.1 or localhost, or serve with --key-env.",
            )

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = (scope["method"], scope["path"])
        if route == ("POST", "/v1/chat/completions"):
            wanted = await self._read(scope, receive)
            await _while_connected(receive, (self._stream if wanted.stream else self._answer)(wanted, send))
        elif route == ("GET", "/v1/models"):
            await _respond(send, 200, encode_json({"object": "list", "data": [self._card()]}))
        elif route == ("GET", f"/v1/models/{self._name}"):
            await _respond(send, 200, encode_json(self._card()))
        else:
            raise NotFound(
                "Nothing is served at this address.",
                code="gateway.route",
                hint="GET /v1/models and POST /v1/chat/completions are.",
            )

    async def _read(self, scope: Scope, receive: Receive) -> Wanted:
        # A browser sends this type across origins only after asking, and is never told yes.
        if not _header(scope, b"content-type").startswith(b"application/json"):
            raise Invalid("The Content-Type is application/json.", code="gateway.content-type")
        wanted = decode_request(await _body(scope, receive))
        if wanted.model != self._name:
            raise NotFound("No model of this name is served here.", code="model_not_found", hint="See GET /v1/models.")
        return wanted

    async def _answer(self, wanted: Wanted, send: Send) -> None:
        answer = _ended(await self._model.answer(wanted.request), wanted.stop)
        await _respond(send, 200, encode_answer(answer, fingerprint=self._fingerprint, **self._stamp()))

    async def _stream(self, wanted: Wanted, send: Send) -> None:
        """Until the first piece is there, an error can still be an HTTP status; after it, it is an event."""
        stamp, begun = self._stamp(), False
        try:
            async with aclosing(self._deltas(wanted)) as deltas:
                async for delta in deltas:
                    if not begun:
                        await _begin(send, 200, *_STREAM_HEADERS)
                    if delta.usage is None or wanted.stream_usage:
                        signed = replace(delta, fingerprint=self._fingerprint)
                        await _send(send, encode_chunk(signed, first=not begun, **stamp), more=True)
                    begun = True
        except KeptError as error:
            if not begun:
                raise
            await _send(send, b"data: " + encode_error(error, kind=_status(error)[1]) + b"\n\n")
        else:
            await _send(send, b"data: " + DONE + b"\n\n")

    async def _deltas(self, wanted: Wanted) -> AsyncGenerator[Delta, None]:
        if isinstance(self._model, Streams) and not wanted.stop:
            async with aclosing(self._model.deltas(wanted.request)) as deltas:
                async for delta in deltas:
                    yield delta
            return
        # `Model.stream` gives the text alone, and a client must have tool calls, finish reason and counts.
        for delta in deltas_of(_ended(await self._model.answer(wanted.request), wanted.stop)):
            yield delta

    def _stamp(self) -> dict[str, Any]:
        id = f"chatcmpl-{self._entropy(12).hex()}"
        return {"model": self._name, "id": id, "created": int(self._clock().timestamp())}

    def _card(self) -> dict[str, Any]:
        return {
            "id": self._name,
            "object": "model",
            "created": self._opened,
            "owned_by": "kept",
            "kept_identity": self._model.identity.document(),
        }


def _ended(answer: Answer, stops: tuple[str, ...]) -> Answer:
    """The answer up to the first of these texts; the tokens behind it were made, and stay counted."""
    places = [place for place in map(answer.text.find, stops) if place >= 0]
    return replace(answer, text=answer.text[: min(places)], finish="stop") if places else answer


async def _while_connected(receive: Receive, work: Coroutine[Any, Any, None]) -> None:
    """Do the work, and drop it when the client hangs up: nobody waits for it any more."""
    doing, watching = asyncio.ensure_future(work), asyncio.ensure_future(receive())
    try:
        await asyncio.wait((doing, watching), return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone = not doing.done()
        for task in (doing, watching):
            task.cancel()
        await asyncio.gather(doing, watching, return_exceptions=True)
    if not gone:
        doing.result()


async def _body(scope: Scope, receive: Receive) -> bytes:
    """The whole body, refused as soon as it is announced or grows beyond the limit."""
    body = bytearray()
    announced, more = int(_header(scope, b"content-length") or b"0"), True
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            while more and max(announced, len(body)) <= REQUEST_LIMIT:
                message = await receive()
                body += message.get("body", b"")
                more = message.get("more_body", False)
    except TimeoutError as error:
        raise Invalid("The body did not arrive in time.", code="gateway.slow") from error
    if max(announced, len(body)) > REQUEST_LIMIT:
        raise Invalid(f"The body has more than {REQUEST_LIMIT} bytes.", code="gateway.too-large")
    return bytes(body)


def _header(scope: Scope, name: bytes) -> bytes:
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value)
    return b""


def _status(error: KeptError) -> tuple[int, str]:
    if isinstance(error, Unauthenticated):
        return 401, "authentication_error"
    return next(status for kind, status in STATUS.items() if isinstance(error, kind))


async def _respond(send: Send, status: int, body: bytes) -> None:
    length = b"%d" % len(body)
    await _begin(send, status, (b"content-type", b"application/json"), (b"content-length", length))
    await _send(send, body)


async def _begin(send: Send, status: int, *headers: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def _send(send: Send, body: bytes, *, more: bool = False) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})
