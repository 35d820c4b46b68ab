"""Compressed boxes are counted before anything is unpacked, however a JPEG cuts them up."""

import struct
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from kept.practices.provenance.methods.manifests.effort import compressed_boxes


def jpeg(store: bytes, cuts: list[int], *, noise: bytes = b"") -> bytes:
    """A JPEG whose manifest store is cut at these places, with a comment between any two parts."""
    places = [8, *sorted(min(8 + cut, len(store)) for cut in cuts), len(store)]
    parts = []
    for number, (start, end) in enumerate(pairwise(places), 1):
        payload = b"JP\0\1" + struct.pack(">I", number) + store[:8] + store[start:end]
        parts.append(b"\xff\xeb" + struct.pack(">H", len(payload) + 2) + payload)
        parts.append(b"\xff\xfe" + struct.pack(">H", len(noise) + 2) + noise)
    return b"\xff\xd8" + b"".join(parts) + b"\xff\xda\0\2pixels brob\xff\xd9"


@given(st.integers(0, 9), st.lists(st.integers(0, 300), max_size=20), st.binary(max_size=50))
def test_every_compressed_box_counts_wherever_segments_end(boxes, cuts, noise):
    store = b"\0\0\1\0jumb" + b"".join(bytes([number]) * 20 + b"brob" for number in range(boxes)) + bytes(10)
    assert compressed_boxes(jpeg(store, cuts, noise=noise)) == boxes


def test_other_content_is_counted_as_it_stands():
    assert compressed_boxes(b"RIFF....brob..brob") == 2
    assert compressed_boxes(b"") == 0


@given(st.binary(max_size=200))
def test_any_bytes_are_counted(data):
    assert 0 <= compressed_boxes(b"\xff\xd8" + data) <= data.count(b"b")
