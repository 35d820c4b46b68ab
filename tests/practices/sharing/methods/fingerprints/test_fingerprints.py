"""Fingerprints: a text is found again after edits, an unrelated one isn't, and both numbers are as published."""

import random
from base64 import b64encode
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Invalid
from kept.practices.sharing.methods.fingerprints import (
    Nearest,
    contained,
    decode,
    encode,
    hashes,
    minhash_of,
    resemblance,
    sketch_of,
)
from kept.practices.sharing.methods.normalising import normalise
from kept.practices.sharing.records.contents import FINGERPRINTING

LETTERS = "abcdefghijklmnopqrstuvwxyz "
_DRAW = random.Random(0)
WORDS = ["".join(_DRAW.choices(LETTERS[:26], k=_DRAW.randint(2, 9))) for _ in range(4000)]


def hashed(text: str) -> np.ndarray:
    return hashes(normalise(text))


def text(draw: random.Random, words: int = 200) -> str:
    return " ".join(draw.choices(WORDS, k=words))


def in_letters(draw: random.Random, written: str) -> str:
    def edited(letter: str) -> str:
        if draw.random() >= 0.1:
            return letter
        return draw.choice(("", draw.choice(LETTERS), letter + draw.choice(LETTERS)))

    return "".join(map(edited, written))


def in_words(draw: random.Random, written: str) -> str:
    return " ".join(draw.choice(WORDS) if draw.random() < 0.1 else word for word in written.split())


def test_a_hash_is_the_one_that_the_format_says() -> None:
    """Computed by whole numbers alone, as docs/shared-objects.md says it."""
    factor, mix, wrap = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, (1 << 64) - 1
    expected = []
    for gram in ("read th", "ead the", "ad the ", "d the c", " the ca", "the car", "he card"):
        value = 0
        for letter in gram:
            value = (value * factor + ord(letter)) & wrap
        value ^= value >> 32
        expected.append(value * mix & wrap)
    assert hashed("Read --  the\ncard").tolist() == expected


def test_text_of_fewer_than_seven_letters_has_no_hash() -> None:
    assert len(hashed("sixsix")) == 0
    assert len(hashed("seven77")) == 1


@pytest.mark.parametrize("edited", [in_letters, in_words])
@pytest.mark.parametrize("seed", range(3))
def test_texts_are_found_after_a_tenth_was_edited(edited, seed: int) -> None:
    draw = random.Random(seed)
    texts = [text(draw) for _ in range(300)]
    nearest = Nearest.of([sketch_of(hashed(each)) for each in texts])
    wanted = draw.sample(range(300), 60)
    found = [{place for place, _ in nearest.find(hashed(edited(draw, texts[place])))} for place in wanted]
    assert sum(place in places for place, places in zip(wanted, found, strict=True)) >= 57
    assert sum(map(len, found)) <= 62


def test_a_text_is_found_within_a_longer_one() -> None:
    draw = random.Random(7)
    texts = [text(draw) for _ in range(50)]
    nearest = Nearest.of([sketch_of(hashed(each)) for each in texts])
    ((place, share),) = nearest.find(hashed(f"{text(draw, 300)} {texts[11]} {text(draw, 300)}"))
    assert (place, share) == (11, 1.0)


def test_many_copies_of_one_text_are_all_found() -> None:
    draw = random.Random(8)
    one = text(draw)
    nearest = Nearest.of([sketch_of(hashed(in_words(draw, one))) for _ in range(100)])
    assert len(nearest.find(hashed(one))) == 100


def test_shares_are_those_of_whole_sketches_also_among_hashes_made_to_look_alike() -> None:
    """A hostile peer chooses numbers freely: here all end alike, which is where tables look first."""
    draw = random.Random(9)
    alike = np.array([number << 32 | 0xABCD for number in range(1, 257)], dtype=np.uint64)
    texts = [text(draw) for _ in range(40)]
    sketches = [sketch_of(hashed(each)) for each in texts] + [alike + np.uint64(number << 45) for number in range(5)]
    nearest = Nearest.of(sketches)
    for asked in (hashed(in_letters(draw, texts[3])), np.concatenate([hashed(texts[5]), alike, alike])):
        shares = [contained(each, np.sort(asked)) for each in sketches]
        assert sorted(nearest.find(asked)) == [(place, share) for place, share in enumerate(shares) if share >= 0.37]


def test_a_short_sketch_and_an_empty_index_find_nothing() -> None:
    assert Nearest.of([]).find(hashed("read the card on the desk")) == []
    short, long = sketch_of(hashed("read the card")), sketch_of(hashed(text(random.Random(2))))
    assert Nearest.of([short]).find(hashed("read the card")) == []
    assert [place for place, _ in Nearest.of([long, short]).find(hashed(text(random.Random(2))))] == [0]


def test_a_sketch_is_what_it_was_after_it_was_written_down() -> None:
    sketch = sketch_of(hashed(text(random.Random(1))))
    assert len(sketch) == 256
    assert decode(encode(sketch)).tolist() == sketch.tolist()


@pytest.mark.parametrize(
    "written", ["", "!", "AAAA", b64encode(bytes(8 * 257)).decode(), b64encode(bytes(16)).decode(), "é"]
)
def test_what_is_no_sketch_is_refused(written: str) -> None:
    with pytest.raises(Invalid):
        decode(written)


def test_signatures_estimate_what_two_texts_share() -> None:
    draw = random.Random(3)
    one, other = text(draw, 400), text(draw, 400)
    both = f"{one} {other}"
    share = len(np.intersect1d(hashed(one), hashed(both))) / len(np.union1d(hashed(one), hashed(both)))
    assert resemblance(minhash_of(hashed(one)), minhash_of(hashed(both))) == pytest.approx(share, abs=0.15)
    assert resemblance(minhash_of(hashed(one)), minhash_of(hashed(one))) == 1


@given(st.text(max_size=400))
def test_every_text_holds_itself(written: str) -> None:
    found = hashed(written)
    sketch = sketch_of(found)
    assert contained(sketch, np.sort(found)) == (1.0 if len(found) else 0.0)


@pytest.mark.parametrize("length", [8, 400, 2000])
def test_a_signature_is_the_least_value_of_each_function(length: int) -> None:
    """As docs/shared-objects.md has it, in whole numbers."""
    hashed = hashes(normalise("".join(chr(97 + number * number % 23) + str(number) for number in range(length))))
    expected = []
    for number in range(128):
        digest = sha256(f"{FINGERPRINTING}/{number}".encode()).digest()
        factor, term = int.from_bytes(digest[:8]) | 1, int.from_bytes(digest[8:16])
        expected.append(min((int(each) * factor + term) % 2**64 >> 32 for each in hashed))
    assert minhash_of(hashed).tolist() == expected
