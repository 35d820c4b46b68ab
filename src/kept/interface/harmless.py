"""Foreign words made fit for a terminal."""

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


def _harmful(letter: str) -> bool:
    return unicodedata.category(letter) in _HARMFUL and letter not in _HARMLESS


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode()
