"""Foreign words made fit for a terminal, and for a page."""

import re
import unicodedata

# What a terminal obeys or hides: controls, halves of pairs, breaks of lines, and marks that nobody sees, among them
# those that turn the order of what follows.
_HARMFUL = frozenset({"Cc", "Cs", "Zl", "Zp", "Cf"})
# Tabs only move on, and Indic and Persian words are spelled with the joiners.
_HARMLESS = frozenset("\t\u200c\u200d")


def harmless(text: str, *, keep: str = "") -> str:
    """The text with an escape that can be read ("\\x1b") for each letter that a terminal would obey or hide.

    A line stays one line, unless "\\n" is among the letters to `keep`.
    """
    if text.isprintable():
        return text
    return "".join(one if one in keep or not _harmful(one) else _escaped(one) for one in text)


def unturned(value: object) -> object:
    """A value as a page may show it: of a text, an escape that can be read for each control, for half of a surrogate
    pair, and for each mark that turns the letters after it around, so that nobody's name reads as another.

    A page's own marks are isolates, which end where they began, and stay; so does what isn't plain text.
    """
    # None of these letters is printable, and nearly every text is.
    if type(value) is not str or value.isprintable():
        return value
    return _TURNING.sub(lambda found: _escaped(found[0]), value)


# Embeddings and overrides (UAX 9, section 2), and controls but for tabs and ends of lines.
_TURNING = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]")


def _harmful(letter: str) -> bool:
    return unicodedata.category(letter) in _HARMFUL and letter not in _HARMLESS


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode()
