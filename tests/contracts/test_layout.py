"""The tree itself: names say where a line belongs, modules stay small, and packages declare without loading."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "kept"
MODULES = sorted(SOURCE.rglob("*.py"))
NAMELESS = {"util", "utils", "helper", "helpers", "common", "misc", "shared", "stuff"}
LINES_PER_MODULE = 400
LINES_PER_FUNCTION = 60
SPEAKS_TO_PROGRAMS = {
    SOURCE / "practices" / "ledger" / "cli.py",  # the trust file, byte for byte
    SOURCE / "practices" / "red_team" / "backends" / "inspect_child.py",  # the process that asked for it
    SOURCE / "surfaces" / "cli.py",  # what click itself says, made harmless there
}


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_folder_or_module_is_without_a_name_of_its_own() -> None:
    ours = [path for folder in ("src", "tests", "bench", "training") for path in (ROOT / folder).rglob("*")]
    assert not [path for path in ours if path.stem in NAMELESS and "node_modules" not in path.parts]


def test_the_source_is_there() -> None:
    assert len(MODULES) > 20


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_module_of_400_lines_is_a_package(path: Path) -> None:
    assert lines_of(path) <= LINES_PER_MODULE


def test_the_median_module_is_near_200_lines_at_most() -> None:
    sizes = sorted(lines_of(path) for path in MODULES)
    assert sizes[len(sizes) // 2] <= 200


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_function_is_longer_than_a_screen(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    long = [
        f"{node.name}:{node.end_lineno - node.lineno + 1}"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno
        and node.name != "commands"
        and node.end_lineno - node.lineno + 1 > LINES_PER_FUNCTION
    ]
    assert not long


@pytest.mark.parametrize("package", sorted((SOURCE / "practices").glob("*/__init__.py")), ids=lambda p: p.parent.name)
def test_a_room_only_declares_itself(package: Path) -> None:
    tree = ast.parse(package.read_text(encoding="utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported == {"kept.core.practice"}
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.FunctionDef | ast.ClassDef)]
    assigned = [ast.unparse(node.targets[0]) for node in tree.body if isinstance(node, ast.Assign)]
    assert assigned == ["PRACTICE"]


def test_the_errors_import_nothing() -> None:
    tree = ast.parse((SOURCE / "errors.py").read_text(encoding="utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


def test_a_predicate_has_a_file_and_a_page_of_its_own() -> None:
    kinds = (SOURCE / "predicates").glob("[a-z]*.py")
    statements = [path for path in kinds if re.search(r"^TYPE = | as TYPE$", path.read_text("utf-8"), re.MULTILINE)]
    assert len(statements) >= 7
    for path in statements:
        assert (ROOT / "docs" / "predicates" / f"{path.stem.replace('_', '-')}.md").is_file(), path.stem


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_what_is_printed_to_people_goes_through_the_interface(path: Path) -> None:
    """`kept.interface.terminal` alone makes foreign words harmless; what a program reads may be written as it is."""
    if path.parent == SOURCE / "interface" or path in SPEAKS_TO_PROGRAMS:
        return
    called = {ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)}
    assert called.isdisjoint({"print", "click.echo", "click.secho", "echo", "Console", "console.Console"})
