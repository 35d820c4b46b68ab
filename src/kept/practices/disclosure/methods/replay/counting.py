"""Which attempts count: all of them, or, of a deterministic model, one for each thing that was said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kept.core.model import Identity
from kept.core.replay import Attempt, is_deterministic


def outcomes_of(attempts: Iterable[Attempt], *, planned: int) -> str:
    """One letter for each planned attempt; one that was never made is unassessed."""
    found: Mapping[int, str] = {attempt.number: attempt.outcome for attempt in attempts}
    return "".join(found.get(number, "u") for number in range(planned))


def counted_of(attempts: Iterable[Attempt], model: Identity, *, planned: int) -> tuple[str, bool]:
    """The outcomes that count, and whether the model is deterministic.

    Of attempts that said the same, the first by number counts, whatever it came to: which one that is was fixed before
    any was made. Attempts that were never made count as unassessed in any case.
    """
    held = sorted(attempts, key=lambda attempt: attempt.number)
    if not is_deterministic(held, model):
        return outcomes_of(held, planned=planned), False
    seen: set[str] = set()
    letters: dict[int, str] = dict.fromkeys(range(planned), "u")
    for attempt in held:
        if attempt.asked in seen:
            del letters[attempt.number]
        else:
            seen.add(attempt.asked)
            letters[attempt.number] = attempt.outcome
    return "".join(letters.values()), True
