"""TOML that people write: whatever it holds, it is read or refused in words, and nothing in it takes long."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.practices.disclosure.methods.written import PARTS, read_toml

DOTTED = "\"a\" . b-1.'c d'."


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a = " + b"[" * 5000, "nested too deeply"),
        (b"a = " + b"{a = " * 5000, "nested too deeply"),
        (b"x = 1\n" + b"a." * 60_000 + b"a = 1", "more than 16 parts \\(at line 2\\)"),
        (b"[" + b"a . " * 20 + b"a]", "more than 16 parts"),
        (b"x = {" + b'"a\\"b".' * 20 + b"a = 1}", "more than 16 parts"),
        (b"[[" + b"'a b'\t." * 20 + b"a]]", "more than 16 parts"),
        (b"a = 9" + b"9" * 5000, "4300 digits"),
        (b"\xff", "utf-8"),
    ],
    ids=["lists", "tables", "dotted", "header", "quoted", "literal", "digits", "bytes"],
)
def test_what_would_take_long_or_be_deep_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_toml(data)


def test_prose_and_keys_of_some_parts_are_read() -> None:
    prose = "Yes, no. " * 100 + "www.acme.example, 1.2.3, e.g. this; i.e. that..." + '"a". ' * 10
    text = f"p = '''{prose}'''\n{DOTTED * (PARTS // 3)}z = 1\n"
    assert read_toml(text.encode())["p"] == prose


@given(st.text(st.sampled_from("a.\"'[]{}=\n \\1-#")))
def test_any_text_is_a_table_or_no_toml(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(read_toml(text.encode()), dict)
