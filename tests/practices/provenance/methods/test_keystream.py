"""What follows from a key is the same everywhere, and looks like nothing to whoever lacks the key."""

import numpy as np
import pytest

from kept.practices.provenance.methods.keystream import Keystream
from kept.practices.provenance.records import MarkKey

KEY = MarkKey("one", bytes(range(32)))
OTHER = MarkKey("other", bytes(range(1, 33)))


def test_it_is_pinned_so_that_old_marks_are_found_by_new_releases() -> None:
    assert Keystream(KEY, "image").words(2).tolist() == [5527261477367680620, 11205465363181371532]


def test_equal_calls_give_equal_numbers_and_later_ones_others() -> None:
    one, same = Keystream(KEY, "image"), Keystream(KEY, "image")
    first = one.words(8)
    assert np.array_equal(first, same.words(8))
    assert not np.array_equal(first, one.words(8))


@pytest.mark.parametrize("other", [Keystream(OTHER, "image"), Keystream(KEY, "sound")])
def test_another_key_or_label_gives_unrelated_numbers(other: Keystream) -> None:
    one, two = Keystream(KEY, "image").uniform(20_000), other.uniform(20_000)
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.03


def test_numbers_are_spread_evenly() -> None:
    stream = Keystream(KEY, "spread")
    counts = np.histogram(stream.uniform(100_000), 20, (0, 1))[0]
    assert np.abs(counts - 5000).max() < 300
    assert abs(int(stream.signs(100_000).astype(int).sum())) < 1500
    assert sorted(stream.permutation(1000).tolist()) == list(range(1000))
    assert 0 <= stream.phases(1000).min() < stream.phases(1000).max() < 2 * np.pi


def test_a_secret_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Keystream(MarkKey("short", b"x"), "image")
