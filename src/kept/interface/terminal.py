"""What every command line shares: `--json`, progress on stderr, units, and who is acting."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, is_dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from kept.core.actor import Actor
from kept.errors import Conflict, Denied, Invalid, KeptError, NotFound, Unavailable, Unverified
from kept.interface.harmless import harmless

if TYPE_CHECKING:
    from rich.console import Console

    from kept.core.confinement import Confinement

EXIT_STATUS: Mapping[type[KeptError], int] = {
    Invalid: 2,
    NotFound: 3,
    Denied: 4,
    Conflict: 5,
    Unverified: 6,
    Unavailable: 7,
}

Command = TypeVar("Command", bound=Callable[..., Any])
Result = TypeVar("Result")


@dataclass(slots=True)
class Session:
    """What the options before the verb have chosen; `waiting` says in lines what somebody must see to."""

    workspace: str | None = None
    acting_as: str | None = None
    json: bool = False
    actor: Callable[[], Actor] | None = None
    waiting: Callable[[], Iterable[str]] = tuple


class Progress(Protocol):
    """Told how far long work has come."""

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """`done` of `total` units are finished."""
        ...


def session() -> Session:
    """The session of the command that is running."""
    return click.get_current_context().ensure_object(Session)


def current_actor() -> Actor:
    """Whoever holds the key chosen by `--as`. Raises Denied outside a workspace."""
    chosen = session().actor
    if chosen is None:
        raise Denied("Nobody is acting here.", hint="Run the verb in a workspace.")
    return chosen()


def json_option(command: Command) -> Command:
    """Let a verb take `--json` itself as well as before it."""

    def remember(context: click.Context, _: click.Parameter, value: bool) -> None:
        if value:
            context.ensure_object(Session).json = True

    option = click.option(
        "--json", is_flag=True, expose_value=False, is_eager=True, callback=remember, help="Print one JSON value."
    )
    return option(command)


def emit(value: Any, render: Callable[[Console], None] | str | Iterable[str] | None = None) -> None:
    """Print a verb's result: the JSON of `value` under `--json`, else `render`.

    That is one line, several, or a painter of a console. Foreign words in them are made harmless.
    """
    if session().json or render is None:
        click.echo(_encodable(json.dumps(value, default=_plain, ensure_ascii=False, indent=2, sort_keys=True)))
    elif callable(render):
        from kept.interface.painting import CarefulConsole

        render(CarefulConsole(highlight=False, soft_wrap=False))
    else:
        for line in [render] if isinstance(render, str) else render:
            say(line)


def _encodable(text: str) -> str:
    """The JSON with half of a surrogate pair, which no stream takes, as the escape that JSON has for it."""
    return text.encode("utf-8", "backslashreplace").decode()


def say(line: str) -> None:
    """One line of a verb's result, for people; foreign words in it are made harmless."""
    click.echo(harmless(line))


def tell(line: str) -> None:
    """A remark for the person at the terminal, on stderr; foreign words in it are made harmless."""
    click.echo(harmless(line), err=True)


def tell_confinement(found: Confinement) -> None:
    """What was taken from this process, before it reads anything."""
    tell(f"Confined: {', '.join(found.holds)}")
    for each in found.lacking:
        tell(f"Not confined: {each}")


def tell_what_waits() -> None:
    """Say on stderr what somebody must see to and may not know of."""
    for line in session().waiting():
        tell(line)


@contextmanager
def progress(title: str) -> Iterator[Progress]:
    """A live bar on stderr; silent under `--json`, one line at the end where stderr is no terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    from kept.interface.painting import CarefulConsole

    console = CarefulConsole(stderr=True, highlight=False)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Bar(*columns, console=console, disable=session().json or not console.is_terminal, refresh_per_second=8) as bar:
        task = bar.add_task(title, total=None, note="")

        def update(done: int, total: int, note: str = "") -> None:
            bar.update(task, completed=done, total=total, note=note)

        yield update


def wait_for(work: Coroutine[Any, Any, Result]) -> Result:
    """Run to the end, on uvloop where there is one; Ctrl-C cancels it."""
    import asyncio
    import gc

    # What was imported stays, and long work makes few cycles: left as it is, the collector takes a tenth of the time.
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    try:
        import uvloop
    except ImportError:
        return asyncio.run(work)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def fail(error: KeptError, *, as_json: bool) -> int:
    """Print an error as its reader needs it and return the exit status of its kind."""
    status = next(code for kind, code in EXIT_STATUS.items() if isinstance(error, kind))
    if as_json:
        document = {"error": _kind(error), "code": error.code, "message": error.message, "hint": error.hint}
        click.echo(_encodable(json.dumps(document, ensure_ascii=False)), err=True)
    else:
        click.echo(f"{click.style(_kind(error) + ':', fg='red', bold=True)} {harmless(error.message)}", err=True)
        if error.hint:
            tell(f"  {error.hint}")
    return status


def _kind(error: KeptError) -> str:
    return next(kind.__name__ for kind in EXIT_STATUS if isinstance(error, kind)).lower()


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime):
        from kept.core.context import format_time

        return format_time(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, bytes):
        return value.hex()
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return str(value)
