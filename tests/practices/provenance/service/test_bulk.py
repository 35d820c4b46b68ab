"""The verbs mark-many and check-many on real pictures: what is done, told and left alone, on every engine."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from kept.errors import Conflict, Invalid, NotFound, Unavailable
from kept.practices.provenance import PRACTICE
from kept.practices.provenance.records.bulk import Batch, Manner
from kept.practices.provenance.service.tables import ENTRIES, PIECES
from simulators.bulk_work import InlineEngine
from simulators.provenance_room import Room, opened

pytest.importorskip("cv2")
pytest.importorskip("c2pa")
pq = pytest.importorskip("pyarrow.parquet")
from simulators.small_pictures import drawn  # noqa: E402 - it needs what is looked for above

MODEL = f"sha256:{'ab' * 32}"
TWO = Manner(workers=2)
HERE = Manner(on="inline", workers=1)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three folders of pictures in `in`, and a workspace with a key."""
    monkeypatch.setitem(PRACTICE.backends["engine"], "inline", "simulators.bulk_work:INLINE")
    for number in range(6):
        place = tmp_path / "in" / "abc"[number % 3]
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}.png").write_bytes(drawn(number))
    with opened(tmp_path) as room:
        room.service.keys_new()
    return tmp_path


@pytest.fixture
def room(folder: Path) -> Iterator[Room]:
    with opened(folder) as found:
        yield found


def mark(room: Room, folder: Path, *patterns: str, manner: Manner = HERE, **given: Any) -> Batch:
    inputs = tuple(str(folder / pattern) for pattern in (patterns or ("in/**",)))
    return room.service.mark_many(inputs, str(folder / "out"), model=MODEL, manner=manner, **given)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def entries(room: Room) -> list[tuple[str, str]]:
    with room.store.read() as connection:
        rows = connection.execute(select(ENTRIES)).all()
    return sorted((bytes(row.sha256).hex(), row.state) for row in rows)


def test_every_file_is_marked_under_its_own_id_at_its_own_place_and_found_again(room: Room, folder: Path) -> None:
    told: list[tuple[int, int]] = []

    def progress(done: int, total: int, note: str = "") -> None:
        told.append((done, total))

    found = mark(room, folder, manner=TWO, progress=progress, record=room.actor)
    assert (found.pieces, found.done, found.skipped, found.failed) == (6, 6, 0, 0)
    assert found.counts == {"image/png": 6}
    assert told == [(number, 6) for number in range(1, 7)]
    made = files(folder / "out")
    assert sorted(made) == sorted(files(folder / "in"))
    assert entries(room) == sorted((sha256(data).hexdigest(), "current") for data in made.values())
    (folder / "others").mkdir()
    (folder / "others" / "99.png").write_bytes(drawn(99))
    inputs = (str(folder / "out"), str(folder / "others"))
    checked = room.service.check_many(inputs, str(folder / "v.parquet"), manner=HERE)
    assert checked.counts == {"trusted-manifest": 6, "none": 1}
    rows = pq.read_table(folder / "v.parquet").to_pylist()
    assert [row["path"] for row in rows] == [
        *(str(folder / "out" / name) for name in sorted(made)),
        str(folder / "others" / "99.png"),
    ]
    assert len({row["content_id"] for row in rows[:6]}) == 6
    assert {(row["model"], row["origin"], row["error"]) for row in rows[:6]} == {(MODEL, "ours", None)}
    assert all(row["p_value"] < 1e-9 for row in rows[:6])
    (statement,) = [each.predicate for each in room.ledger.statements() if each.index == found.statement]
    assert (statement["batch"], statement["pieces"], statement["failures"]) == (found.job, 6, [])
    assert [(each["model"], each["media"], each["count"]) for each in statement["marked"]] == [(MODEL, "image", 6)]


def test_a_job_that_was_done_is_done_and_what_is_new_is_added(room: Room, folder: Path) -> None:
    first = mark(room, folder)
    made = files(folder / "out")
    (folder / "in" / "a" / "new.png").write_bytes((folder / "in" / "a" / "0.png").read_bytes())
    again = mark(room, folder)
    assert first.job == again.job
    assert (again.done, again.skipped, again.counts) == (1, 6, {"image/png": 7})
    after = files(folder / "out")
    assert {name: after[name] for name in made} == made
    assert len(entries(room)) == 7


