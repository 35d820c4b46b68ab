"""Which names the portal answers to, and who asks behind the proxies that are trusted."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kept.core.accounts.settings import PortalSettings
from kept.interface.pages import MisdirectedError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from kept.surfaces.guard.bodies import Refused

PROBES = frozenset({"/healthz", "/readyz"})
"""What machines ask by whatever address they know."""


class Addresses:
    """Refuses a request that names another host, and believes the listed proxies who the caller is.

    Of several callers in X-Forwarded-For the last counts that is no proxy, since whoever sends a request may have
    written the others. Behind a proxy, people came as the portal's own address says, unless the proxy says otherwise.
    `refused` makes the answer to another host's.
    """

    def __init__(self, inner: ASGIApp, settings: PortalSettings, refused: Refused) -> None:
        self._inner = inner
        self._refused = refused
        self._host = settings.host
        self._secure = settings.is_secure
        self._proxies = frozenset(settings.proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        named = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if scope["path"] not in PROBES and not (len(named) == 1 and self._is_ours(named[0].lower())):
            error = MisdirectedError(
                "That host is not served here.", code="web.host", hint="Set url under [portal] in kept.toml."
            )
            await self._refused(scope, error)(scope, receive, send)
            return
        if scope.get("client") and scope["client"][0] in self._proxies:
            told = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
            proto = [value for name, value in scope["headers"] if name == b"x-forwarded-proto"]
            is_clear = self._secure and not all(value == b"https" for value in proto)
            if self._secure and not is_clear:
                scope["scheme"] = "https"
            # Whoever came in the clear from nobody says where is not on this machine because the proxy is.
            unknown = "" if is_clear else scope["client"][0]
            scope["client"] = (_caller(",".join(told), self._proxies) or unknown, 0)
        await self._inner(scope, receive, send)

    def _is_ours(self, named: str) -> bool:
        if self._host:
            return named == self._host or _is_loopback(_host_of(named))
        # Whoever owns a name can turn it to this machine and have a browser ask; an address can't be turned.
        return _host_of(named) == "localhost" or _address(_host_of(named)) is not None


def _caller(told: str, proxies: frozenset[str]) -> str:
    for one in reversed(told.split(",")):
        address = _address(one.strip())
        if address is None:
            return ""
        if str(address) not in proxies:
            return str(address)
    return ""


def _host_of(named: str) -> str:
    try:
        parts = urlsplit(f"//{named}")
    except ValueError:
        return ""
    return parts.hostname or "" if parts.netloc == named and "@" not in named else ""


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)
