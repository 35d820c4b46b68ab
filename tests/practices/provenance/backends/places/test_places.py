"""Files by path and by URL: what a pattern means, what is never followed or left half, and what is told of the rest."""

import os
import threading
from pathlib import Path

import pytest

from kept.core.reference import load
from kept.errors import Denied, Invalid, NotFound, Unavailable
from kept.practices.provenance import PRACTICE
from kept.practices.provenance.ports import Places

PLACES: Places = load(PRACTICE.backends["place"]["any"])
LIMIT = 1 << 20


@pytest.fixture(params=["", "file://", "local://"])
def scheme(request: pytest.FixtureRequest) -> str:
    """A path; a URL that is a path; and one that fsspec reads."""
    if request.param == "local://":
        pytest.importorskip("fsspec")
    return str(request.param)


def made(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())


def names(pattern: str, **given: str) -> list[str]:
    return [found.name for found in PLACES.find(pattern, **given) if not found.trouble]


def test_a_pattern_means_the_files_in_the_order_of_names(tmp_path: Path, scheme: str) -> None:
    made(tmp_path, "b.png", "a.png", "sub/c.png", "sub/d.txt", ".hidden", "sub/.part")
    at = f"{scheme}{tmp_path}"
    assert names(f"{at}/**") == names(at) == ["a.png", "b.png", "sub/c.png", "sub/d.txt"]
    assert names(f"{at}/*.png") == ["a.png", "b.png"]
    assert names(f"{at}/**/*.png") == ["a.png", "b.png", "sub/c.png"]
    assert names(f"{at}/sub/c.png") == ["c.png"]
    (one,) = PLACES.find(f"{at}/sub/c.png")
    assert PLACES.read(one.place, limit=LIMIT) == b"sub/c.png"


def test_what_comes_out_is_not_taken_in(tmp_path: Path, scheme: str) -> None:
    made(tmp_path, "a.png", "out/a.png", "output.png", "v.parquet")
    at = f"{scheme}{tmp_path}"
    assert names(f"{at}/**", without=f"{at}/out") == ["a.png", "output.png", "v.parquet"]
    assert names(f"{at}/**", without=f"{at}/v.parquet") == ["a.png", "out/a.png", "output.png"]


def test_a_stamp_changes_with_the_file(tmp_path: Path, scheme: str) -> None:
    made(tmp_path, "a.png")
    (before,) = PLACES.find(f"{scheme}{tmp_path}")
    (again,) = PLACES.find(f"{scheme}{tmp_path}")
    (tmp_path / "a.png").write_bytes(b"another")
    (after,) = PLACES.find(f"{scheme}{tmp_path}")
    assert before.stamp == again.stamp != after.stamp


def test_links_are_told_and_never_followed(tmp_path: Path, scheme: str) -> None:
    made(tmp_path, "in/a.png", "secret/s.png")
    (tmp_path / "in" / "link.png").symlink_to(tmp_path / "secret" / "s.png")
    (tmp_path / "in" / "zfolder").symlink_to(tmp_path / "secret")
    found = {each.name: each.trouble for each in PLACES.find(f"{scheme}{tmp_path}/in/**")}
    assert found.pop("a.png") == ""
    assert "secret" not in str(found)
    assert "It is a link" in found["link.png"]
    if scheme != "local://":
        assert "It is a link" in found["zfolder"]
        with pytest.raises(Unavailable, match=r"link\.png can't be read"):
            PLACES.read(f"{tmp_path}/in/link.png", limit=LIMIT)


def test_a_folder_that_is_a_link_is_taken_where_it_was_named(tmp_path: Path) -> None:
    made(tmp_path, "real/a.png", "real/out/x.png")
    (tmp_path / "in").symlink_to(tmp_path / "real")
    assert names(f"{tmp_path}/in/**", without=f"{tmp_path}/real/out") == ["a.png"]


def test_what_is_no_plain_file_is_told_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (found,) = PLACES.find(str(tmp_path))
    assert found.trouble == "It is not a plain file."
    with pytest.raises(Invalid, match="not a plain file"):
        PLACES.read(str(tmp_path / "pipe.png"), limit=LIMIT)


def test_what_a_person_named_is_read_through_a_link_and_from_a_pipe(tmp_path: Path) -> None:
    made(tmp_path, "a.png")
    (tmp_path / "latest.png").symlink_to(tmp_path / "a.png")
    os.mkfifo(tmp_path / "pipe.png")
    writer = threading.Thread(target=(tmp_path / "pipe.png").write_bytes, args=(b"poured",))
    writer.start()
    assert PLACES.read(f"{tmp_path}/latest.png", limit=LIMIT, named=True) == b"a.png"
    assert PLACES.read(f"{tmp_path}/pipe.png", limit=LIMIT, named=True) == b"poured"
    writer.join()
    with pytest.raises(Invalid, match="is a folder"):
        PLACES.read(str(tmp_path), limit=LIMIT, named=True)