def test_what_can_not_be_marked_is_told_and_stops_nothing(room: Room, folder: Path) -> None:
    (folder / "in" / "a" / "empty.png").write_bytes(b"")
    (folder / "in" / "a" / "notes.txt").write_bytes(b"Remember the milk.")
    (folder / "in" / "a" / "jpeg.png").write_bytes(b"\xff\xd8\xff\xe0 nothing more")
    (folder / "in" / "b" / "link.png").symlink_to(folder / "in" / "a" / "0.png")
    os.mkfifo(folder / "in" / "c" / "pipe.png")
    found = mark(room, folder, record=room.actor)
    assert (found.done, found.failed) == (6, 5)
    assert sorted(files(folder / "out")) == [f"{'abc'[number % 3]}/{number}.png" for number in (0, 3, 1, 4, 2, 5)]
    assert {Path(failure.source).name for failure in found.failures} == {
        *("empty.png", "notes.txt", "jpeg.png", "link.png", "pipe.png")
    }
    assert all(failure.code and failure.message for failure in found.failures)
    (statement,) = [each.predicate for each in room.ledger.statements() if each.index == found.statement]
    assert sum(each["count"] for each in statement["failures"]) == 5
    assert len(entries(room)) == 6


def test_a_file_is_marked_once_though_several_patterns_mean_it(room: Room, folder: Path) -> None:
    found = mark(room, folder, "in/a/*", "in/a/0.png", "in/a")
    assert (found.pieces, found.done) == (2, 2)
    assert len(entries(room)) == 2


def test_two_files_never_share_an_output(room: Room, folder: Path) -> None:
    (folder / "in" / "b" / "0.png").write_bytes((folder / "in" / "b" / "1.png").read_bytes())
    found = mark(room, folder, "in/a/*", "in/b/*")
    assert (found.done, found.failed) == (4, 1)
    assert "same place" in found.failures[0].message


def test_outputs_among_the_inputs_are_not_marked_again(room: Room, folder: Path) -> None:
    assert mark(room, folder, "**/*.png").pieces == 6
    again = mark(room, folder, "**/*.png")
    assert (again.pieces, again.skipped) == (6, 6)
    with pytest.raises(Invalid, match="would replace the inputs"):
        room.service.mark_many((str(folder / "in" / "**"),), str(folder / "in"), model=MODEL, manner=HERE)


def test_what_stands_where_an_output_goes_is_kept_unless_it_may_be_replaced(room: Room, folder: Path) -> None:
    (folder / "out" / "a").mkdir(parents=True)
    (folder / "out" / "a" / "0.png").write_bytes(b"mine")
    found = mark(room, folder)
    assert (found.done, [failure.code for failure in found.failures]) == (5, ["bulk.exists"])
    assert (folder / "out" / "a" / "0.png").read_bytes() == b"mine"
    found = mark(room, folder, manner=Manner(on="inline", workers=1, overwrite=True))
    assert (found.done, found.skipped) == (1, 5)
    (folder / "v.parquet").write_bytes(b"mine")
    with pytest.raises(Conflict, match="exists already"):
        room.service.check_many((str(folder / "out"),), str(folder / "v.parquet"), manner=HERE)
    assert (folder / "v.parquet").read_bytes() == b"mine"


def test_a_job_that_can_not_be_done_says_why_before_it_begins(room: Room, folder: Path) -> None:
    with pytest.raises(NotFound, match="No file is meant"):
        mark(room, folder, "in/*.jpg")
    with pytest.raises(NotFound):
        mark(room, folder, "nowhere/**")
    with pytest.raises(Invalid, match="no engine"):
        mark(room, folder, manner=Manner(on="spark", workers=1))
    with pytest.raises(Invalid, match="SQLite"):
        mark(room, folder, manner=Manner(on="ray://cluster.example:10001", workers=1))
    with pytest.raises(Invalid, match="parquet"):
        room.service.check_many((str(folder / "in"),), str(folder / "v.csv"), manner=HERE)
    (folder / "in" / "words.txt").write_text("words")
    with pytest.raises(Invalid, match="Nothing came of 1 file"):
        mark(room, folder, "in/words.txt")
    for key in room.service.keys_list():
        room.service.keys_retire(key.id)
    with pytest.raises(NotFound, match="no key to mark under"):
        mark(room, folder)
    assert not (folder / "out").exists()


