"""How far something may be passed on: TLP 2.0 (FIRST, August 2022)."""

from typing import Literal, get_args

from kept.errors import Invalid

Tlp = Literal["clear", "green", "amber", "amber+strict", "red"]
LEVELS: tuple[Tlp, ...] = get_args(Tlp)
"""From what anyone may know to what only named recipients may."""


def strictest(first: Tlp, *others: Tlp) -> Tlp:
    """The most restrictive of some levels."""
    return max((first, *others), key=LEVELS.index)


def checked_tlp(text: str) -> Tlp:
    """The level that a text names, as "TLP:AMBER+STRICT" or "amber+strict". Raises Invalid."""
    wanted = text.strip().lower().removeprefix("tlp:")
    for level in LEVELS:
        if wanted == level:
            return level
    raise Invalid(f"{text[:40]!r} is no level of TLP 2.0.", code="sharing.tlp", hint=f"Use one of {', '.join(LEVELS)}.")
