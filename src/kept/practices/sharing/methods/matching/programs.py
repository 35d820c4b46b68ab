"""Regular expressions that are safe to run whoever wrote them: RE2 takes time linear in the text, in bounded memory."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from kept.errors import Invalid, Unavailable
from kept.practices.sharing.methods.matching.atoms import Clause, clauses_of, is_words
from kept.practices.sharing.methods.normalising import normalise

EXPRESSION = 4000
"""How many characters an expression has at most."""
MEMORY = 256 * 1024
"""How many bytes one compiled expression and what it caches take at most."""

KEPT = 100_000
"""How many programs are kept for the next matcher: of what is shared most is what it was."""


@dataclass(frozen=True, slots=True)
class Program:
    """An expression to search by; `cased` says that it is for the text in its own letters, not in lower case.

    `size` is how many instructions it has. It takes text, or ASCII as bytes, which costs less. One that is only words
    is compiled when it is first searched by: most of what is shared is, and few are ever called.
    """

    search: Callable[[str | bytes], Any]
    cased: bool
    clauses: tuple[Clause, ...]
    size: int
    is_words: bool = False


@lru_cache(maxsize=KEPT)
def compiled(expression: str, *, cased: bool = False) -> Program:
    """The program of an expression. Raises Invalid where RE2 refuses it, Unavailable without the extra `sharing`."""
    if len(expression) > EXPRESSION:
        raise Invalid(
            f"An expression of {len(expression)} characters is longer than {EXPRESSION}.", code="pattern.too-long"
        )
    expression = expression if expression.isascii() else _plain(expression)
    re2, insensitive, sensitive = _re2()
    options = sensitive if cased else insensitive
    if is_words(expression):
        # An instruction for each byte, as many as RE2 makes of it.
        size = len(expression.encode())
        return Program(_Later(expression, options), cased, clauses_of(expression), size, is_words=True)
    try:
        # An empty expression matches everything, and so does one that can match nothing at all.
        made = re2.compile(expression, options)
    except re2.error as error:
        raise Invalid(f"RE2 refuses the expression: {_said(error)}.", code="pattern.refused") from error
    return Program(made.search, cased, clauses_of(expression), made.programsize)


class _Later:
    """Searches by an expression that RE2 is known to take, compiled at the first search."""

    __slots__ = ("_expression", "_options", "_search")

    def __init__(self, expression: str, options: Any) -> None:
        self._expression = expression
        self._options = options
        self._search: Callable[[str | bytes], Any] | None = None

    def __call__(self, text: str | bytes) -> Any:
        # Two threads may both compile it; either's is as good.
        if self._search is None:
            self._search = _re2()[0].compile(self._expression, self._options).search
        return self._search(text)


def of_words(words: str) -> str:
    """The expression for these words, whatever space stands between them."""
    return r"\s+".join(map(re.escape, words.split()))


def quoted(text: str) -> str:
    """The expression for exactly this text."""
    return re.escape(text)


@cache
def _re2() -> tuple[Any, Any, Any]:
    try:
        import re2
    except ImportError as error:
        raise Unavailable(
            "Prompts can't be matched: google-re2 is missing.",
            code="matching.missing",
            hint="Install kept with the extra 'sharing'.",
        ) from error

    def options(sensitive: bool) -> Any:
        found = re2.Options()
        found.case_sensitive, found.max_mem, found.log_errors = sensitive, MEMORY, False
        # Nobody asks what a group of an expression matched, and to keep that costs up to five times the search.
        found.never_capture = True
        return found

    return re2, options(False), options(True)


def _plain(expression: str) -> str:
    """The expression as the text will be: compatibility forms undone, its letters as they are."""
    return normalise(expression).cased


def _said(error: Exception) -> str:
    said = error.args[0] if error.args else error
    return (said.decode(errors="replace") if isinstance(said, bytes) else str(said))[:200].rstrip(".")
