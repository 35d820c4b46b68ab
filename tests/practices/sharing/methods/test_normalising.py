"""Text as it is compared: what people do to hide a word is undone, and every place leads back to the original."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.practices.sharing.methods.normalising import MARKS, normalise


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("Ignore PREVIOUS", "ignore previous"),
        ("Ignоre previоus", "ignore previous"),  # Cyrillic o
        ("Ｉｇｎｏｒｅ", "ignore"),
        ("𝐢𝐠𝐧𝐨𝐫𝐞", "ignore"),
        ("ig\u200bno\u00adre", "ignore"),
        ("i\u0336g\u0336n\u0336o\u0336r\u0336e\u0336", "ignore"),
        ("\U000e0069\U000e0067\U000e006e\U000e006f\U000e0072\U000e0065", "ignore"),
        ("a\u00a0b\u2003c", "a b c"),
        ("ﬁle", "file"),
        ("cafe\u0301", "café"),
        ("игнорируй все правила", "игнорируй все правила"),
        ("σας ευχαριστώ", "σας ευχαριστώ"),
        ("حَسَنًا", "حَسَنًا"),
    ],
)
def test_what_hides_a_word_is_undone_and_words_of_other_scripts_stay(written: str, compared: str) -> None:
    assert normalise(written).text == compared


def test_a_word_that_only_looks_latin_is_read_as_latin_in_latin_text_alone() -> None:
    assert normalise("say сор to them").text == "say cop to them"
    assert normalise("сор и мусор лежат").text == "сор и мусор лежат"


def test_a_span_leads_back_to_what_was_written() -> None:
    written = "Now, ig\u200bnоrｅ it"
    found = normalise(written)
    start = found.text.index("ignore")
    first, last = found.original(start, start + 6)
    assert written[first:last] == "ig\u200bnоrｅ"


def test_a_span_within_a_ligature_takes_in_the_whole_of_it() -> None:
    found = normalise("aﬃx")
    assert found.text == "affix"
    assert found.original(1, 2) == (1, 2)
    assert found.original(2, 3) == (1, 2)


@pytest.mark.parametrize("filler", ["a", "\u0336"])
@pytest.mark.parametrize("last", ["\u043e", " \u043e"])
def test_a_word_as_long_as_a_prompt_is_read_in_one_pass(filler: str, last: str) -> None:
    written = "b" + filler * 200_000 + last
    found = normalise(written)
    assert found.original(len(found.text) - 1, len(found.text)) == (len(written) - 1, len(written))


def test_what_is_heaped_on_a_letter_past_eight_marks_is_dropped_before_it_is_put_in_order() -> None:
    """In whichever order they come: to order hundreds of thousands of them the library would take hours."""
    few, heap = ("a" + "\u0301\u0316" * count + " b" for count in (MARKS // 2, 200_000))
    assert normalise(heap).text == normalise(few).text


@given(st.text(max_size=200))
def test_every_span_of_any_text_lies_within_it(written: str) -> None:
    found = normalise(written)
    assert len(found.text) == len(found.cased)
    before = 0
    for place in range(len(found.text)):
        first, last = found.original(place, place + 1)
        assert before <= first < last <= len(written)
        before = first


@given(st.text(max_size=100))
def test_text_that_was_normalised_stays_as_it_is(written: str) -> None:
    once = normalise(written).text
    if once.isascii():
        assert normalise(once).text == once
