"""`kept serve`: the rooms' pages and interfaces over HTTP, and their followers caught up meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kept import app
from kept.errors import Unavailable
from kept.interface.terminal import emit, json_option, tell, wait_for
from kept.surfaces.session import opened

if TYPE_CHECKING:
    from ssl import SSLContext

    from kept.app import App

FOLLOW_SECONDS = 5.0
CHORES_EVERY = 12
"""After how many rounds of followers the rooms' chores are done."""
WORK_SECONDS = 60.0
NOTIFY_SECONDS = 60.0


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="0 takes any free port.")
@click.option("--rate", default=5.0, show_default=True, type=click.FloatRange(0.01), help="Requests a second, each.")
@click.option("--burst", default=60.0, show_default=True, type=click.FloatRange(1), help="Requests at once, each.")
@click.option("--certificate", default="", metavar="FILE", help="Serve HTTPS by this certificate and key, as PEM.")
@click.option("--log", is_flag=True, help="Write a line for each request to stderr, without personal data.")
@json_option
@click.pass_context
def serve(
    context: click.Context, *, host: str, port: int, rate: float, burst: float, certificate: str, log: bool
) -> None:
    """Serve the rooms' pages and interfaces, and keep their followers caught up, until Ctrl-C."""
    from kept.surfaces.guard import logs

    logs.begin(requests=log)
    wait_for(_serve(opened(context), host=host, port=port, rate=rate, burst=burst, certificate=certificate))


async def _serve(workspace: App, *, host: str, port: int, rate: float, burst: float, certificate: str) -> None:
    import asyncio
    import signal
    import time

    from kept.interface.allowance import Allowance
    from kept.surfaces.guard.crowds import Crowd
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
        unheard=workspace.notifier.unheard,
        is_stopping=stopped.is_set,
    )
    tls = _tls(workspace, certificate)
    crowd = Crowd(workspace.portal.connections, proxies=workspace.portal.proxies)
    async with listening(built, host=host, port=port, tls=tls, crowd=crowd) as address:
        emit({"url": address}, [f"Served at {address}", "Ctrl-C stops it."])
        _welcome(workspace)
        running = [
            asyncio.create_task(each) for each in (_follow(workspace, tls), _work(workspace), _notify(workspace))
        ]
        for each in running:
            each.add_done_callback(lambda _: stopped.set())
        await stopped.wait()
        for each in running:
            if each.done():
                each.result()
            each.cancel()


def _welcome(workspace: App) -> None:
    """Where nobody has an account yet, make one for whoever sits at the terminal; a password is never put in a log."""
    import sys

    from kept.core.accounts import ADMIN

    if sys.stderr.isatty() and workspace.accounts.is_empty():
        account, password = workspace.accounts.add("admin", display="Admin", roles=[ADMIN])
        tell(f"Sign in as {account.name} with the one-time password {password}")


def _tls(workspace: App, certificate: str) -> SSLContext | None:
    """TLS by the certificate in a file, for those also whom rooms know by theirs."""
    from kept.surfaces.tls import context

    if not certificate:
        return None
    made = context(Path(certificate))
    _trust_clients(workspace, made)
    return made


def _trust_clients(workspace: App, tls: SSLContext) -> None:
    from kept.surfaces.tls import trust

    for room in app.practices().values():
        if room.clients:
            trust(tls, getattr(workspace.service(room.name), room.clients))


async def _follow(workspace: App, tls: SSLContext | None = None) -> None:
    """Catch up every follower, again and again; what one raises ends the serving rather than being passed over.

    A store that is busy or out of reach for a while ends nothing: what was not done is done the next time.
    """
    import asyncio
    from itertools import count

    for turn in count():
        await asyncio.to_thread(catch_up, workspace, tls, chores=turn % CHORES_EVERY == 0)
        await asyncio.sleep(FOLLOW_SECONDS)


def catch_up(workspace: App, tls: SSLContext | None = None, *, chores: bool) -> None:
    """What `kept serve` does between requests, once: followers, whose certificates count, and chores.

    What is out of reach is told, and keeps nothing else from being done; the next time is soon.
    """
    for name in sorted(name for room in app.practices().values() for name in room.followers):
        with _told_if_away(name):
            workspace.service("ledger").follow(name, predicates=(), show=lambda _: None)
    if tls is not None:
        with _told_if_away("certificates"):
            _trust_clients(workspace, tls)
    if chores:
        do_chores(workspace)


async def _work(workspace: App) -> None:
    """Do what takes long, again and again, in a thread of its own; what one raises ends the serving, too."""
    import asyncio

    while True:
        await asyncio.sleep(WORK_SECONDS)
        await asyncio.to_thread(do_works, workspace)


async def _notify(workspace: App) -> None:
    """Tell people of what is due, again and again, in a thread of its own; what one raises ends the serving, too."""
    import asyncio

    while True:
        await asyncio.to_thread(do_notify, workspace)
        await asyncio.sleep(NOTIFY_SECONDS)


def do_notify(workspace: App) -> None:
    """Tell people of what is due, once; what can't be told is told here, and tried again by and by."""
    with _told_if_away("notify"):
        for each in workspace.notifier.look().failed:
            tell(f"notify: {each}")


def do_works(workspace: App) -> None:
    """What the rooms do at length by themselves, once; what is out of reach is told, and tried again the next time."""
    import asyncio

    for room in app.practices().values():
        for verb in room.works:
            with _told_if_away(room.name):
                asyncio.run(getattr(workspace.service(room.name), verb)())


def do_chores(workspace: App) -> None:
    """What the rooms look after by themselves, once; told and tried again as works are."""
    for room in app.practices().values():
        for verb in room.chores:
            with _told_if_away(room.name):
                getattr(workspace.service(room.name), verb)()


@contextmanager
def _told_if_away(what: str) -> Iterator[None]:
    """Tell of what is out of reach, and go on; whatever else is raised ends the serving."""
    try:
        yield
    except Unavailable as error:
        tell(f"{what}, tried again later: {error}")
