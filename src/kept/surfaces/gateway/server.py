"""Runs the gateway: its socket, its start and its orderly end."""

import asyncio
import errno
import ipaddress
import socket
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn

from kept.core.context import Clock, Entropy
from kept.core.model import Model
from kept.errors import Conflict, Denied, Invalid, Unavailable
from kept.surfaces.gateway.application import Gateway

CONCURRENCY = 1024
GRACE_SECONDS = 10


class _Server(uvicorn.Server):
    """Says when it is ready, and leaves signals to whoever runs it.

    uvicorn would raise a signal again once it has ended, and cut short what comes after it.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@asynccontextmanager
async def serving(
    model: Model,
    *,
    clock: Clock,
    entropy: Entropy,
    name: str = "",
    key: str = "",
    host: str = "127.0.0.1",
    port: int = 0,
) -> AsyncGenerator[str, None]:
    """Serve `model` while the block runs; yields the base URL, "http://127.0.0.1:<port>/v1".

    `name` is the identity's unless given; port 0 takes any free one. At the end, answers under way have ten
    seconds to finish. The model stays open. Raises Invalid (a keyless server for the whole network, or an
    unknown host), Conflict (the port is taken) and Denied (the port is not ours to take).
    """
    if not key and not _loopback(host):
        raise Invalid(
            f"Without a key, everyone who reaches {host} could use the model.",
            code="gateway.open",
            hint="Name the environment variable that holds a key: --key-env NAME.",
        )
    gateway = Gateway(model, name=name or model.identity.name, clock=clock, entropy=entropy, key=key)
    config = uvicorn.Config(
        gateway,
        access_log=False,
        log_level="warning",
        lifespan="off",
        server_header=False,
        limit_concurrency=CONCURRENCY,
        # Longer than clients keep an idle connection, so that none is closed just as it is used again.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    with _bound(host, port) as listening:
        server = _Server(config)
        running = asyncio.create_task(server.serve(sockets=[listening]))
        running.add_done_callback(lambda _: server.ready.set())
        try:
            await server.ready.wait()
            yield _base(listening)
        finally:
            server.should_exit = True
            await running


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except PermissionError as error:
        raise Denied(f"Port {port} may not be taken by this user.", code="gateway.port") from error
    except socket.gaierror as error:
        raise Invalid(f"{host!r} is no address of this machine.", code="gateway.host") from error
    except OverflowError as error:
        raise Invalid(f"{port} is no port.", code="gateway.port", hint="Ports go from 0 to 65535.") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Conflict(
                f"Port {port} of {host} is taken.", code="gateway.port", hint="Choose another, or 0 for any free one."
            ) from error
        raise Unavailable(f"{host}:{port} cannot be listened on: {error.strerror}.", code="gateway.port") from error


def _base(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/v1"


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
