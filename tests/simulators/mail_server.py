"""A mail server in a thread: aiosmtpd, that keeps what it is sent, and does what a test tells it to."""

import asyncio
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

Sent = tuple[str, EmailMessage]


@dataclass
class Post:
    """What came in: to whom, and what. `answers` are the server's next words on a mail, instead of taking it."""

    port: int = 0
    refused: str = ""
    sent: list[Sent] = field(default_factory=list)
    signed_in: list[tuple[str, bool]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    before_answer: Callable[[], None] = lambda: None

    async def handle_RCPT(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address == self.refused:
            return "550 nobody here is called that"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        if self.answers:
            return self.answers.pop(0)
        found = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        assert isinstance(found, EmailMessage)
        self.signed_in.append((str(session.authenticated), session.ssl is not None))
        self.sent += [(to, found) for to in envelope.rcpt_tos]
        self.before_answer()
        return "250 taken"

    def texts(self) -> list[str]:
        """What was written in each mail, the oldest first."""
        return [mail.get_content() for _, mail in self.sent]


@contextmanager
def post_office(
    *, tls: ssl.SSLContext | None = None, implicit: bool = False, password: str = "", refused: str = ""
) -> Iterator[Post]:
    """The server on 127.0.0.1 while the block runs: with `tls` by STARTTLS, or from the first byte where `implicit`.

    With a `password` only the user "kept" who has it may send; nobody may send to `refused`.
    """
    post, ready, loop = Post(refused=refused), threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: LoginPassword) -> AuthResult:
        right = (data.login, data.password) == (b"kept", password.encode())
        return AuthResult(success=right, handled=False)

    def conversation() -> SMTP:
        # It can't see TLS that began before it did, and warns of passwords in the clear.
        warnings.filterwarnings("ignore", message="Requiring AUTH", category=UserWarning)
        return SMTP(
            post,
            hostname="mail.test",
            tls_context=None if implicit else tls,
            require_starttls=tls is not None and not implicit,
            authenticator=authenticate if password else None,
            auth_required=bool(password),
            auth_require_tls=tls is not None and not implicit,
            loop=loop,
        )

    async def run() -> None:
        server = await loop.create_server(conversation, "127.0.0.1", 0, ssl=tls if implicit else None)
        post.port = server.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        server.close()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    ready.wait(30)
    try:
        yield post
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
