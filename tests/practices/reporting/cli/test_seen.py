"""Foreign words on a terminal."""

import pytest

from kept.practices.reporting.cli.seen import seen


@pytest.mark.parametrize("text", ["\x1b[31mred", "a\rb", "\x07", "\u202eevil", "\u2066x", "\x9b1m", "\u2028"])
def test_what_a_terminal_would_obey_is_replaced(text: str) -> None:
    assert all(one.isprintable() for one in seen(text))
    assert len(seen(text)) == len(text)


def test_words_of_any_script_stay_as_they_are() -> None:
    assert seen("شركة 中文 naïve [b]") == "شركة 中文 naïve [b]"


def test_a_digest_is_shortened() -> None:
    assert seen(f"sha256:{'ab' * 32} bio") == "abababababab… bio"
    assert seen("sha256:abc") == "sha256:abc"
