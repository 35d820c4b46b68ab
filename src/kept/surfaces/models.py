"""The verbs about models themselves: list, truth, serve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kept.interface.terminal import emit, json_option, wait_for

if TYPE_CHECKING:
    from kept.core.model import Model


@click.group()
def models() -> None:
    """List the ways to reach a model, print a planted truth, serve a model."""


@models.command("list")
@json_option
def list_models() -> None:
    """List the forms that a model's URI can take."""
    from kept.models import catalogue

    known = catalogue()
    width = max(len(entry["uri"]) for entry in known)
    emit(known, [f"{entry['uri']:<{width}}  {entry['about']}" for entry in known])


@models.command()
@click.argument("uri")
@json_option
def truth(uri: str) -> None:
    """Print what was planted in an embedded organism, as JSON."""
    from kept.models import truth as planted

    emit(planted(uri))


@models.command()
@click.argument("uri")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 takes any free port.")
@click.option("--name", default="", help="The name to serve it under; its own unless given.")
@click.option("--key-env", default="", metavar="NAME", help="The environment variable holding the key to ask for.")
@json_option
def serve(uri: str, *, host: str, port: int, name: str, key_env: str) -> None:
    """Serve a model over HTTP as OpenAI's chat completions, until Ctrl-C."""
    from kept.models import open_model

    model = open_model(uri)
    wait_for(_serve(model, host=host, port=port, name=name, key=_key(key_env)))


async def _serve(model: Model, *, host: str, port: int, name: str, key: str) -> None:
    import asyncio
    import os
    import signal
    from datetime import UTC, datetime

    from kept.surfaces.gateway.server import serving

    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    name = name or model.identity.name
    try:
        async with serving(
            model,
            clock=lambda: datetime.now(UTC),
            entropy=os.urandom,
            name=name,
            key=key,
            host=host,
            port=port,
        ) as base:
            _announce(base, name, model.identity.id)
            await stopped.wait()
    finally:
        await model.close()


def _announce(base: str, name: str, identity: str) -> None:
    from urllib.parse import quote

    fragment = quote(name, safe="/:=?@")
    document: dict[str, Any] = {
        "base": base,
        "model": name,
        "uri": f"openai:{base}#{fragment}",
        "pinned": f"openai:{base}?identity={identity}#{fragment}",
    }
    test = f"Test it with: kept assess '{document['uri']}'"
    emit(document, [f"{name} is served at {base}", test, "Ctrl-C stops it."])


def _key(variable: str) -> str:
    import os

    from kept.errors import Invalid

    if not variable:
        return ""
    found = os.environ.get(variable, "").strip()
    if len(found) < 16 or not found.isascii() or not found.isprintable():
        raise Invalid(
            f"The environment variable {variable} does not hold a key of at least 16 printable ASCII characters.",
            code="gateway.key",
        )
    return found
