"""How much work a report costs its sender: little when few come, and more the more come."""

from __future__ import annotations

PREFIX = "00"
"""What a derived key begins with, in hex: one in 256 does."""
ITERATIONS = 600
"""PBKDF2 iterations of one try while nobody else reports: 256 tries take a browser some tenths of a second."""
MOST_DOUBLINGS = 6
MINUTES = 10
"""Over how many minutes reports are counted."""


def iterations(lately: int, *, usual: int, filled: float) -> int:
    """PBKDF2 iterations of one try, after `lately` reports in ten minutes where `usual` are usual.

    They double with each further `usual`, and again as the room for reports fills above one half (`filled` in [0, 1]);
    at most six times.
    """
    doublings = lately / usual + max(0.0, filled - 0.5) * 8 - 1
    return round(ITERATIONS * 2 ** min(MOST_DOUBLINGS, max(0.0, doublings)))
