"""`smtps://HOST[:465]` and `smtp://HOST[:587]`: mail, over TLS to every host but this machine.

By RFC 5321, with STARTTLS by RFC 3207 or TLS from the first byte by RFC 8314.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.utils import format_datetime
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kept.core.notify import LOCAL, ChannelDown, wording
from kept.errors import Denied, Invalid, KeptError, Unavailable

if TYPE_CHECKING:
    from kept.core.notify.records import Message
    from kept.core.notify.settings import ChannelSettings

_SECONDS = 10
_ANSWERS = 64 * 1024
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")


class _Heard:
    """What a server says, up to so many bytes: a reply has as many lines as whoever sends it likes."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._left = file, _ANSWERS

    def readline(self, size: int) -> bytes:
        """One more line. Raises OSError past the bound."""
        line = self._file.readline(size)
        self._left -= len(line)
        if self._left < 0:
            raise OSError(f"more than {_ANSWERS} bytes of answers")
        return line

    def close(self) -> None:
        """Let go of it."""
        self._file.close()


class _Client(smtplib.SMTP):
    """A client that isn't filled by what a server says, or whoever answers in its place before there is TLS.

    `held` is given the socket of the conversation, so that another thread can end it.
    """

    def __init__(self, held: list[socket.socket], *arguments: Any, **named: Any) -> None:
        self._held = held
        super().__init__(*arguments, **named)

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self._held[:] = [self.sock]
            self.file = _Heard(self.sock.makefile("rb"))
        return super().getreply()


class _TlsClient(_Client, smtplib.SMTP_SSL):
    """The same, over TLS from the first byte."""


class Mail:
    """A server that takes mail; its `repr` shows no password."""

    def __init__(self, told: ChannelSettings, secret: str) -> None:
        parts = urlsplit(told.url)
        self._told, self._secret = told, secret
        self._host = parts.hostname or ""
        self._begins_with_tls = parts.scheme == "smtps"
        self._port = parts.port or (465 if self._begins_with_tls else 587)
        # A server of this machine seldom has a certificate that anybody vouches for; where one is named, it must hold.
        self._is_clear = self._host in LOCAL and not told.authority and not self._begins_with_tls
        self._tls = None if self._is_clear else told.context()
        self._domain = told.sender.rpartition("@")[2]
        self._held: list[socket.socket] = []

    def __repr__(self) -> str:
        return f"<mail by {self._host}:{self._port}>"

    def send(self, message: Message, *, to: str) -> None:
        """Hand one mail over to the server.

        Raises ChannelDown where the server is out of reach or can't prove who it is, Unavailable where it doesn't take
        this mail now, Denied for a password that it refuses, and Invalid for what it never takes.
        """
        with self._translated(), self._connected() as client:
            if self._tls is not None and not self._begins_with_tls:
                client.starttls(context=self._tls)
                client.ehlo_or_helo_if_needed()
            if self._told.user:
                client.login(self._told.user, self._secret)
            client.send_message(self._written(message, to))
            # It is taken; how the conversation ends changes nothing.
            with suppress(smtplib.SMTPException, OSError):
                client.quit()

    def let_go(self) -> None:
        """End the conversation."""
        for each in self._held:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        if self._begins_with_tls:
            client: smtplib.SMTP = _TlsClient(
                self._held, self._host, self._port, self._domain, timeout=_SECONDS, context=self._tls
            )
        else:
            client = _Client(self._held, self._host, self._port, self._domain, timeout=_SECONDS)
        try:
            client.ehlo_or_helo_if_needed()
            yield client
        finally:
            client.close()

    def _written(self, message: Message, to: str) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = self._told.sender
        mail["To"] = to
        mail["Subject"] = wording.title(message)
        mail["Date"] = format_datetime(message.sent)
        mail["Message-ID"] = f"<{message.id}@{self._domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(wording.text(message), cte="quoted-printable")
        mail["Content-Language"] = message.language
        return mail

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Every failure as one of ours; what the server wrote isn't repeated, nor a cause that may hold a password."""
        try:
            yield
        except smtplib.SMTPAuthenticationError as error:
            raise Denied(
                f"{self._host} refuses the user or the password ({error.smtp_code}).", code="notify.password"
            ) from None
        except smtplib.SMTPNotSupportedError:
            raise ChannelDown(
                f"{self._host} offers no TLS, or no way to sign in, and so is told nothing.", code="notify.clear"
            ) from None
        except smtplib.SMTPRecipientsRefused as error:
            raise self._refusal(max(code for code, _ in error.recipients.values()), "this address") from None
        except smtplib.SMTPResponseException as error:
            raise self._refusal(error.smtp_code, "this mail") from None
        except ssl.SSLCertVerificationError as error:
            raise ChannelDown(
                f"{self._host} can't prove who it is: {error.verify_message}.", code="notify.certificate"
            ) from None
        except (OSError, UnicodeError, smtplib.SMTPException) as error:
            raise ChannelDown(
                f"{self._host} can't be reached: {type(error).__name__}.", code="notify.unreachable"
            ) from None

    def _refusal(self, code: int, what: str) -> KeptError:
        if 500 <= code < 600:
            return Invalid(f"{self._host} doesn't take {what} ({code}).", code="notify.refused")
        return Unavailable(f"{self._host} doesn't take {what} now ({code}).", code="notify.later")


def check(told: ChannelSettings, *, where: str) -> None:
    """Raises Invalid for a path or a query, no sender, or a user without a password."""
    parts = urlsplit(told.url)
    if parts.path not in ("", "/") or parts.query:
        raise Invalid(f"{where}: the url of a mail server has no path.", code="notify.url", hint="smtps://host:465")
    if not _ADDRESS.fullmatch(told.sender):
        raise Invalid(f"{where}: mail needs a sender.", code="notify.sender", hint='sender = "kept@acme.example"')
    if bool(told.user) != bool(told.secret) or not (told.user.isprintable() and told.user.isascii()):
        raise Invalid(f"{where}: a user has a secret, and a secret its user.", code="notify.user")


def check_address(address: str, *, where: str) -> None:
    """Raises Invalid for what is no address of mail."""
    if not _ADDRESS.fullmatch(address):
        raise Invalid(f"{where}: {address[:80]!r} is no address.", code="notify.address", hint="mail:ada@acme.example")


def open_channel(told: ChannelSettings, secret: str) -> Mail:
    """The server. Raises Invalid for an authority that can't be read."""
    return Mail(told, secret)
