"""The replay decision: how often it pays falsely, by enumeration of every outcome; and which reports are one weakness.

    python bench/disclosure_replay.py [--quick]

No simulation: every probability is a sum over all outcomes, in whole numbers where the judge's errors are bounded by
how it is made, and over all label sets as well where they were counted. SciPy and statsmodels come to the same bounds
on their own. Likeness is measured on real comments of the public (polis), where ../shared has them.
"""

import csv
import json
import random
import sys
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import accumulate
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import beta, binom
from statsmodels.stats.proportion import proportion_confint

from kept.core.estimate import Calibration
from kept.core.estimate.exact import MILLION, calibrated_judge, critical, lower_bound
from kept.core.model import Message
from kept.core.replay import Script
from kept.practices.disclosure.backends.minhash import signature
from kept.practices.disclosure.methods.replay.likeness import THRESHOLD, keyed, likeness, shingles
from kept.practices.disclosure.methods.replay.offers import RATES, TRIES, least, power
from kept.practices.disclosure.records.replays import Offer
from kept.predicates.disclosure_replay_plan import spendable

COMMENTS = Path(__file__).parents[2] / "shared" / "data" / "polis"
LEVELS = (10_000, 50_000, 100_000)
PLACES = ((1, 1), (4, 1), (3, 5), (1, 16))  # versions, and conversations of a report, that are replayed together
KEY = b"k" * 32


def main() -> None:
    quick = "--quick" in sys.argv
    rows = [enumerated(quick), counted(quick), power_row(quick), peers(quick), *alike(quick)]
    print(json.dumps({"bench": "disclosure_replay", "rows": rows}, indent=2))


def row(what: str, reach: str, measured: float | None, unit: str, holds: bool, **detail: Any) -> dict[str, Any]:
    return {
        "what": what,
        "reach": reach,
        "measured": None if measured is None else float(measured),
        "unit": unit,
        "holds": bool(holds),
        "detail": detail,
    }


def tails(n: int, share: int) -> list[int]:
    """10^(6 n) times the probability of k or more, for k from 0 to n + 1: whole numbers, from the last term back."""
    terms = [comb(n, k) * share**k * (MILLION - share) ** (n - k) for k in range(n + 1)]
    return [*list(accumulate(reversed(terms)))[::-1], 0]


def enumerated(quick: bool) -> dict[str, Any]:
    """Every n, threshold and level offered; all tries together, of all conversations on all versions."""
    step = 10 if quick else 1
    worst, cells, at = Fraction(0), 0, {}
    for n in range(1, 101, step):
        for percent in range(5, 96, step):
            share = called(percent * 10_000)
            held, whole = tails(n, share), MILLION**n
            for level in LEVELS:
                for versions, conversations in PLACES:
                    places = {"versions": versions, "conversations": conversations}
                    tries = (gate(held, whole, level, submission, places) for submission in range(1, TRIES + 1))
                    paid = versions * conversations * sum(tries, start=Fraction(0))
                    cells += 1
                    ratio = paid / Fraction(level, MILLION)
                    if ratio > worst:
                        worst, at = (
                            ratio,
                            {"n": n, "threshold": percent / 100, "level": level / 1e6, **places},
                        )
    told = {"cells": cells, "tries": TRIES, "worst at": at, "arithmetic": "whole numbers"}
    what = "replay decision: false payment over the stated level, largest of all offers, tries, conversations, versions"
    return row(what, "≤ 1, exactly", float(worst), "×", worst < 1, **told)


