"""Which of many expressions a text could match, by the atoms that each needs: one pass, whatever their number."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kept.errors import Unavailable
from kept.practices.sharing.methods.matching.atoms import Clause

Indices = NDArray[np.intp]

NEEDED = 4
"""How many clauses of an expression are looked at."""


class Screen:
    """An automaton over all atoms (Aho and Corasick 1975), and which clauses each expression needs.

    Expressions are named by their places; one without clauses is always called.
    """

    def __init__(self, expressions: Sequence[Sequence[Clause]]) -> None:
        numbers: dict[Clause, int] = {}
        # Clause 0 holds in every text.
        self._needs = np.zeros((NEEDED, len(expressions)), dtype=np.intp)
        for place, clauses in enumerate(expressions):
            for rank, clause in enumerate(clauses[:NEEDED]):
                self._needs[rank, place] = numbers.setdefault(clause, len(numbers) + 1)
        self._count = len(numbers) + 1
        atoms = {atom: number for number, atom in enumerate(sorted(set(chain.from_iterable(numbers))))}
        self._atoms = len(atoms)
        self._automaton = _automaton(atoms) if atoms else None
        self._ranks = tuple(_ranks([sorted(atoms[atom] for atom in clause) for clause in numbers]))

    def called(self, text: str) -> Indices:
        """The places of the expressions all of whose clauses have an atom in the text, which is in lower case."""
        holds = self._clauses(text)
        places = np.flatnonzero(holds.take(self._needs[0]))
        for rank in range(1, NEEDED):
            places = places[holds.take(self._needs[rank].take(places))]
        return places

    def _clauses(self, text: str) -> NDArray[np.bool_]:
        """By the number of each clause, whether it holds."""
        holds = np.zeros(self._count, dtype=bool)
        holds[0] = True
        if self._automaton is not None:
            held = np.zeros(self._atoms, dtype=bool)
            held[np.array([number for _, number in self._automaton.iter(text)], dtype=np.intp)] = True
            for clauses, atoms in self._ranks:
                holds[clauses] |= held.take(atoms)
        return holds


def _ranks(clauses: Sequence[Sequence[int]]) -> Iterator[tuple[slice | Indices, Indices]]:
    """The first atom of every clause, the second of those that have one, and so on: which clauses, and their atoms."""
    for rank in range(max(map(len, clauses), default=0)):
        having = [number for number, atoms in enumerate(clauses, 1) if len(atoms) > rank]
        which = np.array([clauses[number - 1][rank] for number in having], dtype=np.intp)
        yield (slice(1, None) if not rank else np.array(having, dtype=np.intp)), which


def _automaton(atoms: Mapping[str, int]) -> Any:
    try:
        import ahocorasick
    except ImportError as error:
        raise Unavailable(
            "Prompts can't be matched: pyahocorasick is missing.",
            code="matching.missing",
            hint="Install kept with the extra 'sharing'.",
        ) from error

    found = ahocorasick.Automaton()
    for atom, number in atoms.items():
        found.add_word(atom, number)
    found.make_automaton()
    return found
