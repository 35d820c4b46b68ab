"""The index finds exactly what looking at every code finds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.practices.provenance.methods.nearest import (
    BITS,
    ENTRY_BYTES,
    FURTHEST,
    PIECES,
    Codes,
    Index,
    build,
    merged,
    scan,
)

NUMBER = st.integers(0, 2**64 - 1)


def by_hand(codes: Codes, code: int, radius: int) -> list[tuple[int, int]]:
    """Distance and label of each code that is near, by Python's own integers."""
    far = [(int(each) ^ code).bit_count() for each in codes]
    return sorted((distance, label) for label, distance in enumerate(far) if distance <= radius)


def labelled(codes: Codes) -> Index:
    return build(codes, np.arange(len(codes), dtype=np.uint32))


def flipped(code: int, bits: set[int]) -> int:
    return code ^ sum(1 << bit for bit in bits)


@st.composite
def crowds(draw: st.DrawFn) -> tuple[Codes, int, int]:
    """Codes of which some lie near the one that is asked for, some are equal, and some crowd into few buckets."""
    code, radius = draw(NUMBER), draw(st.integers(0, FURTHEST))
    near = draw(st.lists(st.sets(st.integers(0, 63), max_size=18), max_size=30))
    others = draw(st.lists(NUMBER | st.integers(0, 3) | st.just(code), max_size=30))
    seed = draw(st.integers(0, 2**32))
    codes = np.array([flipped(code, bits) for bits in near] + others, np.uint64)
    far = np.random.default_rng(seed).integers(0, 2**64, draw(st.sampled_from((0, 2000))), dtype=np.uint64)
    return np.concatenate((codes, far)), code, radius


@given(crowds())
def test_it_finds_what_looking_at_every_code_finds(case: tuple[Codes, int, int]) -> None:
    codes, code, radius = case
    expected = by_hand(codes, code, radius)
    labels = np.arange(len(codes), dtype=np.uint32)
    for near in (labelled(codes).within(code, radius, limit=10**6), scan(codes, labels, code, radius, limit=10**6)):
        assert list(zip(near.distances.tolist(), near.labels.tolist(), strict=True)) == expected


@pytest.mark.parametrize("radius", range(FURTHEST + 1))
def test_buckets_alone_miss_nothing_among_many(radius: int) -> None:
    """Large enough that buckets are searched, with differences spread over the pieces in the worst ways."""
    generator = np.random.default_rng(radius)
    codes = generator.integers(0, 2**64, 300_000, dtype=np.uint64)
    index = labelled(codes)
    for round_ in range(40):
        place = int(generator.integers(len(codes)))
        if round_ % 2:
            bits = set(generator.choice(64, radius, replace=False).tolist())
        else:
            bits = {BITS * (number % PIECES) + number // PIECES for number in range(radius)}
        code = flipped(int(codes[place]), bits)
        found = index.within(code, radius)
        assert place in found.labels
        assert found.distances[list(found.labels).index(place)] == radius
        expected = scan(codes, index.labels, code, radius)
        assert (found.labels.tolist(), found.distances.tolist()) == (
            expected.labels.tolist(),
            expected.distances.tolist(),
        )


def test_codes_that_are_all_alike_are_found_too() -> None:
    index = labelled(np.full(100_000, 7, np.uint64))
    assert index.within(6, 1, limit=3).labels.tolist() == [0, 1, 2]
    assert len(index.within(4, 1).labels) == 0


def test_only_the_nearest_are_told() -> None:
    codes = np.array([0b111, 0b1, 0b11, 0b0], np.uint64)
    near = labelled(codes).within(0, 3, limit=2)
    assert (near.labels.tolist(), near.distances.tolist()) == ([3, 1], [0, 1])
    others = scan(np.array([0b11], np.uint64), np.array([9], np.uint32), 0, 3)
    assert merged(near, others, limit=2).labels.tolist() == [3, 1]
    assert merged(near, others, limit=3).labels.tolist() == [3, 1, 9]


def test_an_entry_takes_as_much_memory_as_is_said() -> None:
    arrays = labelled(np.arange(100_000, dtype=np.uint64)).arrays()
    assert sum(array.nbytes for array in arrays.values()) - arrays["starts"].nbytes == 100_000 * ENTRY_BYTES


def test_arrays_give_the_index_back_and_others_are_refused() -> None:
    index = labelled(np.arange(1000, dtype=np.uint64))
    again = Index.from_arrays(index.arrays())
    assert again.within(5, 2).labels.tolist() == index.within(5, 2).labels.tolist()
    with pytest.raises(ValueError, match="fit"):
        Index.from_arrays({**index.arrays(), "labels": index.labels[:-1]})
    with pytest.raises(KeyError):
        Index.from_arrays({"codes": index.codes})


@pytest.mark.parametrize("radius", [-1, FURTHEST + 1])
def test_a_radius_that_is_not_searched_is_refused(radius: int) -> None:
    with pytest.raises(ValueError, match="radius"):
        labelled(np.arange(10, dtype=np.uint64)).within(0, radius)


def test_labels_must_be_as_many_as_codes() -> None:
    with pytest.raises(ValueError, match="as many"):
        build(np.arange(3, dtype=np.uint64), np.arange(2, dtype=np.uint32))
