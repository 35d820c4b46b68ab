"""Foreign words made fit for a terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.interface.harmless import harmless, unturned


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x1b]8;;https://evil.example\x07click\x1b]8;;\x07", r"\x1b]8;;https://evil.example\x07click\x1b]8;;\x07"),
        ("\x9b1m", r"\x9b1m"),
        ("a\rb\nc", r"a\rb\nc"),
        ("\u202eevil\u202c", r"\u202eevil\u202c"),
        ("\u2066x\u2069", r"\u2066x\u2069"),
        ("a\u2028b\u2029c\x85d", r"a\u2028b\u2029c\x85d"),
        ("no\u200bthing", r"no\u200bthing"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("half\udc80", r"half\udc80"),
    ],
)
def test_what_a_terminal_would_obey_or_hide_is_shown(text: str, shown: str) -> None:
    assert harmless(text) == shown


@pytest.mark.parametrize(
    "text", ["شركة 中文 naïve [b]", "क्\u200dष می\u200cخواهم", "prix\u00a0: 3\u202f€", "a\tb", "👩\u200d🔬", ""]
)
def test_words_of_any_script_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text


def test_a_text_of_several_lines_keeps_them_where_it_may() -> None:
    assert harmless("one\ntwo\r", keep="\n") == "one\ntwo\\r"


@given(st.text())
def test_nothing_harmful_is_left_and_what_was_made_harmless_stays_so(text: str) -> None:
    made = harmless(text)
    assert {unicodedata.category(one) for one in made.replace("\t", "")}.isdisjoint({"Cc", "Cs", "Zl", "Zp"})
    assert harmless(made) == made
    made.encode()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("\u202egpj.exe", r"\u202egpj.exe"),
        ("a\u202ab\u202c", r"a\u202ab\u202c"),
        ("a\x00b\x1b[2J\x85", r"a\x00b\x1b[2J\x85"),
        ("half \ud800", r"half \ud800"),
        ("\u2068Acme\u2069 می\u200cخواهم\r\n\tx", "\u2068Acme\u2069 می\u200cخواهم\r\n\tx"),
        (7, 7),
        (None, None),
    ],
)
def test_no_word_on_a_page_turns_others_around(value: object, shown: object) -> None:
    assert unturned(value) == shown
