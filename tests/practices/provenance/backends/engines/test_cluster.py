"""A Ray cluster on this machine: the same outcomes and verdicts as worker processes, though a worker is killed."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from kept.core.reference import load
from kept.errors import Unavailable
from kept.practices.provenance import PRACTICE
from kept.practices.provenance.backends.engines.cluster import joined
from kept.practices.provenance.ports import Engine
from kept.practices.provenance.records.bulk import Manner, Outcome, Piece, Work
from simulators.provenance_room import opened

pytest.importorskip("cv2")
pq = pytest.importorskip("pyarrow.parquet")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One cluster for all tests here, as starting one takes long; and the folder of a workspace with a key."""
    # Here, as it takes seconds that whoever collects tests need not spend.
    pytest.importorskip("ray")
    folder = tmp_path_factory.mktemp("cluster")
    with pytest.MonkeyPatch.context() as patch, opened(folder) as room:
        room.service.keys_new()
        # Its processes must find the work, and leave no token in the home folder of whoever tests.
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[4]))
        patch.setenv("RAY_AUTH_MODE", "disabled")
        with ExitStack() as stack:
            try:
                stack.enter_context(joined("ray", 2))
            except Unavailable as error:
                if "timed out during startup" not in error.message:
                    raise
                pytest.skip("this machine is too busy: Ray did not start twice within the half minute that it allows")
            yield folder


def test_the_same_comes_of_each_piece_though_a_worker_is_killed(
    cluster: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found, begun = {}, {}
    for on in ("local", "ray"):
        found[on], begun[on] = compressed(tmp_path / on, on)
    assert found["local"] == found["ray"]
    assert begun["local"] == begun["ray"]
    assert [outcome.state for outcome in found["ray"]] == ["done", "done", "failed", "failed", "done"]
    assert begun["ray"].count("deadly1-b") == 2
    # A result may be printed on standard output: nothing else is.
    assert capfd.readouterr().out == ""


def compressed(folder: Path, on: str) -> tuple[list[Outcome], list[str]]:
    folder.mkdir()
    names = ["plain-a", "deadly1-b", "wrong-c", "odd-d", "plain-e"]
    for name in names:
        (folder / name).write_bytes(name.encode() * 1000)
    pieces = [Piece(number, str(folder / name)) for number, name in enumerate(names)]
    engine: Engine = load(PRACTICE.backends["engine"][on])
    outcomes = engine.run(Work("simulators.bulk_work:compressing", str(folder)), pieces, workers=2, on=on)
    return sorted(outcomes, key=lambda each: each.number), sorted((folder / "begun").read_text().split())


def test_pictures_are_marked_and_checked_as_they_are_by_processes(cluster: Path) -> None:
    from simulators.small_pictures import drawn

    (cluster / "in").mkdir()
    for seed in range(3):
        (cluster / "in" / f"{seed}.png").write_bytes(drawn(seed))
    out, model = str(cluster / "out"), f"sha256:{'ab' * 32}"
    with opened(cluster) as room:
        marked = room.service.mark_many((str(cluster / "in"),), out, model=model, manner=Manner("ray", 2))
        assert (marked.done, marked.failed) == (3, 0)
        rows = {}
        for on in ("local", "ray"):
            room.service.check_many((out,), str(cluster / f"{on}.parquet"), manner=Manner(on, 1))
            rows[on] = pq.read_table(cluster / f"{on}.parquet").to_pylist()
    assert rows["local"] == rows["ray"]
    assert [(row["verdict"], row["model"]) for row in rows["ray"]] == [("trusted-manifest", model)] * 3
