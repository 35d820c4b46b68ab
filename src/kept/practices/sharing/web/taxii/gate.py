"""Who comes in, and how much each may ask: peers by their keys, strangers by their addresses."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

from fastapi import Request

from kept.errors import Denied
from kept.interface.allowance import Allowance
from kept.interface.pages import TooOftenError
from kept.practices.sharing.records import Access, Reader
from kept.practices.sharing.service.admitting import StrangerError
from kept.practices.sharing.web.taxii.negotiation import check_accept

if TYPE_CHECKING:
    from kept.practices.sharing.service.desk import Desk

_SAFE = ("GET", "HEAD")


class Gate:
    """Lets peers in. What one sends past its allowance costs nobody else anything."""

    def __init__(self, desk: Callable[[], Desk], now: Callable[[], float]) -> None:
        self._desk = desk
        self._now = now
        self._turn = Lock()

    @property
    def desk(self) -> Desk:
        """What answers."""
        return self._desk()

    def enter(self, request: Request) -> Reader:
        """Who asks. Raises StrangerError for nobody, TooOftenError past an allowance, and what Accept rules out."""
        try:
            reader = self._known(request)
        except StrangerError:
            self._take(self._strangers, request.client.host if request.client else "", 1)
            raise
        self._take(self._peers, reader.name, 1 if request.method in _SAFE else self._peers.write)
        check_accept(",".join(request.headers.getlist("accept")))
        return reader

    def confirm(self, request: Request, reader: Reader) -> None:
        """Raises StrangerError where whoever began to ask isn't let in any more: a body may take hours to come."""
        if self._known(request) != reader:
            raise StrangerError("Nobody is known by what was shown.", code="taxii.stranger")

    def _known(self, request: Request) -> Reader:
        shown = request.headers.get("authorization", "")
        return self.desk.door.enter(shown, spki=request.scope.get("kept.client_spki", ""))

    def check_write(self, access: Access) -> None:
        """Raises Denied, before a body is read, to whoever may not write."""
        if not access.can_write:
            raise Denied("You may not write to this collection.", code="taxii.right")

    def check_size(self, reader: Reader, size: int) -> None:
        """Take so many bytes from what a peer may bring, so that nobody fills the disk. Raises TooOftenError."""
        self._take(self._brought, reader.name, size / 1e6, what="Too much was brought in a short time.")

    def _take(self, allowance: Allowance, name: str, weight: float, *, what: str = "Too many requests.") -> None:
        with self._turn:
            wait = allowance.take(name, weight=weight)
        if wait > 0:
            raise TooOftenError(what, seconds=wait, code="taxii.allowance", hint="Go on slower.")

    @cached_property
    def _peers(self) -> Allowance:
        settings = self.desk.settings
        return Allowance(self._now, rate=settings.peer_rate, burst=settings.peer_burst)

    @cached_property
    def _brought(self) -> Allowance:
        settings = self.desk.settings
        return Allowance(self._now, rate=settings.peer_mb_rate, burst=settings.peer_mb_burst)

    @cached_property
    def _strangers(self) -> Allowance:
        settings = self.desk.settings
        return Allowance(self._now, rate=settings.stranger_rate, burst=settings.stranger_burst)
