"""Conditions of NOVA rules: read into a tree with bounds, and evaluated over the variables that matched."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from kept.errors import Invalid

SECTIONS = ("keywords", "semantics", "llm")
LONGEST = 4000
DEEPEST = 32
_TOKEN = re.compile(
    r"\s*(?:(?P<word>(?:keywords|semantics|llm)(?:\.(?:\*|\$\w+\*?))?(?![\w.$])|\$\w+\*?|\w+)|(?P<mark>[(),]))"
)
_NUMBER = re.compile(r"\d{1,4}")


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that was read: which variables it speaks of, and what it says of those that matched."""

    variables: frozenset[str]
    holds: Callable[[Collection[str]], bool]


def parse(text: str, variables: Mapping[str, str]) -> Condition:
    """The condition of a rule, whose `variables` are given with the section of each.

    Wildcards are resolved now. Raises Invalid, saying what is wrong and where.
    """
    if len(text) > LONGEST:
        raise Invalid(f"A condition of {len(text)} characters is longer than {LONGEST}.", code="nova.condition")
    reader = _Reader(text, variables)
    holds = reader.either(0)
    reader.end()
    return Condition(frozenset(reader.spoken), holds)


Test = Callable[[Collection[str]], bool]


class _Reader:
    """Reads a condition by recursive descent: or, and, not, brackets, quantifiers, variables."""

    def __init__(self, text: str, variables: Mapping[str, str]) -> None:
        self._text, self._variables = text, variables
        self._place, self._from = 0, 0
        self._word = ""
        self.spoken: set[str] = set()
        self._next()

    def either(self, depth: int) -> Test:
        """Parts joined by `or`."""
        parts = [self._both(depth)]
        while self._word.lower() == "or":
            self._next()
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else lambda matched: any(part(matched) for part in parts)

    def end(self) -> None:
        """Raises Invalid unless all was read."""
        if self._word:
            raise self._wrong("an operator is missing before it")

    def _both(self, depth: int) -> Test:
        parts = [self._inverse(depth)]
        while self._word.lower() == "and":
            self._next()
            parts.append(self._inverse(depth))
        return parts[0] if len(parts) == 1 else lambda matched: all(part(matched) for part in parts)

    def _inverse(self, depth: int) -> Test:
        if self._word.lower() == "not":
            self._next()
            inner = self._inverse(self._deeper(depth))
            return lambda matched: not inner(matched)
        if self._word == "(":
            self._next()
            inner = self.either(self._deeper(depth))
            self._expect(")")
            return inner
        return self._leaf()

    def _leaf(self) -> Test:
        word = self._word.lower()
        if word in ("any", "all") or _NUMBER.fullmatch(word):
            self._next()
            self._expect("of")
            return self._quantified(word, self._set())
        if not self._word.startswith("$") and "." not in self._word:
            raise self._wrong("a variable, a quantifier or a bracket belongs here")
        if self._word.startswith("$") and self._word.endswith("*"):
            raise self._wrong("a wildcard needs a quantifier or a section")
        return self._quantified("any", self._names())

    def _quantified(self, word: str, names: Sequence[str]) -> Test:
        wanted = frozenset(names)
        self.spoken |= wanted
        if word == "any":
            return lambda matched: not wanted.isdisjoint(matched)
        needed = len(wanted) if word == "all" else int(word)
        return lambda matched: len(wanted.intersection(matched)) >= needed

    def _set(self) -> list[str]:
        """What a quantifier is about: a section, a wildcard, or a list in brackets."""
        if self._word != "(":
            if self._word.startswith("$") and self._word.endswith("*"):
                raise self._wrong("a wildcard without a section stands in brackets")
            return self._names()
        self._next()
        names = self._names()
        while self._word == ",":
            self._next()
            names += self._names()
        self._expect(")")
        return names

    def _names(self) -> list[str]:
        """The variables that one word names."""
        section, dot, name = self._word.rpartition(".")
        if self._word in SECTIONS:
            section, name = self._word, "*"
        if not name.startswith(("$", "*")) or (dot and section not in SECTIONS):
            raise self._wrong("it names no variable")
        found = [
            variable
            for variable, place in self._variables.items()
            if (not section or place == section)
            and (variable.startswith(name[:-1]) if name.endswith("*") else variable == name)
        ]
        if not found:
            raise self._wrong("no such variable is defined")
        self._next()
        return found

    def _expect(self, wanted: str) -> None:
        if self._word.lower() != wanted:
            raise self._wrong(f"{wanted!r} is missing before it")
        self._next()

    def _deeper(self, depth: int) -> int:
        if depth >= DEEPEST:
            raise self._wrong(f"it is nested more than {DEEPEST} deep")
        return depth + 1

    def _next(self) -> None:
        rest = self._text[self._place :]
        if not rest.strip():
            self._word, self._from = "", len(self._text)
            return
        found = _TOKEN.match(self._text, self._place)
        if not found:
            self._word, self._from = rest.split()[0][:40], self._place
            raise self._wrong("it is not understood")
        self._word, self._from, self._place = found[0].strip(), self._place, found.end()

    def _wrong(self, why: str) -> Invalid:
        what = f"{self._word[:40]!r}" if self._word else "the end"
        return Invalid(f"The condition at character {self._from}, {what}: {why}.", code="nova.condition")
