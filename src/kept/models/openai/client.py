"""Asks an endpoint: one connection pool, retries, budgets, and every failure as one of the six kinds."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import replace
from typing import Any, TypeVar

import aiohttp
from yarl import URL

from kept.core.canonical import encode
from kept.core.model import Answer, Established, Identity, Request
from kept.errors import Denied, NotFound, Unavailable, Unverified
from kept.models.openai.address import Address
from kept.models.openai.budget import Budget, BudgetExhausted, ErrorBudget
from kept.models.openai.codec import ANSWER_LIMIT, answer_of, decode_json, encode_request, with_deployment
from kept.models.openai.deltas import DONE, Assembly, Delta, EventStream, decode_chunk
from kept.models.openai.failures import Malformed, Transient
from kept.models.openai.retry import BackOff
from kept.models.openai.wire import Pool, read_body, refusal, translated
from kept.models.options import ModelOptions

Result = TypeVar("Result")


def _told(options: ModelOptions, address: Address) -> ModelOptions:
    """The options with what the URI says of this endpoint: how long it may take, and how often it is asked again."""
    timeout_s = options.timeout_s if address.timeout_s is None else float(address.timeout_s)
    retries = options.retries if address.retries is None else address.retries
    return replace(options, timeout_s=timeout_s, retries=retries)


class EndpointModel:
    """A model behind an OpenAI-compatible endpoint.

    Its identity is "endpoint only", unless the URI pins the digest of an attestation: then nothing is asked
    before the endpoint's /models shows a `kept_identity` with that digest, every answer must carry it as its
    `system_fingerprint`, and the identity is "provider-attested": the provider's word, not ours.
    """

    def __init__(self, address: Address, options: ModelOptions) -> None:
        options = _told(options, address)
        self._address = address
        self._options = options
        self._secret = address.secret()
        self._url = URL(f"{address.base}/chat/completions")
        self._budget = Budget(options.requests, options.tokens)
        self._errors = ErrorBudget(options.errors)
        self._back_off = BackOff(options.entropy, options.retries)
        self._attested = not address.pinned
        self._pool: Pool | None = None
        self._stream_timeout = aiohttp.ClientTimeout(total=options.timeout_s, sock_read=options.timeout_s / 2)
        established: Established = "provider-attested" if address.pinned else "endpoint only"
        self._identity = options.identity(address.model, established, evidence=address.pinned, endpoint=address.base)

    @property
    def identity(self) -> Identity:
        """What is being asked."""
        return self._identity

    async def answer(self, request: Request) -> Answer:
        """Answer once, trying again where that may help.

        Raises Invalid, Denied or NotFound (the endpoint refuses this request, key or model), Unavailable (out
        of reach, unreadable, or a budget is used up: codes model.budget, model.error-budget) and Unverified
        (the endpoint no longer shows the pinned identity).
        """
        body = self._encode(request, stream=False)
        async with self._connected().in_flight:
            with self._accounted():
                await self._attest()
                data = await self._persist(lambda: self._ask(body))
                document = decode_json(data)
                answer = answer_of(document)
                self._check_fingerprint(document.get("system_fingerprint"))
        self._budget.take_tokens(answer.prompt_tokens + answer.completion_tokens, exchanged=len(body) + len(data))
        return answer

    async def stream(self, request: Request) -> AsyncGenerator[str, None]:
        """The answer's text in pieces, as they come; raises as `answer` does."""
        async with aclosing(self.deltas(request)) as deltas:
            async for delta in deltas:
                if delta.text:
                    yield delta.text

    async def deltas(self, request: Request) -> AsyncGenerator[Delta, None]:
        """The answer in pieces with tool calls, log-probabilities, finish reason and usage.

        Only the opening is tried again: what was said cannot be unsaid. Raises as `answer` does.
        """
        body = self._encode(request, stream=True)
        async with self._connected().in_flight:
            with self._accounted():
                await self._attest()
                response = await self._persist(lambda: self._begin(body))
                try:
                    async for delta in self._pieces(response, exchanged=len(body)):
                        yield delta
                finally:
                    response.close()

    async def close(self) -> None:
        """Close every connection; the next question, perhaps in another event loop, opens new ones."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.session.close()

    def __repr__(self) -> str:
        return f"<EndpointModel {self._address.model!r} at {self._address.base}>"

    def _encode(self, request: Request, *, stream: bool) -> bytes:
        options = self._options
        deployed = with_deployment(request, system_prompt=options.system_prompt, tools=options.tools)
        return encode_request(deployed, model=self._address.model, stream=stream)

    def _connected(self) -> Pool:
        # Made at the first question, since it belongs to the event loop that is running then.
        if self._pool is None:
            self._pool = Pool.open(self._secret, self._options)
        return self._pool

    @contextmanager
    def _accounted(self) -> Iterator[None]:
        """Charge the error budget with how the request ends; a refusal of one request's content is no error."""
        self._errors.check()
        try:
            yield
        except BudgetExhausted:
            raise
        except (Unavailable, Denied, NotFound, Unverified):
            self._errors.count(failed=True)
            raise
        self._errors.count(failed=False)

    async def _persist(self, once: Callable[[], Awaitable[Result]]) -> Result:
        attempt = 0
        while True:
            self._budget.take_request()
            try:
                return await once()
            except Transient as error:
                delay = self._back_off.delay(attempt, after=error.after)
                if delay is None:
                    raise
            await asyncio.sleep(delay)
            self._errors.check()
            attempt += 1

    async def _ask(self, body: bytes) -> bytes:
        with translated(self._address.base):
            async with self._connected().session.post(self._url, data=body, allow_redirects=False) as response:
                if response.status != 200:
                    raise await refusal(response, self._secret)
                return await read_body(response, "application/json", limit=ANSWER_LIMIT)

    async def _begin(self, body: bytes) -> aiohttp.ClientResponse:
        with translated(self._address.base):
            response = await self._connected().session.post(
                self._url, data=body, allow_redirects=False, timeout=self._stream_timeout
            )
            try:
                if response.status != 200:
                    raise await refusal(response, self._secret)
                if response.content_type != "text/event-stream":
                    raise Malformed(f"a stream was asked for, and {response.content_type[:80]!r} came.")
            except BaseException:
                response.close()
                raise
        return response

    async def _pieces(self, response: aiohttp.ClientResponse, *, exchanged: int) -> AsyncIterator[Delta]:
        events, whole, fingerprint = EventStream(), Assembly(), ""
        with translated(self._address.base):
            async for delta in self._events(response, events):
                fingerprint = delta.fingerprint or fingerprint
                if delta.fingerprint:
                    self._check_fingerprint(delta.fingerprint)
                whole.add(delta)
                yield delta
        answer = whole.answer()
        self._check_fingerprint(fingerprint)
        tokens = answer.prompt_tokens + answer.completion_tokens
        self._budget.take_tokens(tokens, exchanged=exchanged + events.received)

    async def _events(self, response: aiohttp.ClientResponse, events: EventStream) -> AsyncIterator[Delta]:
        async for chunk in response.content.iter_any():
            for data in events.feed(chunk):
                if data == DONE:
                    return
                yield decode_chunk(data, secret=self._secret)

    def _check_fingerprint(self, shown: Any) -> None:
        if self._address.pinned and shown != self._address.pinned:
            raise Unverified(
                f"An answer from {self._address.base} does not carry the pinned identity.",
                code="model.identity",
                hint="The endpoint serves another model now, or stands behind something that rewrites answers.",
            )

    async def _attest(self) -> None:
        """Before the first question, hold the endpoint's own statement of identity against the pinned digest."""
        if self._attested:
            return
        async with self._connected().attesting:
            if not self._attested:
                self._check_attestation(decode_json(await self._persist(self._list)))
                self._attested = True

    async def _list(self) -> bytes:
        with translated(self._address.base):
            async with self._connected().session.get(f"{self._address.base}/models", allow_redirects=False) as response:
                if response.status != 200:
                    raise await refusal(response, self._secret)
                return await read_body(response, "application/json", limit=ANSWER_LIMIT)

    def _check_attestation(self, document: Any) -> None:
        listed = document.get("data") if isinstance(document, dict) else None
        for entry in listed if isinstance(listed, list) else ():
            if isinstance(entry, dict) and entry.get("id") == self._address.model:
                shown = hashlib.sha256(encode(entry.get("kept_identity"))).hexdigest()
                if f"sha256:{shown}" == self._address.pinned:
                    return
        raise Unverified(
            f"{self._address.base}/models does not attest the pinned identity for {self._address.model!r}.",
            code="model.identity",
            hint="Leave `identity` out of the URI to test whatever the endpoint serves.",
        )
