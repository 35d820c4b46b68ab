"""A web site with a report on it, on this machine's loopback, which may misbehave."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Site:
    """What is served, by name; `answers` are for names at which something else is done."""

    files: Mapping[str, bytes]
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        self.asked.append(name)
        if name in self.answers:
            return await self.answers[name](request)
        short = name.removeprefix("acme/report/")
        if short not in self.files:
            return web.Response(status=404)
        return web.Response(body=self.files[short])


@asynccontextmanager
async def served(files: Mapping[str, bytes], answers: dict[str, Answer] | None = None) -> AsyncIterator[Site]:
    """The site, at `url`, until the block ends."""
    site = Site(files, answers or {})
    application = web.Application()
    application.router.add_get("/{name:.*}", site.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    try:
        place = web.TCPSite(runner, "127.0.0.1", 0)
        await place.start()
        port = runner.addresses[0][1]
        site.url = f"http://127.0.0.1:{port}/acme/report/"
        yield site
    finally:
        await runner.cleanup()
