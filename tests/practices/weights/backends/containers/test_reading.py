"""A sealed file or folder is one run of bytes, whatever the number of its files and of threads."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Invalid, NotFound, Unverified
from kept.practices.weights.backends.containers.reading import SealedModel, identify, open_sealed
from kept.practices.weights.backends.containers.sealing import seal
from simulators.sealed_files import KEY, commission, plain_file, sharded

SIZES = (1_300_000, 1, 2_500_000, 700)
BYTES = b"".join(Random(number).randbytes(size) for number, size in enumerate(SIZES, 1))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("reading")
    seal(sharded(place / "plain", SIZES), place / "sealed", commission())
    return place / "sealed"


@given(st.integers(0, len(BYTES)), st.integers(0, len(BYTES)), st.sampled_from((1, 2, 7)))
def test_any_span_across_shards_is_what_was_sealed(folder: Path, one: int, other: int, threads: int) -> None:
    start, stop = sorted((one, other))
    model = open_sealed(folder, KEY)
    out = bytearray(stop - start)
    model.read_into(start, stop, out, threads=threads)
    assert out == BYTES[start:stop]


def test_each_tensor_has_its_place_among_all_bytes(folder: Path) -> None:
    model = open_sealed(folder, KEY)
    reached = 0
    for number, size in enumerate(SIZES, 1):
        tensor = model.tensor(f"layer.{number}")
        assert (tensor.start, tensor.stop) == (reached, reached + size)
        assert model.part_at(tensor.start).size == size
        reached += size
    assert model.size == reached == len(BYTES)
    assert len(model.headers) == len(SIZES)
    with pytest.raises(Invalid, match="no tensor"):
        model.tensor("layer.9")


@pytest.mark.parametrize("threads", [1, 3])
def test_of_a_span_with_a_changed_chunk_nothing_is_left(folder: Path, tmp_path: Path, threads: int) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    shard = tmp_path / "model-00003-of-00004.safetensors.sealed"
    data = bytearray(shard.read_bytes())
    data[-1_200_000] ^= 1
    shard.write_bytes(data)
    out = bytearray(b"\xaa" * len(BYTES))
    with pytest.raises(Unverified, match="chunk"):
        open_sealed(tmp_path, KEY).read_into(0, len(BYTES), out, threads=threads)
    assert not any(out)


def test_a_closed_file_reads_nothing(folder: Path) -> None:
    model = open_sealed(folder, KEY)
    model.close()
    with pytest.raises(Invalid, match="closed"):
        model.read_into(0, 10, bytearray(10))


@pytest.mark.parametrize(("start", "stop", "room"), [(-1, 2, 3), (2, 1, 0), (0, len(BYTES) + 1, 9), (0, 4, 3)])
def test_spans_that_do_not_fit_are_refused(folder: Path, start: int, stop: int, room: int) -> None:
    with pytest.raises(Invalid, match="no bytes"):
        open_sealed(folder, KEY).read_into(start, stop, bytearray(room))


def test_a_shard_is_not_opened_alone_and_what_is_no_sealed_file_not_at_all(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Unverified, match="not the key"):
        open_sealed(next(folder.glob("model-00001*")), KEY)
    (tmp_path / "plain").write_bytes(plain_file(100))
    for verb in (lambda place: open_sealed(place, KEY), identify):
        with pytest.raises(Invalid, match="no file of sealed weights"):
            verb(tmp_path / "plain")
        with pytest.raises(NotFound):
            verb(tmp_path / "nothing")
    assert isinstance(open_sealed(folder, KEY), SealedModel)
