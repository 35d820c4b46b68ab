"""Rules over every room that is installed, also the one that lives outside the package."""

import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import click
import pytest

from kept import app
from kept.core.commitments import catalog
from kept.core.practice import Practice
from kept.core.reference import load

ROOMS = sorted(app.practices().values(), key=lambda room: room.name)

# Verbs that are rightly on one side only, with the reason.
SERVICE_ONLY = {
    ("red_team", "assess"): "`kept assess` stands at the top level and runs the assessors of all rooms",
    ("red_team", "check"): "refuses a plan before any room runs it, for `kept assess`",
    ("disclosure", "work"): "what `kept serve` does by itself",
    ("sharing", "work"): "what `kept serve` does by itself",
    **{(room, "dues"): "what people are told of" for room in ("disclosure", "sharing")},
    ("sharing", "assess"): "`kept assess` stands at the top level and runs the assessors of all rooms",
    ("sharing", "demonstrate"): "what `kept demo` does between two workspaces, and a command line stands in one",
    ("sharing", "check"): "refuses a plan before any room runs it, for `kept assess`",
    ("red_team", "outcomes"): "what the room offers to others through a port",
    ("red_team", "prepare_replay"): "what the room offers to others through a port",
    ("red_team", "replay"): "what the room offers to others through a port",
    **{
        ("disclosure", verb): "a vendor's, who has a token and no command line here"
        for verb in ("vendor_view", "vendor_accept", "vendor_say")
    },
    ("provenance", "found"): "`kept init` calls it once",
    ("provenance", "public_name"): "what the check page calls a model",
    **{
        ("disclosure", verb): "what a reporter's browser asks for, who has no command line here"
        for verb in (
            "challenge",
            "has_worker",
            "recipients",
            "submit",
            "thread_close",
            "thread_enter",
            "thread_read",
            "thread_replace",
            "thread_write",
            "upload_begin",
        )
    },
    **{
        ("disclosure", verb): "what programs fetch, in the formats of theirs"
        for verb in ("advisory_feed", "csaf_document", "csaf_feed", "csaf_provider", "csaf_signature")
    },
    ("reporting", "shown"): "a file of the published report, for the portal",
    ("weights", "watch_enter"): "what a link to the watch page opens",
    ("weights", "watch_view"): "what the watch page shows to whoever came in",
    ("sharing", "matcher"): "what a gateway matches prompts by, in its own process",
    ("sharing", "matcher_state"): "whether a gateway is to build another",
    ("sharing", "matcher_incomplete"): "which peers' patterns a gateway's matcher couldn't all try",
    **{
        ("provenance", verb): "an endpoint of C2PA's Soft Binding Resolution API"
        for verb in ("matches_by_binding", "matches_by_content", "get_manifest", "supported_algorithms")
    },
}
COMMAND_ONLY: dict[tuple[str, str], str] = {}


def references(room: Practice) -> list[str]:
    single = [room.service, room.commands, room.routes, room.settings, room.schema, room.assessor, room.founding]
    many = [*room.predicates, *room.signers, *room.needs.values(), *room.followers.values(), *room.roots.values()]
    backends = [reference for family in room.backends.values() for reference in family.values()]
    return [reference for reference in single + many + backends if reference]


def verbs(group: click.Group, prefix: str = "") -> set[str]:
    found: set[str] = set()
    for name, command in group.commands.items():
        own = f"{prefix}{name}".replace("-", "_")
        found |= verbs(command, f"{own}_") if isinstance(command, click.Group) else {own}
    return found


def public(service: type) -> set[str]:
    members = inspect.getmembers(service, lambda member: inspect.isfunction(member) or inspect.ismethod(member))
    return {name for name, _ in members if not name.startswith("_")}


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_every_reference_loads(room: Practice) -> None:
    for reference in references(room):
        assert load(reference) is not None


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_every_commitment_that_a_room_serves_exists(room: Practice) -> None:
    known = {commitment.id for commitment in catalog.load()}
    assert set(room.commitments) <= known


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_each_command_is_a_verb_of_the_service(room: Practice) -> None:
    service = load(room.service)
    commands = verbs(load(room.commands)(lambda: None))
    offered = public(service)
    lacking = {verb for verb in commands - offered if (room.name, verb) not in COMMAND_ONLY}
    assert not lacking, f"commands without a service verb: {sorted(lacking)}"
    silent = {verb for verb in offered - commands if (room.name, verb) not in SERVICE_ONLY}
    assert not silent, f"service verbs without a command: {sorted(silent)}"


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_chores_are_verbs_that_need_nothing(room: Practice) -> None:
    for verb in (*room.chores, *room.works, *filter(None, [room.dues])):
        told = list(inspect.signature(getattr(load(room.service), verb)).parameters.values())[1:]
        assert all(each.default is not inspect.Parameter.empty for each in told), verb


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_promoted_verbs_are_commands_of_the_room(room: Practice) -> None:
    group = load(room.commands)(lambda: None)
    assert set(room.promoted) <= set(group.commands)


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_every_command_takes_json_and_has_help(room: Practice) -> None:
    def check(command: click.Command) -> None:
        if isinstance(command, click.Group):
            for child in command.commands.values():
                check(child)
            return
        assert command.help, command.name
        assert any("--json" in option.opts for option in command.params), command.name

    check(load(room.commands)(lambda: None))


def test_every_need_is_offered_by_exactly_one_room() -> None:
    for room in ROOMS:
        for need in room.needs:
            assert len([other for other in ROOMS if need in other.offers]) == 1, need


def test_the_room_outside_the_package_is_mounted() -> None:
    assert "greeting" in app.practices()
    package = Path(inspect.getfile(importlib.import_module("kept_greeting")))
    assert "practices" not in package.parts


def test_help_loads_no_room_and_nothing_heavy() -> None:
    probe = (
        "import sys\nfrom kept.surfaces.cli import main\nmain(['--help'])\n"
        "heavy = {'sqlalchemy', 'scipy', 'numpy', 'aiohttp', 'fastapi', 'pydantic', 'rich', 'cryptography'}\n"
        "loaded = heavy & set(sys.modules)\n"
        "rooms = [n for n in sys.modules if n.startswith('kept.practices.') and n.count('.') > 2]\n"
        "print(sorted(loaded) + rooms, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "assess" in done.stdout


@pytest.mark.parametrize("room", ["disclosure", "provenance", "red_team", "sharing", "weights"])
def test_tables_load_without_the_verbs_of_their_room(room: str) -> None:
    """Every command opens the store: what only some verbs need would slow them all."""
    probe = (
        f"import sys\nfrom kept.core.reference import load\nload({app.practices()[room].schema!r})\n"
        "heavy = {'scipy', 'numpy', 'pydantic', 'aiohttp'} & set(sys.modules)\n"
        "print(sorted(heavy), [n for n in sys.modules if n.startswith('kept.practices.') and '.methods' in n])\n"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] []"


def test_the_room_outside_the_package_runs_the_contracts_on_itself() -> None:
    configuration = Path(__file__).parents[1] / "plugin" / "pyproject.toml"
    command = [str(Path(sys.executable).with_name("lint-imports")), "--config", str(configuration), "--no-cache"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "3 kept, 0 broken" in done.stdout
