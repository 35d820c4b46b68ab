"""`kept sharing object`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kept.interface.terminal import current_actor, emit, json_option

if TYPE_CHECKING:
    from rich.console import Console

    from kept.practices.sharing.records.library import BroughtIn, Held, Left
    from kept.practices.sharing.records.overseeing import Found
    from kept.practices.sharing.service import Service

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
ABOUT = (
    click.option("--description", default="", help="What it does, in a few sentences."),
    click.option("--atlas", multiple=True, metavar="AML.T0054", help="A technique of ATLAS; repeatable."),
    click.option("--nist", multiple=True, metavar="OUTCOME", help='An outcome of the NIST AI RMF, as "MEASURE 2.7".'),
    click.option("--tlp", default="amber", help="How far it may be passed on: clear to red."),
)
KINDS = {"incident": "AI incident", "notice": "dangerous-capability notice", "mitigation": "mitigation"}


def add_objects(group: click.Group, service: Callable[[], Service]) -> None:
    """The verbs about objects."""

    @group.group(name="object", help="Make what is shared, bring in what others made, and write it for others.")
    def objects() -> None:
        pass

    _add_making(objects, service)

    @objects.command(name="list", help="List every object that was made or brought in here.")
    @json_option
    def list_objects() -> None:
        rows = service().object_list()
        emit(rows, lambda console: _print(rows, console))

    @objects.command(help="Show the object NAME (or its id) as STIX.")
    @click.argument("name")
    @json_option
    def show(name: str) -> None:
        emit(service().object_show(name))

    _add_finding(objects, service)

    @objects.command(name="import", help="Bring in what PATH holds, of FORM stix, atlas, misp, avid or nova.")
    @click.argument("form", type=click.Choice(["stix", "atlas", "misp", "avid", "nova"]))
    @click.argument("path", type=FILE)
    @json_option
    def import_objects(form: str, path: Path) -> None:
        found = service().object_import(form, path, by=current_actor())
        emit(found, _lines_of(found))

    @objects.command(help="Write the objects NAMES as FORM stix, misp or avid into a new file.")
    @click.argument("form", type=click.Choice(["stix", "misp", "avid"]))
    @click.argument("names", nargs=-1, required=True)
    @click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
    @json_option
    def export(form: str, names: tuple[str, ...], out: Path) -> None:
        from kept.practices.sharing.backends.files import write_new

        found = service().object_export(form, names)
        write_new(out, found.data)
        told = {"objects": found.objects, "refused": found.refused, "path": out}
        emit(told, [f"{found.objects:,} objects are in {out}.", *_refusals(found.refused)])


def _add_finding(objects: click.Group, service: Callable[[], Service]) -> None:
    @objects.command(help="Find objects, the newest first: made here, published by us, or received.")
    @click.option("--whose", type=click.Choice(["own", "published", "received"]), default="own", show_default=True)
    @click.option("--kind", default="", metavar="TYPE", help="A type of STIX, as indicator or incident.")
    @click.option("--tlp", default="", metavar="LEVEL", help="How far it may be passed on: clear to red.")
    @click.option("--collection", default="", metavar="ID", help="Where it stands.")
    @click.option("--after", default="", help="Where a list before ended: the id of one's own, else the cursor.")
    @json_option
    def find(whose: Any, **chosen: str) -> None:
        rows = service().object_find(whose=whose, **chosen, by=current_actor())
        emit(rows, [_found(each) for each in rows] or ["There is no such object."])

    @objects.command(help="Tell all that is known here of the object ID: versions, replays, sightings.")
    @click.argument("name", metavar="ID")
    @click.option("--cursor", default=0, type=click.IntRange(0), help="Show the version that came at this cursor.")
    @json_option
    def trace(name: str, cursor: int) -> None:
        found = service().object_trace(name, cursor=cursor, by=current_actor())
        emit(
            found,
            [
                f"{found.id}: {found.document.get('name', '')}",
                *[
                    f"{each.cursor}  {each.version}  {each.owner or 'ours'}  {each.title}  TLP:{each.tlp.upper()}"
                    for each in found.versions
                ],
                *[f"{each.id}  {each.state}  {each.model}  {each.why}".rstrip() for each in found.replays],
                *[f"{each.replay}  {each.state}  {each.peer}  {each.why}".rstrip() for each in found.told],
                *[f"{each.peer} saw it: {each.successes} of {each.trials}" for each in found.heard],
            ],
        )


def _add_making(objects: click.Group, service: Callable[[], Service]) -> None:
    @objects.group(name="new", help="Make an object; what came from a user is refused.")
    def new() -> None:
        pass

    @new.command(help="Make a circumvention pattern NAME from a template: each --turn with {slots}.")
    @click.argument("name")
    @click.option("--technique", required=True, help="role-play, instruction-override, encoding, …")
    @click.option("--turn", "turns", multiple=True, help="What the user says in a turn; repeatable.")
    @click.option("--turns-from", type=FILE, help="The turns as a JSON list of texts.")
    @click.option(
        "--slot", "slots", multiple=True, metavar="NAME:KIND", help="Kinds: request, topic, name, language, …"
    )
    @click.option("--language", "languages", multiple=True, default=("en",), help="Its language; repeatable.")
    @click.option("--domain", "domains", multiple=True, help="What it was used for, as cyber; repeatable.")
    @click.option("--log", type=FILE, help='The log of prompts, one JSON a line: {"prompt": …, "sender": …}.')
    @click.option("--no-log", "unlogged", default="", metavar="REASON", help="Why there is no log.")
    @_about
    @json_option
    def jailbreak(name: str, turns: tuple[str, ...], turns_from: Path | None, log: Path | None, **chosen: Any) -> None:
        from kept.practices.sharing.backends.files import logged, texts

        held, scanned = service().object_new_jailbreak(
            _told(name, chosen),
            chosen["technique"],
            (*turns, *(texts(turns_from) if turns_from else ())),
            dict(_slots(chosen["slots"])),
            log=logged(log) if log else None,
            unlogged=chosen["unlogged"],
            languages=chosen["languages"],
            domains=chosen["domains"],
            by=current_actor(),
        )
        against = f"{scanned.prompts:,} logged prompts" if not scanned.reason else f"no log ({scanned.reason})"
        emit({"object": held, "scanned": scanned}, f"{held.name} is {held.id}; it was held against {against}.")

    for kind, words in KINDS.items():
        _add_kind(new, kind, words, service)


def _add_kind(new: click.Group, kind: str, words: str, service: Callable[[], Service]) -> None:
    @new.command(name=kind, help=f"Make the {words} NAME from the JSON of its fields.")
    @click.argument("name")
    @click.argument("fields", type=FILE)
    @_about
    @json_option
    def make(name: str, fields: Path, **chosen: Any) -> None:
        from kept.practices.sharing.backends.files import whole

        make_it = getattr(service(), f"object_new_{kind}")
        held = make_it(_told(name, chosen), whole(fields), by=current_actor())
        emit(held, f"{held.name} is {held.id}.")


def _about(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(ABOUT):
        command = option(command)
    return command


def _told(name: str, chosen: dict[str, Any]) -> Any:
    from kept.practices.sharing.records.library import Told

    return Told(name, chosen["description"], chosen["atlas"], chosen["nist"], chosen["tlp"])


def _slots(told: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for each in told:
        name, _, kind = each.partition(":")
        yield name, kind


def _lines_of(found: BroughtIn) -> list[str]:
    return [f"{len(found.objects):,} objects were brought in.", *_refusals(found.refused)]


def _found(each: Found) -> str:
    where = f"{each.owner or 'ours'}, {each.collection}" if each.cursor else each.owner or "ours"
    return f"{each.cursor}  {each.id}  {each.kind}  {each.name}  TLP:{each.tlp.upper() or '-'}  {where}"


def _refusals(refused: tuple[Left, ...]) -> list[str]:
    return [f"Refused: {each.name}: {each.reason}" for each in refused]


def _print(rows: tuple[Held, ...], console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table("name", "kind", "from", "version", "id", box=None)
    for row in rows:
        table.add_row(*map(Text, (row.name, row.kind, row.origin, row.version, row.id)))
    console.print(table)