def test_what_can_not_be_read_is_told(tmp_path: Path, scheme: str) -> None:
    with pytest.raises(NotFound):
        list(PLACES.find(f"{scheme}{tmp_path}/nowhere/**"))
    with pytest.raises(NotFound):
        PLACES.read(f"{scheme}{tmp_path}/nowhere.png", limit=LIMIT)
    made(tmp_path, "a.png")
    with pytest.raises(Invalid, match="larger than the 3 bytes"):
        PLACES.read(f"{scheme}{tmp_path}/a.png", limit=3)
    # A plain file, by its kind, that nobody can read from its beginning.
    with pytest.raises(Unavailable, match="can't be read"):
        PLACES.read(f"{scheme}/proc/self/mem", limit=LIMIT)


def test_an_output_appears_whole_and_only_when_it_is_published(tmp_path: Path, scheme: str) -> None:
    target = f"{scheme}{tmp_path}/out/deep/a.png"
    PLACES.stage(target, b"first", within=f"{scheme}{tmp_path}/out", tag="b-1")
    assert not PLACES.exists(target)
    assert names(f"{scheme}{tmp_path}/out") == []
    PLACES.stage(target, b"second", within=f"{scheme}{tmp_path}/out", tag="b-1")
    assert PLACES.publish(target, tag="b-1")
    assert PLACES.exists(target)
    assert (tmp_path / "out" / "deep" / "a.png").read_bytes() == b"second"
    assert [path.name for path in (tmp_path / "out" / "deep").iterdir()] == ["a.png"]
    assert not PLACES.publish(target, tag="b-1")


def test_one_file_is_put_whole_in_place_of_what_is_there(tmp_path: Path, scheme: str) -> None:
    for content in (b"first", b"second"):
        PLACES.put(f"{scheme}{tmp_path}/a.png", content)
        assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.png", content)]
    with pytest.raises(NotFound):
        PLACES.put(f"{scheme}{tmp_path}/none/a.png", b"third")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_where_a_remote_place_refuses_nothing_half_written_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = pytest.importorskip("fsspec.implementations.memory").MemoryFileSystem
    monkeypatch.setattr(memory, "store", {})

    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("no right to rename")

    with monkeypatch.context() as patch:
        patch.setattr(memory, "mv", refuse)
        with pytest.raises(Unavailable, match="can't be written: no right to rename"):
            PLACES.put("memory://kept-files/out.png", b"whole")
        assert not memory.store
    PLACES.put("memory://kept-files/out.png", b"whole")
    assert list(memory.store) == ["/kept-files/out.png"]


def test_two_names_of_one_file_are_the_same(tmp_path: Path, scheme: str) -> None:
    made(tmp_path, "a.png", "b.png")
    (tmp_path / "link.png").symlink_to(tmp_path / "a.png")
    at = f"{scheme}{tmp_path}"
    assert PLACES.same(f"{at}/a.png", f"{at}/a.png")
    assert PLACES.same(f"{at}/a.png", f"{at}/link.png") == (scheme != "local://")
    assert not PLACES.same(f"{at}/a.png", f"{at}/b.png")
    assert not PLACES.same(f"{at}/a.png", f"{at}/none.png")


def test_an_output_never_leaves_its_folder_by_a_link(tmp_path: Path) -> None:
    made(tmp_path, "out/x", "elsewhere/y")
    (tmp_path / "out" / "sub").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Denied, match="leads out of"):
        PLACES.stage(f"{tmp_path}/out/sub/new/a.png", b"", within=f"{tmp_path}/out", tag="b-1")
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["y"]
    # One that was planted where the output is staged is replaced, not written through.
    (tmp_path / "out" / ".a.png.b-1.part").symlink_to(tmp_path / "elsewhere" / "y")
    PLACES.stage(f"{tmp_path}/out/a.png", b"new", within=f"{tmp_path}/out", tag="b-1")
    assert (tmp_path / "elsewhere" / "y").read_bytes() == b"elsewhere/y"


def test_a_place_that_can_not_be_written_is_told(tmp_path: Path, scheme: str) -> None:
    made(tmp_path, "file")
    with pytest.raises(Unavailable, match="can't be written"):
        PLACES.stage(f"{scheme}{tmp_path}/file/a.png", b"", within=f"{scheme}{tmp_path}", tag="b-1")


def test_addresses_that_workers_could_not_share_or_that_nothing_reads_are_refused() -> None:
    pytest.importorskip("fsspec")
    for place in ("memory://x", "s3://bucket/../other"):
        with pytest.raises(Invalid):
            PLACES.absolute(place)
    with pytest.raises(Unavailable, match="can't be reached"):
        list(PLACES.find("nosuchscheme://x/**"))


def test_without_fsspec_an_address_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(Unavailable, match="fsspec, which is not installed") as caught:
        PLACES.exists("s3://bucket/x")
    assert "kept[ray]" in caught.value.hint
