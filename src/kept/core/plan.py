"""The plan file: YAML of one section per room, read without letting it grow, refer to itself or build objects."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from kept.errors import Invalid, NotFound, Unavailable

LIMIT = 256 * 1024
DEPTH = 12
SCALAR_LIMIT = 4096
NODES = 20_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What to test: for each room's name, the section that the room itself will check; none means every default."""

    sections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def read_plan_file(path: Path) -> Plan:
    """The plan in a file. Raises NotFound, Unavailable (it can't be read) or Invalid (see `parse_plan`)."""
    try:
        with path.open("rb") as file:
            data = file.read(LIMIT + 1)
    except FileNotFoundError as error:
        raise NotFound(f"There is no plan file {path}.", code="plan.missing") from error
    except IsADirectoryError as error:
        raise Invalid(f"{path} is a folder, not a plan file.", code="plan.folder") from error
    except OSError as error:
        raise Unavailable(f"{path} can't be read: {error.strerror}.", code="plan.unreadable") from error
    return parse_plan(data, what=str(path))


def parse_plan(data: bytes, *, what: str = "The plan") -> Plan:
    """The plan in at most 256 KiB of YAML.

    Raises Invalid for anything larger, nested more than 12 deep, with an anchor, an alias, a tag, a repeated key, or
    that is no table of tables; the message names `what`, line and column.
    """
    if len(data) > LIMIT:
        raise Invalid(f"{what} is larger than the {LIMIT // 1024} KiB that are read.", code="plan.too-large")
    try:
        text = data.decode()
        _check_events(text, what)
        document = _built(text)
    except UnicodeDecodeError as error:
        raise Invalid(f"{what} is not UTF-8 at byte {error.start}.", code="plan.malformed") from error
    except yaml.YAMLError as error:
        raise Invalid(f"{what} is not valid YAML: {_said(error)}.", code="plan.malformed") from error
    except (ValueError, OverflowError, TypeError) as error:
        raise Invalid(f"{what} holds a value that can't be read: {error}.", code="plan.malformed") from error
    return Plan(_sections(document, what))


def unknown_name(name: str, known: Iterable[str], *, where: str) -> Invalid:
    """The error for a section that no room answers to, naming the nearest that one does."""
    known = sorted(known)
    near = get_close_matches(name, known, n=1, cutoff=0.0)
    hint = (
        f"The nearest is {near[0]!r}; known: {', '.join(known)}." if near else "No installed room can assess a model."
    )
    return Invalid(f"{where} has a section {name[:60]!r} that no room answers to.", code="plan.unknown-room", hint=hint)


class _Loader(yaml.SafeLoader):
    """Builds plain values only, and refuses a key that stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        found: dict[Any, Any] = super().construct_mapping(node, deep=True)
        if len(found) != len(node.value):
            raise yaml.MarkedYAMLError(problem="a key stands twice", problem_mark=node.start_mark)
        return found


def _built(text: str) -> Any:
    loader = _Loader(text)
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


def _check_events(text: str, what: str) -> None:
    """Refuse what could grow when it is built, before anything is built."""
    depth = 0
    for count, event in enumerate(_events(text)):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _refused(what, event, "an anchor or alias, which plans don't use")
        if getattr(event, "tag", None) is not None:
            raise _refused(what, event, "a tag, which plans don't use")
        if isinstance(event, yaml.ScalarEvent) and len(event.value) > SCALAR_LIMIT:
            raise _refused(what, event, f"a value of more than {SCALAR_LIMIT} characters")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEPTH:
            raise _refused(what, event, f"more than {DEPTH} levels")
        if count > NODES:
            raise _refused(what, event, f"more than {NODES} values")


def _events(text: str) -> Iterator[yaml.Event]:
    return iter(yaml.parse(text, Loader=yaml.SafeLoader))


def _refused(what: str, event: yaml.Event, why: str) -> Invalid:
    mark = event.start_mark
    place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    return Invalid(f"{what}{place}: it has {why}.", code="plan.refused")


def _said(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        return f"{error.problem} at line {mark.line + 1}, column {mark.column + 1}"
    return str(error).splitlines()[0][:200]


def _sections(document: Any, what: str) -> Mapping[str, Mapping[str, Any]]:
    if document is None:
        return {}
    if not isinstance(document, dict) or not all(isinstance(name, str) for name in document):
        raise Invalid(
            f"{what} is not a table of sections.", code="plan.malformed", hint="Write red_team: and its keys."
        )
    for name, section in document.items():
        if section is not None and not (isinstance(section, dict) and all(isinstance(key, str) for key in section)):
            raise Invalid(f"{what}: the section {name[:60]!r} is not a table.", code="plan.malformed")
    return {name: section or {} for name, section in document.items()}
