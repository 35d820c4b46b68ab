"""Letters and marks come apart as the library has them, and a heap of marks costs no more than other text."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from kept.core.spreading import spread

MARKED = st.text(st.characters() | st.sampled_from("ae\u0301\u0316\u0327ﬁ가\ufdfa½Å"), max_size=40)


def letters(text: str) -> str:
    return "".join(letter for letter in text if not unicodedata.combining(letter))


@given(MARKED, st.integers(0, 300))
def test_its_letters_and_marks_are_those_of_the_library(text: str, before: int) -> None:
    whole = "x" * before + text
    library = unicodedata.normalize("NFKD", whole)
    assert letters(spread(whole)) == letters(library)
    assert sorted(spread(whole)) == sorted(library)


@given(MARKED)
def test_a_short_text_is_spread_as_the_library_does(text: str) -> None:
    assert spread(text) == unicodedata.normalize("NFKD", text)


def test_a_heap_of_marks_ends() -> None:
    """The library would take minutes for this one."""
    assert len(spread("a" + "\u0301" * 200_000 + "\u0316" * 200_000)) == 400_001
