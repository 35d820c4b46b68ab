"""What must stand in a text for a regular expression to match it: read from the expression, never guessed.

An expression needs one atom of each of its clauses. Where its syntax is not known for certain, no clause is made of
that place, so that the clauses are always necessary; the expression itself decides what matches.
"""

import math
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from kept.practices.sharing.methods.normalising import normalise

ALTERNATIVES = 16
"""How many atoms a clause has at most."""
SHORTEST = 2
LONGEST = 24
_NESTED = 32
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}
_SEVERAL_FORMS = "σςβϐθϑκϰπϖρϱφϕεϵµμιͅſ"
# Letters that stand for themselves, up to one that may be repeated.
_PLAIN = re.compile(r"[A-Za-z0-9 _,;:'\"!@#%&=~<>/-]+(?![*+?{])")
_ZERO_WIDTH = "bBAz"
_WORDS = re.compile(r"(?:[A-Za-z0-9 _,;:'\"!@#%&=~<>`/-]++|\\[!-/:-@\[-`{-~ ]|\\s\+)*+")
_QUOTED = re.compile(r"\\(.)")
_REPEATS = frozenset("*+?{")
_CLASSES = "dDsSwW"
_COUNT = re.compile(r"[0-9]{1,4}")

Clause = frozenset[str]


class _Found(NamedTuple):
    """What one piece needs: `exact`, all that it can be, or None; and clauses of what it needs besides."""

    exact: Clause | None
    clauses: tuple[Clause, ...] = ()


_NOTHING = _Found(frozenset({""}))
_ANYTHING = _Found(None)


class _Unknown(Exception):
    """The syntax isn't known for certain here."""


def clauses_of(expression: str) -> tuple[Clause, ...]:
    """The clauses of an expression in RE2's syntax, the one that says most first; none where nothing is needed."""
    if is_words(expression):
        return _of_words(expression)
    reader = _Reader(expression)
    try:
        found = reader.alternatives(0)
        if reader.place != len(expression):
            raise _Unknown
    except _Unknown:
        return ()
    clauses = {clause for clause in _closed(found) if clause}
    return tuple(sorted(clauses, key=lambda clause: (-information(clause), sorted(clause))))


def is_words(expression: str) -> bool:
    """Whether an expression is only words, as they stand, with `\\s+` between them: what is of this syntax is RE2's."""
    return _WORDS.fullmatch(expression) is not None


def _of_words(expression: str) -> tuple[Clause, ...]:
    """The clauses of an expression that is only words: one for each of them that is long enough."""
    runs = {_QUOTED.sub(r"\1", run) if "\\" in run else run for run in expression.split(r"\s+")}
    atoms = {run.lower()[:LONGEST] for run in runs if len(run) >= SHORTEST}
    return tuple(frozenset((atom,)) for atom in sorted(atoms, key=lambda atom: (-_bits(atom), atom)))


def information(clause: Iterable[str]) -> float:
    """How many bits the atom of a clause that says least has: its length times the entropy of its letters."""
    return min(map(_bits, clause), default=0.0)


@lru_cache(maxsize=65536)
def _bits(atom: str) -> float:
    letters = atom.replace(" ", "")
    total = len(letters)
    # Summed exactly, so that it doesn't depend on the order in which a set gives them.
    return math.fsum(count * math.log2(total / count) for count in map(letters.count, set(letters)))


def _closed(found: _Found) -> tuple[Clause, ...]:
    """The clauses of a piece, its exact strings among them."""
    if found.exact is None:
        return found.clauses
    atoms = _atoms(found.exact)
    return (*found.clauses, atoms) if atoms else found.clauses


def _atoms(strings: Clause) -> Clause:
    """The strings as atoms of one clause, or an empty clause where one of them is too short to look for."""
    said = {_plain(string)[:LONGEST] for string in strings}
    if len(said) == 1:
        return frozenset(said) if len(*said) >= SHORTEST else frozenset()
    if any(len(atom) < SHORTEST for atom in said):
        return frozenset()
    # Where "rules" is, "rule" is too: the shorter says all.
    return frozenset(atom for atom in said if not any(other in atom for other in said if other != atom))


def _plain(string: str) -> str:
    return string if string.isascii() else normalise(string).text


def _joined(left: _Found, right: _Found) -> _Found:
    if left is _NOTHING or (right is _NOTHING and left.exact is not None):
        return right if left is _NOTHING else left
    if left.exact is not None and right.exact is not None:
        product = frozenset(one + other for one in left.exact for other in right.exact)
        if len(product) <= ALTERNATIVES and max(map(len, product)) <= 4 * LONGEST:
            return _Found(product, left.clauses + right.clauses)
    if right.exact is not None:
        # What stood before is closed; what follows may still grow.
        return _Found(right.exact, _closed(left) + right.clauses)
    return _Found(None, _closed(left) + _closed(right))


def _either(options: list[_Found]) -> _Found:
    if len(options) == 1:
        return options[0]
    if all(option.exact is not None and not option.clauses for option in options):
        union = frozenset[str]().union(*(option.exact or frozenset() for option in options))
        if len(union) <= ALTERNATIVES:
            return _Found(union)
    best = [max(_closed(option), key=information, default=frozenset()) for option in options]
    union = frozenset[str]().union(*best)
    return _Found(None, (union,)) if all(best) and len(union) <= 4 * ALTERNATIVES else _ANYTHING


