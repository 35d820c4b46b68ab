"""`kept serve`: the rooms' pages and interfaces over HTTP, and their followers caught up meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kept import app
from kept.interface.terminal import emit, json_option, tell, wait_for
from kept.surfaces.session import opened

if TYPE_CHECKING:
    from kept.app import App

FOLLOW_SECONDS = 5.0
CHORES_EVERY = 12
"""After how many rounds of followers the rooms' chores are done."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="0 takes any free port.")
@click.option("--rate", default=5.0, show_default=True, type=click.FloatRange(0.01), help="Requests a second, each.")
@click.option("--burst", default=60.0, show_default=True, type=click.FloatRange(1), help="Requests at once, each.")
@click.option("--log", is_flag=True, help="Write a line for each request to stderr, without personal data.")
@json_option
@click.pass_context
def serve(context: click.Context, *, host: str, port: int, rate: float, burst: float, log: bool) -> None:
    """Serve the rooms' pages and interfaces, and keep their followers caught up, until Ctrl-C."""
    from kept.surfaces.guard import logs

    logs.begin(requests=log)
    wait_for(_serve(opened(context), host=host, port=port, rate=rate, burst=burst))


async def _serve(workspace: App, *, host: str, port: int, rate: float, burst: float) -> None:
    import asyncio
    import signal
    import time

    from kept.interface.allowance import Allowance
    from kept.surfaces.listening import listening
    from kept.surfaces.portal.standing import Standings
    from kept.surfaces.web import application

    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    rooms = app.practices().values()
    built = application(
        rooms,
        workspace.service,
        accounts=lambda: workspace.accounts,
        organisation=workspace.workspace.name,
        allowance=Allowance(time.monotonic, rate=rate, burst=burst),
        standings=Standings(lambda: workspace.service("reporting").status(), lambda: workspace.ledger.size()),
        settings=workspace.portal,
        is_stopping=stopped.is_set,
    )
    async with listening(built, host=host, port=port) as address:
        emit({"url": address}, [f"Served at {address}", "Ctrl-C stops it."])
        _welcome(workspace)
        following = asyncio.create_task(_follow(workspace))
        following.add_done_callback(lambda _: stopped.set())
        await stopped.wait()
        if following.done():
            following.result()
        following.cancel()


def _welcome(workspace: App) -> None:
    """Where nobody has an account yet, make one for whoever sits at the terminal; a password is never put in a log."""
    import sys

    from kept.core.accounts import ADMIN

    if sys.stderr.isatty() and workspace.accounts.is_empty():
        account, password = workspace.accounts.add("admin", display="Admin", roles=[ADMIN])
        tell(f"Sign in as {account.name} with the one-time password {password}")


async def _follow(workspace: App) -> None:
    """Catch up every follower, again and again; what one raises ends the serving rather than being passed over."""
    import asyncio
    from itertools import count

    names = sorted(name for room in app.practices().values() for name in room.followers)
    ledger = workspace.service("ledger")
    for turn in count():
        for name in names:
            await asyncio.to_thread(ledger.follow, name, predicates=(), show=lambda _: None)
        if turn % CHORES_EVERY == 0:
            await asyncio.to_thread(do_chores, workspace)
        await asyncio.sleep(FOLLOW_SECONDS)


def do_chores(workspace: App) -> None:
    """What the rooms look after by themselves, once; what one raises ends the serving, too."""
    for room in app.practices().values():
        for verb in room.chores:
            getattr(workspace.service(room.name), verb)()
