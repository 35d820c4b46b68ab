"""Tells people what is due: one Protocol of channels, a dictionary from URL scheme to driver, one driver per file.

A driver is a module with `check`, `check_address` and `open_channel`, of the shape of those below without the scheme's
choice. A message holds no text of a report and nothing of its reporter: ids, clocks, and links to pages where who reads
them must sign in.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from kept.core.reference import load
from kept.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from kept.core.notify.records import Message
    from kept.core.notify.settings import ChannelSettings

SCHEMES: dict[str, str] = {
    "smtp": "kept.core.notify.smtp",
    "smtps": "kept.core.notify.smtp",
    "https": "kept.core.notify.webhook",
    "http": "kept.core.notify.webhook",
}
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts that are reached without leaving this machine, and so may be spoken to in the clear."""


class ChannelDown(Unavailable):
    """Nothing gets through a channel now, whoever it is for."""


class Channel(Protocol):
    """A way to reach people; its `repr` shows no secret."""

    def send(self, message: Message, *, to: str) -> None:
        """Hand a message over to whoever delivers it.

        Raises Unavailable where another try may help (ChannelDown where none gets through), else Denied or Invalid.
        """
        ...

    def let_go(self) -> None:
        """End the conversation that `send` holds in another thread, if it holds one."""
        ...


def check(told: ChannelSettings, *, where: str) -> None:
    """Raises Invalid for a channel that can't be: an unknown scheme, no host, a secret in its URL, clear text."""
    driven = _of(told, "check", where=where)
    parts = urlsplit(told.url)
    if parts.username is not None or parts.password is not None:
        raise Invalid(
            f"{where}: the url carries a name or a password.", code="notify.url", hint="Say user and secret instead."
        )
    if not parts.hostname or parts.fragment or not re.fullmatch(r"[!-~]+", told.url):
        raise Invalid(f"{where}: the url names no server.", code="notify.url", hint="smtps://mail.example")
    driven(told, where=where)


def check_address(told: ChannelSettings, address: str, *, where: str) -> None:
    """Raises Invalid for what can be nobody's address in this channel."""
    _of(told, "check_address", where=where)(address, where=where)


def open_channel(told: ChannelSettings, secret: str) -> Channel:
    """The channel that settings name. Raises Invalid for an authority that can't be read."""
    found: Channel = _of(told, "open_channel", where="[notify]")(told, secret)
    return found


def _of(told: ChannelSettings, function: str, *, where: str) -> Any:
    """A function of the driver for a URL; the URL isn't repeated, since people paste secrets there."""
    try:
        parts = urlsplit(told.url)
        scheme = "" if parts.port == 0 else parts.scheme
    except ValueError:
        scheme = ""
    if scheme not in SCHEMES:
        known = ", ".join(f"{name}://" for name in SCHEMES if name != "http")
        raise Invalid(f"{where}: no channel has a url like this.", code="notify.url", hint=f"Use one of {known}.")
    return load(f"{SCHEMES[scheme]}:{function}")
