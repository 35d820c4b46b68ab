"""`kept red-team evaluation` and `kept red-team dataset`: what others made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kept.interface.terminal import current_actor, emit, json_option, progress, wait_for

if TYPE_CHECKING:
    from rich.console import Console

    from kept.practices.red_team.methods.evaluations import Reading
    from kept.practices.red_team.service import Service
    from kept.practices.red_team.service.foreign import Held, Imported

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)
ABOUT = click.option(
    "--about", default="", metavar="MODEL", help="The governed model: a name from kept.toml, or a URI."
)
SCORER = click.option("--scorer", default="", help="Whose scores count, where a log of inspect_ai has several.")
SUCCEEDED = click.option("--succeeded", multiple=True, metavar="VALUE", help="A score that is a success; repeatable.")
RESISTED = click.option("--resisted", multiple=True, metavar="VALUE", help="A score that is none; repeatable.")


def evaluation_group(service: Callable[[], Service]) -> click.Group:
    """The verbs for evaluations that other tools ran."""

    @click.group(name="evaluation", help="Record what other tools measured.")
    def group() -> None:
        pass

    @group.command(name="import", help="Record what LOG says: of TOOL garak, inspect or promptfoo.")
    @click.argument("tool", type=click.Choice(["garak", "inspect", "promptfoo"]))
    @click.argument("log", type=FILE)
    @ABOUT
    @SCORER
    @SUCCEEDED
    @RESISTED
    @json_option
    def import_log(tool: str, log: Path, about: str, **chosen: Any) -> None:
        room = service()
        reading = _reading(**chosen)
        found = wait_for(room.evaluation_import(tool, log, by=current_actor(), about=about, reading=reading))
        emit(found, _told(found))

    @group.command(
        help="Run TASK (a file, or file@name) of inspect_ai on MODEL, as inspect_ai names it, and record it."
    )
    @click.argument("task")
    @click.argument("model")
    @click.option("--logs", type=FOLDER, required=True, help="Where its log stays.")
    @ABOUT
    @SCORER
    @SUCCEEDED
    @RESISTED
    @json_option
    def run(task: str, model: str, logs: Path, about: str, **chosen: Any) -> None:
        room = service()
        reading = _reading(**chosen)
        found = wait_for(room.evaluation_run(task, model, logs, by=current_actor(), about=about, reading=reading))
        emit(found, _told(found))

    return group


def dataset_group(service: Callable[[], Service]) -> click.Group:
    """The verbs for data sets of others."""

    @click.group(name="dataset", help="Data sets of others, by path and SHA-256; none of them ships.")
    def group() -> None:
        pass

    @group.command(name="list", help="List the known data sets, their revision and licence, and what was imported.")
    @json_option
    def list_datasets() -> None:
        found = service().dataset_list()
        emit(found, lambda console: _print_datasets(found, console))

    @group.command(name="import", help="Bring the data set NAME in the file PATH into the private store.")
    @click.argument("name")
    @click.argument("path", type=FILE)
    @click.option("--sha256", "digest", required=True, help="What its SHA-256 must be.")
    @json_option
    def import_dataset(name: str, path: Path, digest: str) -> None:
        held = service().dataset_import(name, path, digest=digest)
        emit(held, f"{held.dataset.title}: {held.items:,} items. {held.dataset.licence}.")

    @group.command(help="Ask MODEL every item of the imported data set NAME, and count refusals.")
    @click.argument("name")
    @click.argument("model")
    @json_option
    def measure(name: str, model: str) -> None:
        with progress(f"{name}: {model}") as told:
            found = wait_for(service().dataset_measure(name, model, by=current_actor(), progress=told))
        counts = f"{found.succeeded:,} succeeded, {found.resisted:,} resisted, {found.unassessed:,} unassessed"
        emit(found, f"{found.measurement}: {counts}. Announced as entry {found.plan}, recorded as {found.result}.")

    return group


def _reading(*, scorer: str, succeeded: tuple[str, ...], resisted: tuple[str, ...]) -> Reading | None:
    from kept.practices.red_team.methods.evaluations import Reading

    default = Reading()
    if not (scorer or succeeded or resisted):
        return None
    return Reading(scorer, succeeded or default.succeeded, resisted or default.resisted)


def _told(found: Imported) -> str:
    counts = f"{found.succeeded:,} succeeded, {found.resisted:,} resisted, {found.unassessed:,} unassessed"
    return f"{found.tool}, {found.task} ({found.state}): {counts}. Recorded as entry {found.index}."


def _print_datasets(found: tuple[Held, ...], console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table("name", "title", "revision", "licence", "hazard", "imported")
    for held in found:
        one = held.dataset
        told = (Text(one.title), one.revision[:12], Text(one.licence), one.hazard)
        table.add_row(one.name, *told, f"{held.items:,}" if held.items else "")
    console.print(table)
