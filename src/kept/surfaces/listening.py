"""Runs a web application on a socket of this machine: its start, its readiness and its orderly end."""

import asyncio
import errno
import ipaddress
import socket
import ssl
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp

from kept.errors import Conflict, Denied, Invalid, Unavailable
from kept.surfaces.connections import HEAD_SECONDS, PacedProtocol, counted
from kept.surfaces.guard.crowds import Crowd

CONCURRENCY = 1024
GRACE_SECONDS = 10
CLOSE_SECONDS = 5.0
"""How long a peer has to answer that a connection of TLS ends."""


class _Server(uvicorn.Server):
    """Says when it is ready, and leaves signals to whoever runs it.

    uvicorn would raise a signal again once it has ended, and cut short what comes after it.
    """

    def __init__(self, config: uvicorn.Config, protocol: type[PacedProtocol]) -> None:
        super().__init__(config)
        self._protocol = protocol
        self.ready = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        # As uvicorn's own, but that a handshake of TLS has to end: asyncio would wait a minute for it.
        await self.lifespan.startup()
        tls = self.config.ssl
        self.servers = [
            await asyncio.get_running_loop().create_server(
                self._connection,
                sock=each,
                ssl=tls,
                backlog=self.config.backlog,
                ssl_handshake_timeout=HEAD_SECONDS if tls else None,
                ssl_shutdown_timeout=CLOSE_SECONDS if tls else None,
            )
            for each in sockets or ()
        ]
        self.started = True
        self.ready.set()

    def _connection(self) -> PacedProtocol:
        return self._protocol(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)


@asynccontextmanager
async def listening(
    application: ASGIApp,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
    crowd: Crowd | None = None,
) -> AsyncGenerator[str, None]:
    """Serve `application` while the block runs; yields its address, "http://127.0.0.1:<port>" or, by `tls`, https.

    Port 0 takes any free one. `crowd` lets connections in; without it they are only counted together. At the end,
    answers under way have ten seconds to finish. Raises Invalid (an unknown host), Conflict (the port is taken), Denied
    (the port is not ours to take) and Unavailable.
    """
    protocol = counted(crowd)
    config = uvicorn.Config(
        application,
        access_log=False,
        http=protocol,
        ws="none",
        # Whoever serves says where the log goes.
        log_config=None,
        lifespan="off",
        server_header=False,
        # Who asks is whoever connects: a header that anyone can write must not buy a fresh allowance.
        proxy_headers=False,
        limit_concurrency=CONCURRENCY,
        # Longer than clients keep an idle connection, so that none is closed just as it is used again.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    config.load()
    config.ssl = tls
    with _bound(host, port) as bound:
        server = _Server(config, protocol)
        running = asyncio.create_task(server.serve(sockets=[bound]))
        running.add_done_callback(lambda _: server.ready.set())
        try:
            await server.ready.wait()
            yield _address(bound, "https" if tls else "http")
        finally:
            server.should_exit = True
            await running


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except PermissionError as error:
        raise Denied(f"Port {port} may not be taken by this user.", code="listening.port") from error
    except socket.gaierror as error:
        raise Invalid(f"{host!r} is no address of this machine.", code="listening.host") from error
    except OverflowError as error:
        raise Invalid(f"{port} is no port.", code="listening.port", hint="Ports go from 0 to 65535.") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Conflict(
                f"Port {port} of {host} is taken.", code="listening.port", hint="Choose another, or 0 for any free one."
            ) from error
        raise Unavailable(f"{host}:{port} cannot be listened on: {error.strerror}.", code="listening.port") from error


def _address(bound: socket.socket, scheme: str) -> str:
    host, port = bound.getsockname()[:2]
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
