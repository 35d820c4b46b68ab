"""Runs the gateway until its block ends."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from kept.core.context import Clock, Entropy
from kept.core.model import Model
from kept.errors import Invalid
from kept.surfaces.gateway.application import Gateway
from kept.surfaces.listening import is_loopback, listening


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

    `name` is the identity's unless given. The model stays open. Raises Invalid for a keyless server for the whole
    network, and what `listening` raises.
    """
    if not key and not is_loopback(host):
        raise Invalid(
            f"Without a key, everyone who reaches {host} could use the model.",
            code="gateway.open",
            hint="Name the environment variable that holds a key: --key-env NAME.",
        )
    gateway = Gateway(model, name=name or model.identity.name, clock=clock, entropy=entropy, key=key)
    async with listening(gateway, host=host, port=port) as address:
        yield f"{address}/v1"