class _Reader:
    """Reads an expression once, from left to right."""

    def __init__(self, expression: str) -> None:
        self._text = expression
        self.place = 0

    def alternatives(self, depth: int) -> _Found:
        """What stands up to the end or the bracket that closes this group."""
        if depth > _NESTED:
            raise _Unknown
        options = [_NOTHING]
        while self.place < len(self._text) and self._text[self.place] != ")":
            if self._text[self.place] == "|":
                self.place += 1
                options.append(_NOTHING)
            elif run := _PLAIN.match(self._text, self.place):
                self.place = run.end()
                options[-1] = _joined(options[-1], _Found(frozenset({run[0].lower()})))
            else:
                found = self._piece(depth)
                if self._text[self.place : self.place + 1] in _REPEATS:
                    found = self._repeated(found)
                options[-1] = _joined(options[-1], found)
        return _either(options)

    def _piece(self, depth: int) -> _Found:
        letter = self._text[self.place]
        self.place += 1
        if letter == "(":
            return self._group(depth)
        if letter == "[":
            return self._class()
        if letter == "\\":
            return self._escape()
        if letter == ".":
            return _ANYTHING
        if letter in "^$":
            return _NOTHING
        if letter in "*+?":
            raise _Unknown
        return _literal(letter)

    def _group(self, depth: int) -> _Found:
        if self._text.startswith("?", self.place):
            end = self.place + 1
            if self._text.startswith(("P<", "<"), end):
                end = self._text.find(">", end)
                if end < 0:
                    raise _Unknown
            else:
                while end < len(self._text) and self._text[end] in "imsU-":
                    end += 1
                if not self._text.startswith((":", ")"), end):
                    raise _Unknown
            self.place = end + 1
            if self._text[end] == ")":
                return _NOTHING
        found = self.alternatives(depth + 1)
        if not self._text.startswith(")", self.place):
            raise _Unknown
        self.place += 1
        return found

    def _class(self) -> _Found:
        start = self.place
        negated = self._text.startswith("^", start)
        self.place += negated
        letters: list[str] = []
        simple = not negated
        first = True
        while first or not self._text.startswith("]", self.place):
            if self.place >= len(self._text):
                raise _Unknown
            if self._text.startswith("[:", self.place):
                end = self._text.find(":]", self.place)
                if end < 0:
                    raise _Unknown
                self.place, simple = end + 2, False
            elif self._text[self.place] == "\\":
                simple &= not self._text[self.place + 1 : self.place + 2].isalnum()
                letters.append(self._text[self.place + 1 : self.place + 2])
                self._skip_escape()
            else:
                simple &= self._text[self.place] != "-"
                letters.append(self._text[self.place])
                self.place += 1
            first = False
        self.place += 1
        said = frozenset(_plain(letter).lower() for letter in letters)
        return _Found(said) if simple and len(said) <= 4 and all(map(_is_safe, said)) else _ANYTHING

    def _escape(self) -> _Found:
        letter = self._text[self.place : self.place + 1]
        if letter in _ESCAPES and letter:
            self.place += 1
            return _literal(_ESCAPES[letter])
        if letter and letter in _ZERO_WIDTH:
            self.place += 1
            return _NOTHING
        if letter and not letter.isalnum():
            self.place += 1
            return _literal(letter)
        self.place -= 1
        self._skip_escape()
        return _ANYTHING

    def _skip_escape(self) -> None:
        """Passes over an escape whose meaning doesn't matter, from its backslash on."""
        letter = self._text[self.place + 1 : self.place + 2]
        self.place += 2
        if not letter or letter in "QEC":
            raise _Unknown
        if letter in "pPx":
            if self._text.startswith("{", self.place):
                end = self._text.find("}", self.place)
                if end < 0:
                    raise _Unknown
                self.place = end + 1
            else:
                self.place += 2 if letter == "x" else 1
        elif letter.isdigit():
            while self.place < len(self._text) and self._text[self.place] in "01234567":
                self.place += 1
        elif letter.isalpha() and letter not in _CLASSES and letter not in _ESCAPES and letter not in _ZERO_WIDTH:
            raise _Unknown

    def _repeated(self, found: _Found) -> _Found:
        while self.place < len(self._text):
            letter = self._text[self.place]
            if letter in "*?":
                found = _ANYTHING if letter == "*" or found.exact is None else _maybe(found)
                self.place += 1
            elif letter == "+":
                found, self.place = _Found(None, _closed(found)), self.place + 1
            elif letter == "{" and (bounds := self._bounds()) is not None:
                if bounds == 0:
                    found = _ANYTHING
                elif bounds != (1, 1):
                    found = _Found(None, _closed(found))
            else:
                break
            if self._text.startswith("?", self.place):
                self.place += 1
        return found

    def _bounds(self) -> int | tuple[int, int] | None:
        """How often at least, as 0 or (least, most); None where the brace is only a brace."""
        end = self._text.find("}", self.place)
        least, comma, most = self._text[self.place + 1 : max(end, 0)].partition(",")
        if end < 0 or not _COUNT.fullmatch(least) or (most and not _COUNT.fullmatch(most)):
            return None
        self.place = end + 1
        return (int(least), int(most or (0 if comma else least))) if int(least) else 0


def _maybe(found: _Found) -> _Found:
    options = (found.exact or frozenset()) | {""}
    return _Found(options) if not found.clauses and len(options) <= 4 else _ANYTHING


def _literal(letter: str) -> _Found:
    said = _plain(letter).lower()
    return _Found(frozenset({said})) if len(said) == 1 and _is_safe(said) else _ANYTHING


def _is_safe(letter: str) -> bool:
    """Whether a letter is all that it matches in normalised text: final sigma and its like are not."""
    return letter.isascii() or (letter.upper().lower() == letter == letter.casefold() and letter not in _SEVERAL_FORMS)
