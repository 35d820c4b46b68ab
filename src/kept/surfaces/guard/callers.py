"""How much each caller may ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kept.interface.allowance import Allowance
from kept.interface.pages import TooOftenError
from kept.surfaces.guard.addresses import PROBES

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from kept.surfaces.guard.bodies import Refused


class Callers:
    """Takes each request from its caller's allowance; under the paths in `metered` a room counts for itself.

    `refused` makes the answer to whoever asks more.
    """

    def __init__(self, inner: ASGIApp, allowance: Allowance, metered: tuple[str, ...], refused: Refused) -> None:
        self._inner = inner
        self._allowance = allowance
        self._metered = metered
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"] in PROBES or scope["path"].startswith(self._metered):
            await self._inner(scope, receive, send)
            return
        caller = scope["client"][0] if scope.get("client") else ""
        wait = self._allowance.take(caller, weight=1 if scope["method"] in ("GET", "HEAD") else self._allowance.write)
        if wait > 0:
            often = TooOftenError(
                "Too many requests.", seconds=wait, code="web.allowance", hint="Wait, then go on slower."
            )
            await self._refused(scope, often)(scope, receive, send)
            return
        await self._inner(scope, receive, send)
