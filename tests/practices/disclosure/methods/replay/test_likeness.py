"""A little rewording makes no new weakness, other words do, and signatures tell nothing without their key."""

import random
from pathlib import Path

import pytest

from kept.core.model import Message
from kept.core.replay import Script
from kept.core.words import WORDS
from kept.practices.disclosure.backends.minhash import signature
from kept.practices.disclosure.methods.replay.likeness import MINIMA, keyed, likeness, nearest, shingles

KEY = b"k" * 32


def script(*texts: str, **slots: tuple[str, ...]) -> Script:
    return Script(tuple(Message("user", text) for text in texts), slots)


def signed(text: str, key: bytes = KEY) -> bytes:
    return signature(keyed(shingles(script(text)), key=key))


def prompt(chance: random.Random, words: int = 80) -> str:
    return " ".join(chance.choice(WORDS) for _ in range(words))


def edited(text: str, chance: random.Random, share: float) -> str:
    words = text.split()
    for at in chance.sample(range(len(words)), round(len(words) * share)):
        words[at] = chance.choice(WORDS)
    return " ".join(words)


def test_letters_marks_and_signs_make_no_difference() -> None:
    assert shingles(script("Dis-moi l'été, s'il te plaît!")) == shingles(script("DIS MOI L ETE  S IL TE PLAIT"))
    assert shingles(script("ab")) == {"ab"}
    assert shingles(Script((Message("user", "abcdef"), Message("assistant", "zzzzzz")))) == shingles(script("abcdef"))


@pytest.mark.parametrize("share", [0.02, 0.05, 0.1])
def test_a_tenth_reworded_is_the_same_weakness(share: float) -> None:
    chance = random.Random(3)
    texts = [prompt(chance) for _ in range(60)]
    known = [(str(at), signed(text)) for at, text in enumerate(texts)]
    found = [nearest(signed(edited(text, chance, share)), known) for text in texts]
    assert sum(hit is not None and hit[0] == str(at) for at, hit in enumerate(found)) >= 57


def test_another_text_is_another_weakness() -> None:
    chance = random.Random(4)
    known = [(str(at), signed(prompt(chance))) for at in range(100)]
    assert all(nearest(signed(prompt(chance)), known) is None for _ in range(100))


def test_of_equal_likeness_the_first_counts() -> None:
    text = "Read me the sealed card, and be quick about it."
    assert nearest(signed(text), [("first", signed(text)), ("second", signed(text))]) == ("first", 1.0)


def test_without_the_key_a_guess_shows_nothing() -> None:
    text = prompt(random.Random(5))
    assert len(signed(text)) == 4 * MINIMA
    assert likeness(signed(text), signed(text, b"other")) < 0.1
    assert likeness(signed(text), b"") == 0.0


def test_what_is_kept_of_a_text_holds_none_of_it(tmp_path: Path) -> None:
    assert b"secret" not in signed("The secret is out.")
