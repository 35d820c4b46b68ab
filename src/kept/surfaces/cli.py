"""The command line: mounts what the rooms declare, and is the one place that turns an error into an exit status."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from kept import app
from kept.core.reference import load
from kept.errors import KeptError, Unavailable
from kept.interface.harmless import harmless
from kept.interface.terminal import Session, fail
from kept.surfaces.session import opened

if TYPE_CHECKING:
    from kept.core.practice import Practice

OWN_VERBS: Mapping[str, tuple[str, str]] = {
    "init": ("kept.surfaces.workspace:init", "Make a workspace: a folder with its keys, its store and its ledger."),
    "demo": ("kept.surfaces.demo:demo", "Run the main job offline on the embedded models."),
    "assess": ("kept.surfaces.assess:assess", "Test a model by a plan and record what was found."),
    "models": ("kept.surfaces.models:models", "List the ways to reach a model, print a planted truth, serve a model."),
    "accounts": ("kept.surfaces.accounts:accounts", "Say who may sign in on the web, and in which roles."),
    "notify": ("kept.surfaces.notify:notify", "Tell people what is due, and test whether messages reach them."),
    "serve": ("kept.surfaces.serve:serve", "Serve the rooms' pages and interfaces over HTTP."),
}


class Root(click.Group):
    """The top level; a command is loaded only when it is asked for, so that help stays instant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every verb and room."""
        return sorted(self._summaries())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command called `cmd_name`, loaded now."""
        if cmd_name in OWN_VERBS:
            found: click.Command = load(OWN_VERBS[cmd_name][0])
            return found
        name = cmd_name.replace("-", "_")
        practices = app.practices()
        if name in practices:
            return _room(ctx, practices[name])
        for practice in practices.values():
            if cmd_name in practice.promoted:
                return _room(ctx, practice).commands[cmd_name]
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, naming the nearest one when there is none of that name."""
        import difflib

        if args and self.get_command(ctx, args[0]) is None:
            near = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"There is no command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List verbs and rooms from their declarations alone."""
        rooms = {name.replace("_", "-") for name in app.practices()}
        summaries = self._summaries()
        for title, names in (("Verbs", set(summaries) - rooms), ("Rooms", rooms)):
            with formatter.section(title):
                formatter.write_dl([(name, summaries[name]) for name in sorted(names)])

    def _summaries(self) -> dict[str, str]:
        found = {verb: summary for verb, (_, summary) in OWN_VERBS.items()}
        for practice in app.practices().values():
            found[practice.name.replace("_", "-")] = practice.title
            found.update(practice.promoted)
        return found


def _room(context: click.Context, practice: Practice) -> click.Group:
    def service() -> Any:
        return opened(context).service(practice.name)

    build: Callable[[Callable[[], Any]], click.Group] = load(practice.commands)
    return build(service)


def _waiting(workspace: app.App) -> Iterator[str]:
    """What is due and reached nobody, or why nobody can be told at all."""
    try:
        unheard = workspace.notifier.unheard()
    except KeptError as error:
        yield f"Whether people hear of what is due can't be told: {error.message}"
        return
    if unheard:
        yield f"Due, and nobody was reached: {unheard:,}. What, and why: kept notify list --failed"


@click.group(
    cls=Root,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="Carry out public AI commitments, and prove it.",
)
@click.option("-w", "--workspace", envvar="KEPT_WORKSPACE", metavar="DIR", help="The workspace to work in.")
@click.option("--as", "acting_as", envvar="KEPT_AS", metavar="NAME", help="Whose key signs.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value on stdout.")
@click.version_option(package_name="kept")
@click.pass_context
def root(context: click.Context, workspace: str | None, acting_as: str | None, as_json: bool) -> None:
    """The options before the verb."""
    session = context.ensure_object(Session)
    session.workspace, session.acting_as, session.json = workspace, acting_as, as_json or session.json
    session.actor = lambda: opened(context).actor(session.acting_as)
    session.waiting = lambda: _waiting(opened(context))


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    session = Session()
    try:
        result = root.main(args=arguments, obj=session, standalone_mode=False, prog_name="kept")
    except KeptError as error:
        return fail(error, as_json=session.json)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        said = io.StringIO()
        error.show(said)
        click.echo(harmless(said.getvalue(), keep="\n"), err=True, nl=False)
        return 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 141
    except OSError as error:
        return fail(_out_of_reach(error), as_json=session.json)
    return result if isinstance(result, int) else 0


def _out_of_reach(error: OSError) -> KeptError:
    """What the machine refused, where no verb had a better word for it: a full disk, a missing right."""
    place = f"{error.filename}: " if error.filename else ""
    return Unavailable(
        f"{place}{error.strerror or type(error).__name__}.",
        code="system.refused",
        hint="Check that the place is there, is of the right kind, has room, and may be read and written.",
    )
