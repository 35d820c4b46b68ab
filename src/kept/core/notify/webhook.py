"""`https://HOST/PATH`: a POST of JSON that only who has the secret can have made; `http://` to this machine alone.

`Kept-Signature: v1=HEX` is HMAC-SHA256 over the digits of `Kept-Time`, a full stop, and the body, so that neither can
be changed nor played again later; `Kept-Delivery` is the same whenever a message is sent again.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kept.core import canonical
from kept.core.notify import LOCAL, ChannelDown, wording
from kept.errors import Denied, Invalid, KeptError, Unavailable

if TYPE_CHECKING:
    from kept.core.notify.records import Message
    from kept.core.notify.settings import ChannelSettings

_SECONDS, _ANSWER_LIMIT, _ADDRESS_LIMIT = 10, 64 * 1024, 128
_SECRET = 16
_LATER = frozenset({408, 425, 429})


class Webhook:
    """An address that takes messages as JSON; its `repr` shows neither secret nor path."""

    def __init__(self, told: ChannelSettings, secret: str) -> None:
        parts = urlsplit(told.url)
        self._host, self._port = parts.hostname or "", parts.port
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._tls = told.context() if parts.scheme == "https" else None
        self._secret = secret.encode()
        self._held: socket.socket | None = None

    def __repr__(self) -> str:
        return f"<webhook at {self._host}>"

    def send(self, message: Message, *, to: str) -> None:
        """Post a message; no redirect is followed, so that it goes to the address that was named and to no other.

        Raises ChannelDown where the server is out of reach or can't prove who it is, Unavailable where it can't take
        the message now, Denied for a redirect, and Invalid where it refuses the message.
        """
        body = canonical.encode(wording.document(message, to=to))
        time = str(int(message.sent.timestamp()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "kept",
            "Kept-Delivery": message.id,
            "Kept-Time": time,
            "Kept-Signature": signature(self._secret, time, body),
        }
        connection = self._connection()
        try:
            connection.connect()
            self._held = connection.sock
            connection.request("POST", self._path, body=body, headers=headers)
            answer = connection.getresponse()
            answer.read(_ANSWER_LIMIT)
            status = answer.status
        except ssl.SSLCertVerificationError as error:
            raise ChannelDown(
                f"{self._host} can't prove who it is: {error.verify_message}.", code="notify.certificate"
            ) from None
        except (OSError, UnicodeError, http.client.HTTPException) as error:
            raise ChannelDown(
                f"{self._host} can't be reached: {type(error).__name__}.", code="notify.unreachable"
            ) from None
        finally:
            connection.close()
        if not 200 <= status < 300:
            raise self._refusal(status)

    def let_go(self) -> None:
        """End the conversation: of a server that says "100 Continue" for ever there is no other end."""
        if self._held is not None:
            with suppress(OSError):
                self._held.shutdown(socket.SHUT_RDWR)

    def _connection(self) -> http.client.HTTPConnection:
        if self._tls is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=_SECONDS)
        return http.client.HTTPSConnection(self._host, self._port, timeout=_SECONDS, context=self._tls)

    def _refusal(self, status: int) -> KeptError:
        if 300 <= status < 400:
            return Denied(f"{self._host} leads elsewhere ({status}), and isn't followed.", code="notify.redirect")
        if status in _LATER or status >= 500:
            return Unavailable(f"{self._host} can't take it now ({status}).", code="notify.later")
        return Invalid(f"{self._host} refuses it ({status}).", code="notify.refused")


def signature(secret: bytes, time: str, body: bytes) -> str:
    """What `Kept-Signature` says of a body that is sent at a time, in seconds since 1970 as digits."""
    return f"v1={hmac.digest(secret, time.encode() + b'.' + body, hashlib.sha256).hex()}"


def check(told: ChannelSettings, *, where: str) -> None:
    """Raises Invalid for clear text to another machine, no secret, or what only mail has."""
    parts = urlsplit(told.url)
    if parts.scheme == "http" and parts.hostname not in LOCAL:
        raise Invalid(f"{where}: the url would be spoken to in the clear.", code="notify.clear", hint="Use https://.")
    if not told.secret:
        raise Invalid(f"{where}: a webhook needs a secret.", code="notify.secret", hint='secret = "env:KEPT_HOOK"')
    if told.sender or told.user:
        raise Invalid(f"{where}: sender and user are of mail.", code="notify.user")


def check_address(address: str, *, where: str) -> None:
    """Raises Invalid for a name that isn't short and on one line; none is needed."""
    if len(address) > _ADDRESS_LIMIT or not address.isprintable():
        raise Invalid(f"{where}: a name at a webhook is short, on one line.", code="notify.address")


def open_channel(told: ChannelSettings, secret: str) -> Webhook:
    """The address. Raises Invalid for a secret that can be guessed, or an authority that can't be read."""
    if len(secret) < _SECRET:
        raise Invalid(
            f"The secret of a webhook has at least {_SECRET} characters.",
            code="notify.secret",
            hint="openssl rand -hex 32",
        )
    return Webhook(told, secret)
