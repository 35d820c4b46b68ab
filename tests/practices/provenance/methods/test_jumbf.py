"""The active manifest is taken out of a store, and nothing that is no store is taken for one."""

import io
import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Invalid
from kept.practices.provenance.methods.jumbf import active_manifest


def box(kind: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + kind + content


def manifest(name: bytes) -> bytes:
    return box(b"jumb", box(b"jumd", name) + box(b"cbor", b"claim"))


HEAD = box(b"jumd", b"c2pa")


def test_the_last_manifest_is_the_active_one() -> None:
    store = box(b"jumb", HEAD + manifest(b"parent") + manifest(b"active"))
    assert active_manifest(store) == manifest(b"active")


def test_a_box_may_state_its_length_in_eight_bytes() -> None:
    content = box(b"jumd", b"active")
    long = (1).to_bytes(4, "big") + b"jumb" + (len(content) + 16).to_bytes(8, "big") + content
    assert active_manifest(box(b"jumb", HEAD + long)) == long


@pytest.mark.parametrize(
    "store",
    [
        b"",
        b"\0\0\0\x08jumb",
        box(b"free", HEAD),
        box(b"jumb", b""),
        box(b"jumb", HEAD),
        box(b"jumb", HEAD + box(b"cbor", b"")),
        box(b"jumb", manifest(b"x") + manifest(b"y")),
        box(b"jumb", HEAD + manifest(b"x"))[:-1],
        box(b"jumb", HEAD + manifest(b"x")) + b"\0",
        box(b"jumb", HEAD + b"\0\0\0\x04jumb"),
        box(b"jumb", HEAD + box(b"jumb", b"") * 20_000),
    ],
    ids=range(11),
)
def test_what_is_no_store_is_refused(store: bytes) -> None:
    with pytest.raises(Invalid):
        active_manifest(store)


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_no_bytes_bring_it_down(start: bytes, rest: bytes) -> None:
    for store in (start, box(b"jumb", HEAD + start + rest)):
        with suppress(Invalid):
            assert active_manifest(store) in store


def test_a_real_store_holds_its_active_manifest_last() -> None:
    c2pa = pytest.importorskip("c2pa")
    folder = Path(__file__).parents[5] / "shared" / "data" / "c2pa"
    path = next(folder.rglob("*CA.jpg"), None) if folder.exists() else None
    if path is None:
        pytest.skip("the C2PA public test files are not here (shared/data/c2pa)")
    store = _store_of_jpeg(path.read_bytes())
    with c2pa.Reader("application/c2pa", io.BytesIO(store)) as reader:
        label = json.loads(reader.json())["active_manifest"]
    assert label.encode() in active_manifest(store)[:200]


def _store_of_jpeg(data: bytes) -> bytes:
    """The JUMBF that APP11 segments of a JPEG hold (ISO/IEC 19566-5, Annex D): 8 bytes of head, the box's own once."""
    at, parts = 2, []
    while data[at] == 0xFF and data[at + 1] != 0xDA:
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] == 0xEB and data[at + 4 : at + 6] == b"JP":
            parts.append(data[at + 12 : at + 2 + length] if not parts else data[at + 20 : at + 2 + length])
        at += 2 + length
    return b"".join(parts)
