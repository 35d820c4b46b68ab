"""Patterns over sentences, in time linear in the text: no pattern and no text can make it slow.

A pattern is literal text in which `*` stands for anything inside one sentence. Texts and patterns are compared in
small letters, without marks, with every kind of space as one and every apostrophe as `'`.
"""

import re
import unicodedata
from collections.abc import Iterable

from kept.core.spreading import spread
from kept.errors import Invalid

READ = 65_536  # characters of an answer that are read
LONGEST = 200  # characters of a pattern
_SIGNS = {ord(sign): "'" for sign in "’‘ʼ`´"} | {ord(sign): '"' for sign in "“”„«»"}
_END = re.compile(r"[.!?\n…。！？؟।]+")
_SPACE = re.compile(r"\s+")


def fold(text: str) -> str:
    """A text as patterns see it, of its first 65,536 characters."""
    text = text[:READ]
    if not text.isascii():
        apart = spread(text.translate(_SIGNS))[:READ]
        # Marks, signs without width (Cf) and tatweel say nothing that a reader would see.
        text = "".join(sign for sign in apart if unicodedata.category(sign) not in ("Mn", "Cf") and sign != "ـ")
    return text.casefold()


def sentences(folded: str) -> tuple[str, ...]:
    """The sentences of a folded text that hold anything, in order."""
    parts = (_SPACE.sub(" ", part).strip() for part in _END.split(folded))
    return tuple(part for part in parts if part)


def pattern(text: str) -> tuple[str, ...]:
    """The parts of a pattern, to be found in this order. Raises Invalid for one that would match anything."""
    parts = tuple(part for part in _SPACE.sub(" ", fold(text)).strip().split("*") if part.strip())
    if not parts or len(text) > LONGEST:
        raise Invalid(
            f"The pattern {text[:60]!r} has no text, or more than {LONGEST} characters.",
            code="judge.pattern",
            hint="Write literal text; * stands for anything inside one sentence.",
        )
    return parts


def matches(sentence: str, parts: Iterable[str]) -> bool:
    """Whether the parts stand in a folded sentence in their order: the leftmost place of each is the best for all."""
    end = 0
    for part in parts:
        at = sentence.find(part, end)
        if at < 0:
            return False
        end = at + len(part)
    return True
