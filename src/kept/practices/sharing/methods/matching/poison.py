"""Indicators that would find almost everything: a peer who shares `.*`, by mistake or on purpose, stops nobody."""

from collections.abc import Sequence
from functools import cache

import numpy as np

from kept.errors import Invalid
from kept.practices.sharing.methods.fingerprints import hashes
from kept.practices.sharing.methods.fingerprints.grams import Hashes
from kept.practices.sharing.methods.fingerprints.nearest import LEAST
from kept.practices.sharing.methods.fingerprints.sketches import contained
from kept.practices.sharing.methods.matching.atoms import Clause, information
from kept.practices.sharing.methods.matching.harmless import HARMLESS
from kept.practices.sharing.methods.normalising import Normalised, normalise

TOLERATED = 2
"""How many of the harmless texts an indicator may match."""
SAYS = 10.0
"""How many bits the literals that a pattern needs have at least, together."""
_HOLDS = 0.4

TEXTS: tuple[Normalised, ...] = tuple(map(normalise, HARMLESS))


def check_clauses(clauses: Sequence[Clause]) -> None:
    """Raises Invalid for a pattern that needs no literal, or too little of one."""
    said = sum(map(information, clauses))
    if said < SAYS:
        raise Invalid(
            f"It needs literals of {said:.0f} bits; a pattern says {SAYS:.0f} at least, as a word of six letters does.",
            code="indicator.vague",
        )


def check_count(matched: int) -> None:
    """Raises Invalid for what matches more of the harmless texts than is tolerated."""
    if matched > TOLERATED:
        raise Invalid(f"It matches {matched} of {len(HARMLESS)} harmless prompts.", code="indicator.harmless")


def check_sketch(sketch: Hashes) -> None:
    """Raises Invalid for a sketch that is too short, or made of what harmless texts say."""
    if len(sketch) < LEAST:
        raise Invalid(f"A sketch of {len(sketch)} hashes is too short: it needs {LEAST}.", code="indicator.vague")
    share = contained(sketch, _harmless_hashes())
    if share >= _HOLDS:
        raise Invalid(f"{share:.0%} of its sketch is what harmless prompts say.", code="indicator.harmless")


@cache
def _harmless_hashes() -> Hashes:
    return np.sort(hashes(normalise("\n".join(HARMLESS))))
