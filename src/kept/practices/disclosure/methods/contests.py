"""Who stands where in a contest, from replayed evidence alone.

Each weakness that came back scores once, for whoever reported it first: its severity's points times the exact lower
bound of how often it works. A duplicate scores nothing. Who has more stands before; of equals, who reached their score
earlier; who reached it at the same moment shares the place, and shares the prizes of the places taken together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from itertools import groupby

from kept.practices.disclosure.records.contests import Evidence, Place

NAME, MARKS = 40, 3
_LETTERS = re.compile(r"[^\W_]+(?:[ ._'’-][^\W_]+)*")
_UNSEEN = re.compile("[\u034f\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
POINTS: Mapping[str, int] = {"low": 1, "medium": 3, "high": 6, "critical": 10}


def is_name(text: str) -> bool:
    """Whether a pseudonym (NFC) can be shown: at most 40 letters and digits of any script, with up to three marks each.

    Between them stand single spaces, dots, hyphens or apostrophes. A mark is a vowel of Hindi, or a shadda of Arabic.
    """
    plain, marks = "", 0
    for each in text:
        belongs = unicodedata.category(each) in ("Mn", "Mc") and plain[-1:].isalnum() and not _UNSEEN.match(each)
        marks = marks + 1 if belongs else 0
        if marks > MARKS:
            return False
        plain += "" if belongs else each
    return len(text) <= NAME and bool(_LETTERS.fullmatch(plain))


def score_of(evidence: Evidence) -> int:
    """Points times millionths; nothing for a severity that is none."""
    return POINTS.get(evidence.severity, 0) * evidence.bound


def places(evidence: Iterable[Evidence], prizes: Mapping[int, int]) -> tuple[Place, ...]:
    """The entrants in their order, with what each wins of `prizes` by place (minor units).

    Who has no pseudonym is an entrant by each report. A prize that several share is divided evenly; what can't be
    divided stays undivided and unpaid.
    """
    entrants: dict[str, list[Evidence]] = {}
    for each in evidence:
        if score_of(each) > 0:
            entrants.setdefault(each.name or f"\0{each.report}", []).append(each)
    standing = sorted((_ranked(held) for held in entrants.values()), key=lambda each: each[0])
    found: list[Place] = []
    for _, group in groupby(standing, key=lambda each: each[0]):
        sharing = [held for _, held in group]
        first = len(found) + 1
        pot = sum(prizes.get(first + at, 0) for at in range(len(sharing)))
        found += [_place(held, place=first, prize=pot // len(sharing)) for held in sharing]
    return tuple(found)


def _ranked(held: list[Evidence]) -> tuple[tuple[int, str], list[Evidence]]:
    ordered = sorted(held, key=lambda each: (each.received, each.report))
    return (-sum(map(score_of, ordered)), ordered[-1].received), ordered


def _place(held: list[Evidence], *, place: int, prize: int) -> Place:
    return Place(
        place=place,
        name=held[0].name,
        score=sum(map(score_of, held)),
        weaknesses=len(held),
        since=held[-1].received,
        prize=prize,
        entries=tuple(sorted(each.entry for each in held)),
        reports=tuple(each.report for each in held),
    )