def test_a_check_that_was_cut_off_goes_on_and_one_that_has_ended_begins_anew(
    room: Room, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    class Tiring(InlineEngine):
        """Gives up after four pieces in all."""

        def run(self, work: Any, pieces: Any, **given: Any) -> Iterator[Any]:
            for outcome in super().run(work, pieces, **given):
                if len(asked) == 4:
                    raise Unavailable("The machine goes down.")
                asked.append("piece")
                yield outcome

    mark(room, folder)

    def check() -> Batch:
        return room.service.check_many((str(folder / "out"),), str(folder / "v.parquet"), manner=HERE)

    with monkeypatch.context() as patch:
        patch.setattr("simulators.bulk_work.INLINE", Tiring())
        with pytest.raises(Unavailable, match="goes down"):
            check()
        assert not (folder / "v.parquet").exists()
    again = check()
    assert (again.done, again.skipped, again.counts) == (2, 4, {"trusted-manifest": 6})
    assert len(pq.read_table(folder / "v.parquet")) == 6
    # What a check says depends on keys and registry as they are, so an ended one is no answer to a new question.
    for key in room.service.keys_list():
        room.service.keys_revoke(key.id, reason="Leaked.")
    anew = check()
    assert (anew.done, anew.skipped) == (6, 0)
    assert "revoked-key" in pq.read_table(folder / "v.parquet").to_pylist()[0]["conflicts"]


def test_no_secret_travels_to_a_worker(room: Room, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    class Watching:
        def run(self, work: Any, pieces: Any, **given: Any) -> Iterator[Any]:
            seen.extend([work, *pieces])
            raise Unavailable("Only watched.")
            yield

    monkeypatch.setattr("kept.practices.provenance.backends.engines.local.LOCAL", Watching())
    with pytest.raises(Unavailable, match="Only watched"):
        mark(room, folder, manner=TWO)
    told = repr(seen)
    secrets = [key.secret for key in room.service._keys.open().keys]
    assert secrets
    assert len(seen) == 7
    assert not any(secret.hex() in told or repr(secret) in told for secret in secrets)
    assert room.context.workspace.secret.read_text().strip() not in told


def command(folder: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "kept", "--workspace", str(folder / "acme"), "provenance", *words]


def test_killed_in_the_middle_the_rest_is_done_and_nothing_twice(folder: Path) -> None:
    for number in range(18):
        (folder / "in" / f"more-{number:02d}.png").write_bytes(drawn(number % 6))
    words = command(folder, "mark-many", str(folder / "in" / "**"), str(folder / "out"), "--model", MODEL, "--json")
    environment = {**os.environ, "KEPT_STATE": str(folder / "state")}
    first = subprocess.Popen([*words, "--workers", "2"], env=environment, stdout=subprocess.DEVNULL)
    while first.poll() is None and len(files(folder / "out")) < 5:
        time.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL
    second = subprocess.run([*words, "--workers", "2"], env=environment, capture_output=True, check=True)
    told = json.loads(second.stdout)
    assert (told["pieces"], told["failed"], told["done"] + told["skipped"]) == (24, 0, 24)
    made = files(folder / "out")
    assert sorted(made) == sorted(files(folder / "in"))
    with opened(folder) as room:
        states = dict(entries(room))
        assert {digest for digest, state in states.items() if state == "current"} == {
            sha256(data).hexdigest() for data in made.values()
        }
        # At most what the two workers had in hand was begun twice, and what came of that is withdrawn.
        assert len(states) <= 26
        with room.store.read() as connection:
            rows = connection.execute(select(PIECES)).all()
    assert len(rows) == 24
    assert {row.state for row in rows} == {"done"}
    assert all(bytes(row.output).hex() == sha256(Path(row.target).read_bytes()).hexdigest() for row in rows)
