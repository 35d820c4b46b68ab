"""Marking one file of a job: killed at any step, it is done once when the job goes on, and nobody holds an orphan."""

import os
import signal
import zlib
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from kept.core.reference import load
from kept.errors import Conflict, Denied
from kept.practices.provenance import PRACTICE
from kept.practices.provenance.records import Registration
from kept.practices.provenance.records.bulk import Outcome, Piece
from kept.practices.provenance.service.bulk.journal import Journal, Run, Superseded
from kept.practices.provenance.service.bulk.marker import Marker
from kept.practices.provenance.service.registry import Registry
from kept.practices.provenance.service.tables import ENTRIES
from simulators.provenance_room import Room, opened

MODEL = f"sha256:{'ab' * 32}"
JOB = "b-0000000000000001"
PNG = b"\x89PNG\r\n\x1a\n"


class Compressing:
    """What stands in for a mark: quick, and different under each content id, as a mark is; registered for real."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def __call__(self, data: bytes, media_type: str, maker: str, draw: Callable[[], int]) -> tuple[bytes, Registration]:
        content = draw()
        made = content.to_bytes(5) + zlib.compress(data)
        digest = f"sha256:{sha256(made).hexdigest()}"
        registration = Registration(content, maker, "mk-00000001", media_type, digest)
        self._registry.register(registration)
        return made, registration


class Mortal:
    """Hands every call on, and kills the process before or after the one that is named."""

    def __init__(self, inner: Any, deadly: str) -> None:
        self._inner = inner
        self._name, _, self._when = deadly.partition(" ")

    def __getattr__(self, name: str) -> Any:
        return self._call(name, getattr(self._inner, name))

    def __call__(self, *given: Any) -> Any:
        return self._call("make", self._inner)(*given)

    def _call(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            if (name, self._when) == (self._name, "before"):
                os.kill(os.getpid(), signal.SIGKILL)
            found = method(*given, **named)
            if (name, self._when) == (self._name, "after"):
                os.kill(os.getpid(), signal.SIGKILL)
            return found

        return call


def marker(room: Room, folder: Path, *, run: int = 1, overwrite: bool = False) -> Marker:
    journal = Journal(room.store, room.context.clock)
    registry = Registry(room.store, room.context.clock, room.context.entropy)
    places = load(PRACTICE.backends["place"]["any"])
    out = str(folder / "out")
    return Marker(places, journal, registry, Compressing(registry), Run(JOB, run), out, MODEL, overwrite)


def piece(folder: Path, name: str = "a.png") -> Piece:
    (folder / "in").mkdir(exist_ok=True)
    if not (folder / "in" / name).exists():
        (folder / "in" / name).write_bytes(PNG + name.encode() * 100)
    return Piece(0, str(folder / "in" / name), str(folder / "out" / name), "1")


def begin(room: Room) -> int:
    return Journal(room.store, room.context.clock).begin(JOB, "mark", {}, afresh=False).number


def entries(room: Room) -> dict[str, str]:
    """The state of each entry of the registry by the digest of the file that it is about."""
    with room.store.read() as connection:
        return {bytes(row.sha256).hex(): row.state for row in connection.execute(select(ENTRIES))}


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


STEPS = [
    ("places", "read after"),
    ("journal", "claim before"),
    ("journal", "claim after"),
    ("make", "make after"),
    ("places", "stage before"),
    ("places", "stage after"),
    ("journal", "stage after"),
    ("places", "publish before"),
    ("places", "publish after"),
]


@pytest.mark.parametrize(("where", "deadly"), STEPS)
def test_killed_at_any_step_a_file_is_marked_once_when_the_job_goes_on(tmp_path: Path, where: str, deadly: str) -> None:
    given = piece(tmp_path)
    with opened(tmp_path) as room:
        assert begin(room) == 1
    victim = os.fork()
    if victim == 0:
        try:
            with opened(tmp_path) as room:
                whole = marker(room, tmp_path)
                replace(whole, **{where: Mortal(getattr(whole, where), deadly)})(given)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(victim, 0)[1]) == -signal.SIGKILL
    target = tmp_path / "out" / "a.png"
    published = target.read_bytes() if target.exists() else None
    with opened(tmp_path) as room:
        run = begin(room)
        outcome = marker(room, tmp_path, run=run)(given)
        assert outcome.state == "done"
        # What was published stays as it was: it may be in use already.
        assert published in (None, target.read_bytes())
        assert outcome.facts["sha256"] == digest(target)
        found = entries(room)
    assert found.pop(digest(target)) == "current"
    # An entry of content that nobody was given is withdrawn.
    orphaned = deadly in ("make after", "stage before") or (where, deadly) == ("places", "stage after")
    assert list(found.values()) == (["withdrawn"] if orphaned else [])
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.png"]


def record(room: Room, run: int, given: Piece, outcome: Outcome) -> None:
    Journal(room.store, room.context.clock).record(Run(JOB, run), [(given, outcome)])


def test_what_is_done_is_left_alone_and_what_is_missing_is_made_again(tmp_path: Path) -> None:
    given, target = piece(tmp_path), tmp_path / "out" / "a.png"
    with opened(tmp_path) as room:
        begin(room)
        record(room, 1, given, marker(room, tmp_path)(given))
        first = target.read_bytes()
        assert marker(room, tmp_path)(given).state == "skipped"
        assert target.read_bytes() == first
        target.unlink()
        assert marker(room, tmp_path)(given).state == "done"
        assert target.read_bytes() != first
        # The first may have been moved to where it is in use, so its entry stands.
        assert list(entries(room).values()) == ["current", "current"]


def test_what_stands_in_the_way_is_replaced_only_when_that_is_wanted(tmp_path: Path) -> None:
    given, target = piece(tmp_path), tmp_path / "out" / "a.png"
    target.parent.mkdir()
    target.write_bytes(b"mine")
    with opened(tmp_path) as room:
        begin(room)
        with pytest.raises(Conflict, match="exists already"):
            marker(room, tmp_path)(given)
        assert target.read_bytes() == b"mine"
        assert entries(room) == {}
        outcome = marker(room, tmp_path, overwrite=True)(given)
        record(room, 1, given, outcome)
        assert outcome.facts["sha256"] == digest(target)
        target.write_bytes(b"changed by hand")
        with pytest.raises(Conflict, match="was changed since it was written"):
            marker(room, tmp_path)(given)
        assert marker(room, tmp_path, overwrite=True)(given).facts["sha256"] == digest(target)


def test_a_file_that_changed_since_it_was_marked_is_not_passed_off_as_marked(tmp_path: Path) -> None:
    given, target = piece(tmp_path), tmp_path / "out" / "a.png"
    with opened(tmp_path) as room:
        begin(room)
        record(room, 1, given, marker(room, tmp_path)(given))
        (tmp_path / "in" / "a.png").write_bytes(PNG + b"another")
        first = target.read_bytes()
        with pytest.raises(Conflict, match="has changed since"):
            marker(room, tmp_path)(given)
        assert target.read_bytes() == first
        marker(room, tmp_path, overwrite=True)(given)
        assert zlib.decompress(target.read_bytes()[5:]) == PNG + b"another"


def test_a_failure_after_registering_leaves_no_entry_of_what_nobody_has(tmp_path: Path) -> None:
    given = piece(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "sub").symlink_to(tmp_path / "elsewhere")
    hostile = replace(given, target=str(tmp_path / "out" / "sub" / "a.png"))
    with opened(tmp_path) as room:
        begin(room)
        with pytest.raises(Denied):
            marker(room, tmp_path)(hostile)
        record(room, 1, hostile, Outcome(0, "failed", code="bulk.link", message="A link."))
        assert marker(room, tmp_path)(given).state == "done"
        assert sorted(entries(room).values()) == ["current", "withdrawn"]


def test_an_earlier_run_that_lives_on_can_do_no_more(tmp_path: Path) -> None:
    given = piece(tmp_path)
    with opened(tmp_path) as room:
        begin(room)
        late = marker(room, tmp_path, run=1)
        assert begin(room) == 2
        with pytest.raises(Superseded):
            late(given)
        assert entries(room) == {}
        assert not (tmp_path / "out").exists()
        with pytest.raises(Superseded):
            record(room, 1, given, Outcome(0, "done"))