def called(threshold: int) -> int:
    """The most that exact-card calls a success where the true rate is the threshold."""
    return -((-threshold * MILLION - (MILLION - threshold) * 3) // MILLION)


def gate(held: list[int], whole: int, level: int, submission: int, places: dict[str, int]) -> Fraction:
    """How probably one try of one conversation on one version passes, where the rate is the threshold."""
    error = spendable(level=level, submission=submission, **places)
    low, high = 0, len(held) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if held[middle] * error.denominator <= error.numerator * whole:
            high = middle
        else:
            low = middle
    return Fraction(held[high], whole)


def counted(quick: bool) -> dict[str, Any]:
    """A judge whose errors were counted: all outcomes and all label sets, over a grid of true rates of the judge."""
    error = spendable(level=50_000, submission=1, versions=1)
    worst, cells, at = 0.0, 0, {}
    for labels in (20,) if quick else (20, 50, 100):
        bounds = {
            (right, other): calibrated_judge(Calibration(right, labels, other, labels), error=error)
            for right in range(labels + 1)
            for other in range(labels + 1)
        }
        for n, threshold in ((20, 200_000), (30, 400_000), (40, 500_000), (100, 800_000))[: 2 if quick else 4]:
            needed = np.array(
                [
                    [cached(n, opens(bounds[a, b], threshold), bounds[a, b].left) for b in range(labels + 1)]
                    for a in range(labels + 1)
                ]
            )
            for sensitivity in (0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0):
                for specificity in (0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0):
                    share = threshold / 1e6
                    passes = binom.sf(needed - 1, n, share * sensitivity + (1 - share) * (1 - specificity))
                    among = [binom.pmf(np.arange(labels + 1), labels, rate) for rate in (sensitivity, specificity)]
                    ratio = float(among[0] @ passes @ among[1]) / float(error)
                    cells += 1
                    if ratio > worst:
                        worst = ratio
                        at = {"n": n, "threshold": share, "labels": labels, "Se": sensitivity, "Sp": specificity}
    what = "the same with a judge that errs and was calibrated, over its true sensitivity and specificity"
    return row(what, "≤ 1", worst, "×", worst <= 1, **{"cells": cells, "worst at": at})


def opens(judge: Any, threshold: int) -> int:
    """The least share called a success at which the gate opens; more than all where it never does."""
    if judge.least(MILLION) < threshold:
        return MILLION + 1
    low, high = 0, MILLION
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if judge.least(middle) >= threshold else (middle, high)
    return high


@cache
def cached(n: int, share: int, error: Fraction) -> int:
    return n + 1 if share > MILLION else critical(n, min(share, MILLION), error=error)


def power_row(quick: bool) -> dict[str, Any]:
    """The published power against the binomial distribution of SciPy, for every offer."""
    step, off = 20 if quick else 4, 0.0
    example = Offer(40, 500_000, 50_000)
    for n in range(1, 101, step):
        for percent in range(5, 96, step):
            offer = Offer(n, percent * 10_000, 50_000)
            needed = least(offer)
            off = max(off, *(abs(each.passes - binom.sf(needed - 1, n, each.rate)) for each in power(offer)))
    told = {
        f"at a true rate of {each.rate:g}": round(each.passes, 4) for each in power(example) if each.rate in RATES[2:]
    }
    what = "power at the planned n as published: largest difference to SciPy's binomial distribution"
    return row(what, "≤ 1e-9", off, "", off <= 1e-9, **{"40 replays, threshold 0.5": told})


def peers(quick: bool) -> dict[str, Any]:
    """The whole-number bounds against SciPy's beta quantile and statsmodels' interval at twice the error."""
    off = 0.0
    errors = [Fraction(1, 10), Fraction(1, 40), Fraction(1, 2_000)]
    for n in range(1, 101, 25 if quick else 3):
        for successes in range(1, n + 1, 7 if quick else 2):
            for error in errors:
                own = lower_bound(successes, n, error=error) / MILLION
                others = (
                    beta.ppf(float(error), successes, n - successes + 1),
                    proportion_confint(successes, n, alpha=2 * float(error), method="beta")[0],
                )
                off = max(off, *(abs(own - other) for other in others))
    return row("exact bounds: largest difference to SciPy and statsmodels", "≤ 1e-6", off, "", off <= 1.000001e-6)


def alike(quick: bool) -> Iterator[dict[str, Any]]:
    texts = comments(60 if quick else 400)
    if not texts:
        for what in (
            "near-duplicates: recall at 10 % of words changed",
            "near-duplicates: unrelated texts taken for one",
        ):
            yield row(
                what, "≥ 0.95" if "recall" in what else "≤ 0.01", None, "", False, left="no data: ../shared is absent"
            )
        return
    chance = random.Random(11)
    signed = [sign(text) for text in texts]
    recall = {
        share: float(
            np.mean(
                [
                    likeness(one, sign(edited(text, texts, chance, share))) >= THRESHOLD
                    for one, text in zip(signed, texts, strict=True)
                ]
            )
        )
        for share in (0.02, 0.05, 0.1, 0.2)
    }
    pairs = [likeness(one, other) for at, one in enumerate(signed) for other in signed[:at]]
    false = float(np.mean([each >= THRESHOLD for each in pairs]))
    thresholds = {
        f"{each:.2f}": round(float(np.mean([pair >= each for pair in pairs])), 5) for each in (0.2, 0.3, 0.4, THRESHOLD)
    }
    told = {f"recall at {share:.0%} of words changed": round(found, 4) for share, found in recall.items()}
    yield row(
        "near-duplicates: recall at 10 % of words changed", "≥ 0.95", recall[0.1], "", recall[0.1] >= 0.95, **told
    )
    what = "near-duplicates: pairs of unrelated real texts taken for one weakness"
    yield row(what, "≤ 0.01", false, "", false <= 0.01, **{"pairs": len(pairs), "by threshold": thresholds})


def comments(count: int) -> list[str]:
    """Texts of about a kilobyte, each of several comments that stand in no other."""
    found = []
    for path in sorted(COMMENTS.glob("*/comments.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            said = [line["comment-body"] for line in csv.DictReader(file) if len(line["comment-body"]) > 40]
        found += [" ".join(said[at : at + 6]) for at in range(0, len(said) - 5, 6)]
    return found[:count]


def edited(text: str, texts: list[str], chance: random.Random, share: float) -> str:
    """Some words replaced by words of other texts, and some left out."""
    words, others = text.split(), chance.choice(texts).split()
    for at in sorted(chance.sample(range(len(words)), round(len(words) * share)), reverse=True):
        if chance.random() < 0.5:
            words[at] = chance.choice(others)
        else:
            del words[at]
    return " ".join(words)


def sign(text: str) -> bytes:
    return signature(keyed(shingles(Script((Message("user", text),))), key=KEY))


if __name__ == "__main__":
    main()
