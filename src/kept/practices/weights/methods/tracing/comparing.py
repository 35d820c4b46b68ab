"""Whose copy a suspect is: its tensors are laid on the original's and weighed, and every recipient's mark is tried.

1. Each tensor of the suspect is laid on the original where it lies as named, or is sought (see `realign`).
2. What is laid is weighed; of rows that were found twice the one that says more counts, and counts once.
3. Every recipient's score is taken, and those are named whom chance doesn't explain.
"""

from collections.abc import Iterator, Sequence
from math import prod

import numpy as np

from kept.practices.weights.methods.tracing import deciding, quantised
from kept.practices.weights.methods.tracing.marking import chosen, deviations, strength
from kept.practices.weights.methods.tracing.numbers import STORED
from kept.practices.weights.methods.tracing.reading import Weights
from kept.practices.weights.methods.tracing.realign import Aligner, Laid
from kept.practices.weights.methods.tracing.searching import search
from kept.practices.weights.methods.tracing.weighing import Evidence, weigh
from kept.practices.weights.records.traces import Alignment, CarrierKey, Trace, Verdict

BUDGET = 1 << 27
"""So many values of a suspect are compared at most, a byte of memory each: of larger ones, rows evenly spread."""
_AT_ONCE = 1 << 21
_HARD = 32
"""So many tensors are looked for in the costly ways at a time: a file of rubbish shall not take days."""

Found = dict[str, list[Laid]]


def trace(
    original: Weights,
    suspect: Weights,
    keys: Sequence[CarrierKey],
    *,
    gate: float = deciding.GATE,
    amplitude: float | None = None,
    budget: int = BUDGET,
) -> Trace:
    """Whose copy of the original a suspect is, of the recipients whose keys are given.

    `amplitude` is the strength that copies were marked with, where it isn't the usual one. What the two hold may be
    anything; a suspect that resembles nothing in the original is "not comparable".
    """
    amount = strength(original.shapes) if amplitude is None else amplitude
    evidence, alignments = list[Evidence](), list[Alignment]()
    for name, found in _laid(original, suspect, budget):
        evidence += [each for laid in found for each in [_weighed(laid, amount)] if each.values]
        alignments.append(_described(name, found))
    evidence = merged(evidence)
    leads = deciding.leads(keys, search(evidence, keys), hypotheses=len(keys))
    named = deciding.named(leads, gate=gate) if evidence else ()
    known = {each.tensor for each in alignments}
    verdict: Verdict = "named" if named else "nobody"
    if not evidence:
        verdict = "the original" if alignments else "not comparable"
    return Trace(
        verdict=verdict,
        named=named,
        leads=deciding.shown(leads) if evidence else (),
        recipients=len({key.recipient for key in keys}),
        gate=gate,
        values=sum(each.values for each in evidence),
        alignments=tuple(alignments),
        unknown=tuple(name for name in _asked(original, suspect) if name not in known),
    )


def merged(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence with each row of the original in it once: a score counts each value once, or its bound is wrong."""
    found = []
    for name in dict.fromkeys(each.tensor for each in evidence):
        mine = [each for each in evidence if each.tensor == name]
        rows = np.concatenate([each.rows for each in mine])
        weights, scales = (np.concatenate([getattr(each, part) for each in mine]) for part in ("weights", "scales"))
        said = np.sum(np.square(weights, dtype=np.float32), axis=1) * scales[:, 0] ** 2
        order = np.lexsort((-said, rows))
        order = order[np.unique(rows[order], return_index=True)[1]]
        order = order[said[order] > 0]
        if len(order):
            found.append(Evidence(name, rows[order], weights[order], scales[order]))
    return found


def _laid(original: Weights, suspect: Weights, budget: int) -> Iterator[tuple[str, list[Laid]]]:
    """Each tensor that was laid on the original, and where it lies."""
    aligner, waiting = Aligner(original), dict[str, int]()
    asked = _asked(original, suspect)
    whole = sum(prod(suspect.shapes[name][1]) for name in asked)
    for name in asked:
        size = prod(suspect.shapes[name][1])
        waiting[name] = budget if whole <= budget else max(1, size * budget // whole)
        if not quantised.scaled(suspect, name):
            found = aligner.as_named(name, suspect.read(name), waiting[name])
            if found:
                yield name, [aligner.mended(each) for each in found]
                del waiting[name]
    ways = (aligner.by_rows, aligner.by_others, aligner.turned, aligner.unshuffled, aligner.as_piece)
    stage = 0
    while waiting and stage < len(ways):
        placed = False
        for name in list(waiting)[: _HARD if stage > 1 else None]:
            tried = (ways[stage](name, given, waiting[name]) for given in quantised.readings(suspect, name))
            found = max(tried, key=_covered, default=[])
            if found:
                yield name, found
                del waiting[name]
                placed = True
        # What one tensor shows may place another, so the cheaper ways are tried again.
        stage = 1 if placed and stage else stage + 1


def _asked(original: Weights, suspect: Weights) -> list[str]:
    """The tensors of a suspect that could carry a mark: not scales, and not what carried none in the original."""
    beside = quantised.companions(suspect)
    plain = set(original.shapes) - set(chosen(original.shapes))
    return [
        name
        for name, (dtype, shape) in suspect.shapes.items()
        if name not in beside and name not in plain and dtype in STORED and dtype != "BOOL" and prod(shape) > 1
    ]


def _weighed(laid: Laid, amount: float) -> Evidence:
    step = max(1, _AT_ONCE // max(1, laid.original.shape[1]))
    parts = []
    for at in range(0, len(laid.rows), step):
        suspect, original = laid.suspect[at : at + step], laid.original[at : at + step]
        parts.append(weigh(suspect, original, deviations(original) * np.float32(amount)))
    weights, scales = (np.concatenate(each) for each in zip(*parts, strict=True))
    return Evidence(laid.tensor, laid.rows, weights, scales)


def _covered(found: Sequence[Laid]) -> int:
    return sum(int(np.count_nonzero(np.isfinite(each.suspect))) for each in found)


def _described(name: str, found: Sequence[Laid]) -> Alignment:
    how = ", ".join(dict.fromkeys(each.how for each in found))
    return Alignment(name, tuple(dict.fromkeys(each.tensor for each in found)), how, sum(len(e.rows) for e in found))
