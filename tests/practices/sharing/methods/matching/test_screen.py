"""The screen calls every expression that could match: what it leaves out doesn't match."""

import re

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from kept.practices.sharing.methods.matching.atoms import clauses_of, information, is_words
from kept.practices.sharing.methods.matching.programs import EXPRESSION, compiled
from kept.practices.sharing.methods.matching.screen import Screen
from kept.practices.sharing.methods.normalising import normalise


@pytest.mark.parametrize(
    ("expression", "clauses"),
    [
        (r"\bignore\s+(?:the\s+|all\s+)?previous\b", [{"ignore"}, {"previous"}]),
        (r"(ignore|disregard) all", [{"ignore all", "disregard all"}]),
        (r"gn[o0]re", [{"gnore", "gn0re"}]),
        (r"foo(bar)?baz", [{"foobaz", "foobarbaz"}]),
        (r"(?i)DAN mode", [{"dan mode"}]),
        (r"(?P<x>abc)+d", [{"abc"}]),
        (r"colou?r", [{"color", "colour"}]),
        (r"\p{Greek}+abc", [{"abc"}]),
        (r"[[:alpha:]]+hello", [{"hello"}]),
        (r"a.c\.txt", [{"c.txt"}]),
        (r"правила\s+все", [{"правила"}, {"все"}]),
        (r".*", []),
        (r"", []),
        (r"(a+)+$", []),
        (r"(ignore|.*)", []),
        (r"(?:secret)*", []),
        (r"(?:secret){0,3}", []),
        (r"x*+", []),
        (r"\Qa.b\E", []),
        (r"[^a]\d+", []),
        ("(" * 100 + "abcdef" + ")" * 100, []),
    ],
)
def test_what_an_expression_needs(expression: str, clauses: list[set[str]]) -> None:
    assert sorted(map(sorted, clauses_of(expression))) == sorted(map(sorted, clauses))


def test_a_repeated_letter_says_nothing() -> None:
    assert information({"aaaaaaaa"}) == 0
    assert information({"ignore", "aa"}) == 0
    assert information({"previous"}) == 24


PIECES = st.sampled_from(
    [
        "ab",
        "c",
        "d",
        "[ab]",
        "[^c]",
        ".",
        "\\s",
        "\\d",
        "a?",
        "(?:ab|cd)",
        "(?:b|c)*",
        "(d)+",
        "a{2}",
        "(?:bc){1,2}",
        "\\b",
        "[[:alpha:]]",
        "\\pL",
        "|",
        "é",
        "[a-c]",
        "(?i:B)",
        "^",
        "x{0}",
        "\\x61",
        "{",
        "(?:a|)",
        "ς",
    ]
)


@given(st.lists(PIECES, max_size=8), st.text(alphabet="abcdABCé ςΣ1{x", max_size=12))
def test_the_screen_never_leaves_out_what_matches(pieces: list[str], text: str) -> None:
    expression = "".join(pieces)
    options = re2.Options()
    options.case_sensitive, options.log_errors = False, False
    try:
        program = re2.compile(expression, options)
    except re2.error:
        return
    compared = normalise(text).text
    if program.search(compared):
        assert Screen([clauses_of(expression)]).called(compared).tolist() == [0]


def test_only_what_has_all_its_clauses_is_called() -> None:
    screen = Screen([clauses_of(each) for each in (r"ignore.*rules", r"tea", r"(?:cat|dog) food", r"\d+")])
    assert screen.called("ignore these rules").tolist() == [0, 3]
    assert screen.called("dog food and tea").tolist() == [1, 2, 3]
    assert screen.called("cat, rules").tolist() == [3]
    assert Screen([]).called("anything").tolist() == []


WORDS = st.text(alphabet="aKsZ09 _,;:'\"!@#%&=~<>/.-+*?(){}[]^$|\\`", max_size=12)


@given(st.lists(WORDS, max_size=8))
def test_what_is_only_words_is_known_at_a_glance_and_is_taken_by_re2(words: list[str]) -> None:
    expression = r"\s+".join(map(re.escape, words))
    assert is_words(expression)
    # Within a group it is read as everything else is.
    assert set(clauses_of(expression)) == set(clauses_of(f"(?:{expression})"))
    found = compiled(expression)
    assert (found.search("") is None) == bool(expression)
    assert found.search(" \t".join(words).lower().encode()) is not None


@pytest.mark.parametrize(
    "expression", ["a+", "a.b", "(a)", r"a\s", r"a\s*b", r"a\\s+", r"\d", "[ab]", "a|b", "é", "a{2}", "^a$"]
)
def test_what_may_be_more_than_words_is_read_letter_by_letter(expression: str) -> None:
    assert not is_words(expression)


@pytest.mark.parametrize("unit", ["k", "s", r"s\s+", r"\s+", r"\.", "k "])
def test_words_of_the_greatest_length_are_taken_by_re2(unit: str) -> None:
    """k and s have a third form each, so that no letters take more room."""
    expression = unit * (EXPRESSION // len(unit))
    assert is_words(expression)
    assert compiled(expression).search(b"a" * 100) is None
