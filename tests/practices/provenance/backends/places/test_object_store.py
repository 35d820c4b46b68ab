"""An object store as a place: S3, as moto serves it over HTTP and s3fs reaches it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from kept.core.reference import load
from kept.errors import Invalid, NotFound
from kept.practices.provenance import PRACTICE
from kept.practices.provenance.ports import Places
from kept.practices.provenance.records.bulk import Manner
from simulators.provenance_room import opened

PLACES: Places = load(PRACTICE.backends["place"]["any"])
LIMIT = 1 << 20
MODEL = f"sha256:{'ab' * 32}"
TWO = Manner(workers=2)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    pytest.importorskip("s3fs")
    server = pytest.importorskip("moto.server").ThreadedMotoServer(port=0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    for name, value in {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    urlopen(Request(f"{address}/moto-api/reset", method="POST")).close()
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()
    system = s3fs.S3FileSystem(use_listings_cache=False)
    system.mkdir("media")
    yield system
    s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


def test_objects_are_found_read_and_told_by_their_stamp(bucket: Any) -> None:
    bucket.pipe({"media/in/a.png": b"one", "media/in/sub/b.png": b"two", "media/in/.hidden": b"-", "media/c.txt": b"-"})
    found = list(PLACES.find("s3://media/in/**"))
    assert [each.name for each in found] == ["a.png", "sub/b.png"]
    assert [PLACES.read(each.place, limit=LIMIT) for each in found] == [b"one", b"two"]
    bucket.pipe("media/in/a.png", b"three")
    bucket.invalidate_cache()
    (changed, same) = PLACES.find("s3://media/in/**")
    assert changed.stamp != found[0].stamp
    assert same.stamp == found[1].stamp


def test_an_object_appears_whole_and_what_was_staged_is_gone(bucket: Any) -> None:
    PLACES.stage("s3://media/out/a.png", b"marked", within="s3://media/out", tag="t")
    assert not PLACES.exists("s3://media/out/a.png")
    assert PLACES.publish("s3://media/out/a.png", tag="t")
    assert bucket.cat("media/out/a.png") == b"marked"
    bucket.invalidate_cache()
    assert bucket.find("media/out") == ["media/out/a.png"]
    assert not PLACES.publish("s3://media/out/a.png", tag="t")
    PLACES.put("s3://media/out/a.png", b"put")
    assert bucket.cat("media/out/a.png") == b"put"
    bucket.invalidate_cache()
    assert bucket.find("media/out") == ["media/out/a.png"]


def test_what_is_not_there_or_too_large_or_out_of_reach_is_told(bucket: Any) -> None:
    with pytest.raises(NotFound):
        list(PLACES.find("s3://media/nothing/**"))
    with pytest.raises(NotFound):
        PLACES.read("s3://media/nothing.png", limit=LIMIT)
    bucket.pipe("media/large.png", bytes(101))
    with pytest.raises(Invalid, match="larger"):
        PLACES.read("s3://media/large.png", limit=100)
    with pytest.raises(NotFound, match="there is no no-such-bucket"):
        PLACES.stage("s3://no-such-bucket/a.png", b"x", within="s3://no-such-bucket", tag="t")
    with pytest.raises(NotFound, match="no-such-bucket"):
        PLACES.put("s3://no-such-bucket/a.png", b"x")
    assert not bucket.exists("no-such-bucket")


def test_pictures_are_marked_from_one_bucket_to_another_and_checked_there(bucket: Any, tmp_path: Path) -> None:
    pytest.importorskip("cv2")
    from simulators.small_pictures import drawn

    bucket.mkdir("marked")
    bucket.pipe({f"media/in/{number}.png": drawn(number) for number in range(3)})
    with opened(tmp_path) as room:
        room.service.keys_new()
        batch = room.service.mark_many(("s3://media/in/**",), "s3://marked/out", model=MODEL, manner=TWO)
        assert (batch.done, batch.failed) == (3, 0)
        again = room.service.mark_many(("s3://media/in/**",), "s3://marked/out", model=MODEL, manner=TWO)
        assert again.skipped == 3
        table = room.service.check_many(("s3://marked/out/**",), "s3://marked/verdicts.parquet", manner=TWO)
        assert table.done == 3
    import pyarrow.parquet as parquet

    rows = parquet.read_table(io.BytesIO(bucket.cat("marked/verdicts.parquet"))).to_pylist()
    assert [row["verdict"] for row in rows] == ["trusted-manifest"] * 3
