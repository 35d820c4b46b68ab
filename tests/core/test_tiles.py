"""C2SP tlog-tiles: paths, bundles, a writer that touches only the right edge, a reader that proves."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kept.core import merkle, tiles
from kept.errors import Invalid, KeptError, NotFound, Unverified


def numbered(count):
    return [b"entry %d" % number for number in range(count)]


def root_of(entries):
    return merkle.root(b"".join(map(merkle.leaf_hash, entries)))


def written(folder, entries, *, steps=()):
    writer = tiles.TileWriter(folder)
    done = 0
    for step in (*steps, len(entries)):
        writer.append(entries[done:step])
        writer.flush()
        done = step
    return writer


@pytest.mark.parametrize(
    ("level", "index", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 1234067, 256, "tile/0/x001/x234/067"),
        (1, 1000, 7, "tile/1/x001/000.p/7"),
        (63, 5, 255, "tile/63/005.p/255"),
        ("entries", 999, 256, "tile/entries/999"),
    ],
)
def test_a_path_is_that_of_the_specification(level, index, width, path):
    assert tiles.tile_path(level, index, width) == path
    assert tiles.parse_path(path) == (level, index, width)


@given(st.integers(0, 63), st.integers(0, 10**18), st.integers(1, 256))
def test_every_path_is_read_back(level, index, width):
    assert tiles.parse_path(tiles.tile_path(level, index, width)) == (level, index, width)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/1",
        "tile/64/000",
        "tile/00/000",
        "tile/0/x000/001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/07",
        "tile/0/../../etc/passwd",
        "/tile/0/000",
        "tile/0/000\n",
        "tile/0/٠٠٠",
    ],
)
def test_any_other_path_is_refused(path):
    with pytest.raises(Invalid):
        tiles.parse_path(path)


@given(st.text(max_size=60) | st.from_regex(r"tile/[0-9]{1,2}/[x0-9/]{3,20}(\.p/[0-9]{1,3})?", fullmatch=True))
def test_a_path_of_any_text_is_read_or_refused(text):
    with contextlib.suppress(Invalid):
        assert tiles.tile_path(*tiles.parse_path(text)) == text


@given(st.lists(st.binary(max_size=70), max_size=20))
def test_a_bundle_gives_its_entries_back(entries):
    assert tiles.unpack(tiles.pack(entries), len(entries), where="here") == entries


@given(st.binary(max_size=200), st.integers(0, 20))
def test_a_bundle_of_any_bytes_is_read_or_refused(content, width):
    with contextlib.suppress(Unverified):
        assert tiles.pack(tiles.unpack(content, width, where="here")) == content


def test_an_entry_over_65535_bytes_is_refused():
    assert tiles.pack([bytes(65_535)])
    with pytest.raises(Invalid, match="65,535"):
        tiles.pack([b"", bytes(65_536)])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 1400), min_size=1, max_size=4))
def test_a_log_written_in_any_steps_is_the_same_log(tmp_path_factory, ends):
    ends = sorted(ends)
    entries = numbered(ends[-1])
    folder = tmp_path_factory.mktemp("log")
    writer = written(folder, entries, steps=ends)
    assert writer.root() == root_of(entries)
    assert writer.size == len(entries)
    checked = tiles.check(tiles.from_folder(folder), size=len(entries), root=root_of(entries))
    assert list(checked) == list(enumerate(entries))


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 1400), st.integers(0, 700))
def test_a_writer_that_resumes_continues_the_log(tmp_path_factory, first, more):
    entries = numbered(first + more)
    folder = tmp_path_factory.mktemp("log")
    written(folder, entries[:first])
    resumed = tiles.TileWriter(folder, size=first)
    assert resumed.root() == root_of(entries[:first])
    resumed.append(entries[first:])
    resumed.flush()
    assert resumed.root() == root_of(entries)


def test_a_log_of_70000_entries_has_the_tiles_of_the_specification(tmp_path):
    writer = written(tmp_path, numbered(70_000))
    tile = [path for path in writer.written if not path.startswith("tile/entries")]
    assert len(tile) == 273 + 1 + 1 + 1 + 1
    for path in ("tile/0/272", "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"):
        assert (tmp_path / path).is_file()
    reader = tiles.TileReader(tiles.fetched(tiles.from_folder(tmp_path)), 70_000)
    for index in (0, 42, 65_535, 65_536, 69_999):
        merkle.verify_inclusion(
            merkle.leaf_hash(b"entry %d" % index),
            index=index,
            size=70_000,
            proof=merkle.prove_inclusion(reader.nodes, index, 70_000),
            root=writer.root(),
        )


def test_a_full_tile_replaces_the_partial_ones_and_older_trees_still_read(tmp_path):
    entries = numbered(600)
    written(tmp_path, entries, steps=(100, 200))
    assert not (tmp_path / "tile/0/000.p").exists()
    reader = tiles.TileReader(tiles.fetched(tiles.from_folder(tmp_path)), 200)
    assert merkle.tree_root(reader.nodes, 200) == root_of(entries[:200])
    checked = tiles.check(tiles.from_folder(tmp_path), size=200, root=root_of(entries[:200]))
    assert [entry for _, entry in checked] == entries[:200]


def test_no_unfinished_file_is_left(tmp_path):
    written(tmp_path, numbered(600))
    assert not list(tmp_path.rglob("*.new"))


DAMAGES = {
    "truncated": lambda content: content[:-1],
    "lengthened": lambda content: content + b"\x00",
    "flipped": lambda content: content[:40] + bytes([content[40] ^ 4]) + content[41:],
    "reordered": lambda content: content[32:64] + content[:32] + content[64:],
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("file", ["tile/0/000", "tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/001"])
def test_a_damaged_tile_is_named(tmp_path, file, damage):
    entries = numbered(600)
    written(tmp_path, entries)
    (tmp_path / file).write_bytes(DAMAGES[damage]((tmp_path / file).read_bytes()))
    with pytest.raises(Unverified, match="tile/"):
        list(tiles.check(tiles.from_folder(tmp_path), size=600, root=root_of(entries)))


def test_a_log_under_another_root_is_refused(tmp_path):
    written(tmp_path, numbered(600))
    with pytest.raises(Unverified, match="root"):
        list(tiles.check(tiles.from_folder(tmp_path), size=600, root=bytes(32)))


def test_a_missing_tile_is_not_found(tmp_path):
    with pytest.raises(NotFound):
        tiles.TileWriter(tmp_path, size=3)
    with pytest.raises(KeptError):
        tiles.TileReader(tiles.fetched(tiles.from_folder(tmp_path)), 3).nodes(0, 0)
