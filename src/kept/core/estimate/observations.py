"""What callers hand over, as counts: outcomes as numbers, with the name of the cluster of each."""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

from kept.errors import Invalid

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

Counts = list[tuple[int, int]]


def numbers(values: "Sequence[Any] | NDArray[Any]", what: str) -> "Numbers":
    """One series of numbers; nan and None are missing. Raises Invalid for anything else, infinities included."""
    import numpy as np

    try:
        held = np.asarray(values)
        if held.dtype.kind not in "biufO" or any(
            isinstance(one, str) for one in held.ravel() if held.dtype.kind == "O"
        ):
            raise TypeError
        found = held.astype(np.float64)
    except (TypeError, ValueError):
        raise _no_numbers(what) from None
    if found.ndim != 1 or np.isinf(found).any():
        raise _no_numbers(what)
    return found


def names(clusters: "Sequence[Hashable] | NDArray[Any]", length: int) -> list[Hashable]:
    """The cluster of each of `length` values. Raises Invalid for another length, or a cluster without a name."""
    held = list(clusters.tolist() if hasattr(clusters, "tolist") else clusters)
    if len(held) != length:
        raise Invalid(f"{len(held)} clusters are named for {length} values.", code="estimate.clusters")
    if any(one is None or one != one for one in held):
        raise Invalid("A value belongs to a cluster without a name.", code="estimate.clusters")
    return held


def counts(
    outcomes: "Sequence[Any] | NDArray[Any]", clusters: "Sequence[Hashable] | NDArray[Any] | None"
) -> tuple[Counts, int]:
    """(successes, assessed) of each cluster in order of appearance, and how many outcomes are unassessed.

    An outcome is 1, 0, or missing. Without clusters each outcome is one. Raises Invalid for another value.
    """
    held = numbers(outcomes, "The outcomes")
    missing = held != held
    if not ((held == 0) | (held == 1) | missing).all():
        raise Invalid(
            "An outcome is something else than 1 (succeeded), 0 (resisted) or nan (unassessed).",
            code="estimate.outcome",
        )
    named = range(held.size) if clusters is None else names(clusters, held.size)
    found: dict[Hashable, tuple[int, int]] = {}
    for name, outcome in zip(named, held.tolist(), strict=True):
        if outcome == outcome:
            successes, assessed = found.get(name, (0, 0))
            found[name] = successes + int(outcome), assessed + 1
    return list(found.values()), int(missing.sum())


def _no_numbers(what: str) -> Invalid:
    return Invalid(f"{what} are not one series of finite numbers.", code="estimate.observations")
