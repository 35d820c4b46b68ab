"""The engines: one outcome for each piece, whatever dies; and no more is taken than can be worked on."""

import os
import zlib
from collections.abc import Generator, Iterable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from kept.core.reference import load
from kept.errors import Denied, Invalid, Unavailable
from kept.practices.provenance import PRACTICE
from kept.practices.provenance.ports import Engine
from kept.practices.provenance.records.bulk import Outcome, Piece, Work


def pieces(folder: Path, names: list[str]) -> list[Piece]:
    made = folder / "in"
    made.mkdir()
    for name in names:
        (made / name).write_bytes(name.encode() * 1000)
    return [Piece(number, str(made / name)) for number, name in enumerate(names)]


def lines(path: Path) -> list[str]:
    return path.read_text().split("\n")[:-1] if path.exists() else []


def run(
    folder: Path,
    given: Iterable[Piece],
    *,
    workers: int = 2,
    work: str = "compressing",
    on: str = "local",
    seconds: float = 0,
) -> Generator[Outcome]:
    engine: Engine = load(PRACTICE.backends["engine"][on])
    return engine.run(Work(f"simulators.bulk_work:{work}", str(folder), {}, seconds), given, workers=workers, on=on)


def digest(name: str) -> str:
    return sha256(zlib.compress(name.encode() * 1000, 9)).hexdigest()


def test_each_piece_has_one_outcome_and_each_worker_opens_and_closes_once(tmp_path: Path) -> None:
    names = [f"plain-{number}" for number in range(40)]
    found = sorted(run(tmp_path, pieces(tmp_path, names)), key=lambda outcome: outcome.number)
    assert [outcome.facts["sha256"] for outcome in found] == [digest(name) for name in names]
    assert {outcome.state for outcome in found} == {"done"}
    opened = [line.split()[0] for line in lines(tmp_path / "opened")]
    assert 1 <= len(opened) <= 2
    assert str(os.getpid()) not in opened
    assert sorted(lines(tmp_path / "closed")) == sorted(opened)


def test_a_worker_that_dies_is_replaced_and_its_piece_tried_again_up_to_twice(tmp_path: Path) -> None:
    names = ["deadly1-a", "plain-a", "deadly2-b", "plain-b", "deadly9-c", "plain-c", "plain-d"]
    found = {names[outcome.number]: outcome for outcome in run(tmp_path, pieces(tmp_path, names))}
    assert len(found) == len(names)
    for name in set(names) - {"deadly9-c"}:
        assert found[name] == Outcome(
            names.index(name), "done", {"sha256": digest(name), "bytes": found[name].facts["bytes"]}
        )
    assert (found["deadly9-c"].state, found["deadly9-c"].code) == ("failed", "bulk.worker-died")
    assert "3 workers died" in found["deadly9-c"].message
    begun = lines(tmp_path / "begun")
    expected = {"deadly1-a": 2, "deadly2-b": 3, "deadly9-c": 3}
    assert {name: begun.count(name) for name in names} == {name: expected.get(name, 1) for name in names}


def test_a_worker_that_hangs_is_ended_and_its_piece_told_as_failed(tmp_path: Path) -> None:
    names = ["endless-a", "plain-a", "endless-b", "plain-b"]
    found = {names[outcome.number]: outcome for outcome in run(tmp_path, pieces(tmp_path, names), seconds=5)}
    assert {name: outcome.state for name, outcome in found.items()} == {
        name: "failed" if name.startswith("endless") else "done" for name in names
    }
    assert found["endless-a"].code == found["endless-b"].code == "bulk.too-long"
    assert "more than 5 s" in found["endless-a"].message
    assert sorted(lines(tmp_path / "begun")) == sorted(names)
    for line in lines(tmp_path / "opened"):
        with pytest.raises(ProcessLookupError):
            os.kill(int(line.split()[0]), 0)


def test_what_is_wrong_with_a_piece_is_told_and_stops_no_other(tmp_path: Path) -> None:
    names = ["wrong-a", "odd-b", "plain-c"]
    given = [*pieces(tmp_path, names), Piece(3, str(tmp_path / "nowhere"))]
    found = sorted(run(tmp_path, given), key=lambda outcome: outcome.number)
    assert [outcome.state for outcome in found] == ["failed", "failed", "done", "failed"]
    assert found[0].code == "test.wrong"
    assert found[0].message == "This piece is wrong. Mend it."
    assert found[1].code == found[3].code == "bulk.unexpected"
    # The text of an error nobody foresaw may quote what it was about, so only its kind and place are told.
    assert found[1].message.startswith("ZeroDivisionError in bulk_work.py, line ")
    assert "nowhere" not in found[3].message


def test_a_workspace_that_does_not_open_stops_the_job_and_says_why(tmp_path: Path) -> None:
    with pytest.raises(Denied, match="opens nothing") as caught:
        list(run(tmp_path, pieces(tmp_path, ["a", "b", "c"]), work="refusing"))
    assert (caught.value.code, caught.value.hint) == ("key.passphrase", "Another.")


def test_where_no_worker_lives_the_job_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="3 workers in a row died"):
        list(run(tmp_path, pieces(tmp_path, ["a", "b", "c"]), work="stillborn"))


def test_pieces_are_taken_as_workers_come_free(tmp_path: Path) -> None:
    given = pieces(tmp_path, [f"plain-{number}" for number in range(30)])
    taken: list[int] = []

    def counted() -> Iterator[Piece]:
        for piece in given:
            taken.append(piece.number)
            yield piece

    ahead = [len(taken) - done for done, _ in enumerate(run(tmp_path, counted()), start=1)]
    assert len(ahead) == 30
    # At most one with each worker, and one with whoever reads.
    assert max(ahead) <= 4


def test_a_worker_uses_one_thread(tmp_path: Path) -> None:
    pytest.importorskip("cv2")
    found = list(run(tmp_path, [Piece(0, ""), Piece(1, "")], work="counting_threads"))
    assert [outcome.facts["threads"] for outcome in found] == [1, 1]


def test_a_job_that_is_left_leaves_no_process(tmp_path: Path) -> None:
    outcomes = run(tmp_path, pieces(tmp_path, [f"plain-{number}" for number in range(9)]))
    next(outcomes)
    outcomes.close()
    for line in lines(tmp_path / "opened"):
        with pytest.raises(ProcessLookupError):
            os.kill(int(line.split()[0]), 0)
    assert len(lines(tmp_path / "begun")) < 9


def test_nothing_to_do_starts_nobody(tmp_path: Path) -> None:
    assert list(run(tmp_path, [])) == []
    assert not (tmp_path / "opened").exists()


@pytest.mark.parametrize("workers", [0, -1, 5000])
def test_a_number_of_workers_that_makes_no_sense_is_refused(tmp_path: Path, workers: int) -> None:
    with pytest.raises(Invalid, match="1 to 4096 workers"):
        list(run(tmp_path, pieces(tmp_path, ["a"]), workers=workers))


def test_a_cluster_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    engine: Engine = load(PRACTICE.backends["engine"]["ray"])
    with pytest.raises(Invalid, match="not the address of a Ray cluster"):
        list(engine.run(Work("simulators.bulk_work:compressing", str(tmp_path)), [], workers=1, on="http://localhost"))
    with pytest.raises(Unavailable, match="Ray"):
        list(engine.run(Work("simulators.bulk_work:compressing", str(tmp_path)), [], workers=1, on="ray://127.0.0.1:1"))
