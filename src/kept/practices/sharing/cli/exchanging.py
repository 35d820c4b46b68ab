"""`kept sharing publish`, `push`, `pull` and `follow`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kept.interface.terminal import current_actor, emit, json_option, tell, wait_for

if TYPE_CHECKING:
    from kept.practices.sharing.records import Pulled, Pushed
    from kept.practices.sharing.service import Service

_LIMIT = 64 * 1024 * 1024


def add_exchanging(group: click.Group, service: Callable[[], Service]) -> None:
    """The verbs that send and fetch."""
    _add_sending(group, service)
    _add_fetching(group, service)


def _add_sending(group: click.Group, service: Callable[[], Service]) -> None:
    file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    tlp = click.option("--tlp", default="", metavar="LEVEL", help="Marks what isn't marked: clear to red.")
    to = click.option("--to", multiple=True, metavar="PEER", help="Who may have it; RED and AMBER need names.")

    @group.command(help="Sign the objects of FILE (a bundle or one object) and put them into COLLECTION of ours.")
    @click.argument("collection")
    @file
    @tlp
    @to
    @json_option
    def publish(collection: str, file: Path, tlp: str, to: tuple[str, ...]) -> None:
        done = service().publish(_objects(file), collection=collection, to=to, tlp=tlp, by=current_actor())
        emit(done, [f"{each.id}: {each.why or 'published'}" for each in done])

    @group.command(help="Sign the objects of FILE and send them to PEER; they wait where it can't be reached.")
    @click.argument("peer")
    @file
    @click.option("--collection", required=True, metavar="ID", help="Which of the peer's collections.")
    @tlp
    @to
    @json_option
    def push(peer: str, file: Path, collection: str, tlp: str, to: tuple[str, ...]) -> None:
        work = service().push(peer, _objects(file), collection=collection, to=to, tlp=tlp, by=current_actor())
        done = wait_for(work)
        emit(done, _pushed(done))


def _add_fetching(group: click.Group, service: Callable[[], Service]) -> None:
    @group.command(help="Fetch what is new at PEER.")
    @click.argument("peer")
    @json_option
    def pull(peer: str) -> None:
        done = wait_for(service().pull(peer, by=current_actor()))
        emit(done, [line for each in done for line in _pulled(each)] or ["There is nothing that may be read."])

    @group.command(help="Send what waits and fetch what is new, of every PEER or of all, until Ctrl-C.")
    @click.argument("peers", nargs=-1, metavar="[PEER]...")
    @click.option("--every", default=60.0, show_default=True, type=click.FloatRange(1), help="Seconds between rounds.")
    @click.option("--rounds", default=0, show_default=True, type=click.IntRange(0), help="How many; 0 goes on.")
    @json_option
    def follow(peers: tuple[str, ...], every: float, rounds: int) -> None:
        from kept.practices.sharing.records import Pulled

        def told(each: Pulled | Pushed) -> None:
            for line in _pulled(each) if isinstance(each, Pulled) else _pushed(each):
                tell(line)

        done = wait_for(service().follow(peers, every=every, rounds=rounds, told=told, by=current_actor()))
        emit({"rounds": done}, f"{done} rounds.")


def _objects(file: Path) -> list[Mapping[str, Any]]:
    from kept.core import canonical
    from kept.practices.sharing.service.publishing import objects_in

    return objects_in(canonical.decode(file.read_bytes(), limit=_LIMIT, what=str(file)))


def _pulled(each: Pulled) -> Iterable[str]:
    yield f"{each.peer} {each.title}: {each.new} new, {each.again} here already, {len(each.refused)} refused"
    yield from (f"  refused {one.id}: {one.why}" for one in each.refused)
    if each.why:
        yield f"  stopped: {each.why}"


def _pushed(each: Pushed) -> Iterable[str]:
    yield f"{each.peer}: {each.sent} sent, {len(each.refused)} refused, {each.waiting} waiting"
    yield from (f"  refused {one.id}: {one.why}" for one in each.refused)
    if each.why:
        yield f"  stopped: {each.why}"
