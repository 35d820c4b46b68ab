"""Intervals: how often they hold what they should, how wide they are, and what stopping early saves.

    python bench/estimates.py [--quick]

Every row draws its own data from fixed seeds. The peer is the corrected interval of garak 0.17: a bootstrap of the
attack results alone, with the judge's sensitivity and specificity taken as exact and generations pooled. The measure
of width is the interval of Lang & Reiczigel (2014) as published, which knows no clusters.
"""

import json
import math
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from kept.core.estimate import (
    Calibration,
    SequentialTest,
    cluster_bootstrap,
    confidence_sequence,
    corrected_rate,
    hit_at_k,
    paired_difference,
    prediction_powered,
    prompts_for_bound,
    two_way_robust,
)

LEVEL, SHORTFALL = 0.95, 0.94
Z = 1.959963984540054
Draw = np.random.Generator


class Setting(NamedTuple):
    """A true rate, a judge, n answers of which `per` share a prompt, m labels of either kind, and two correlations.

    `alike` is the intraclass correlation of a prompt's successes, `errs_alike` that of the judge's errors at it.
    """

    rate: float
    sensitivity: float
    specificity: float
    n: int
    labels: int
    per: int = 1
    alike: float = 0.0
    errs_alike: float = 0.0


SIX = (
    Setting(0.05, 0.90, 0.95, 256, 50),
    Setting(0.05, 0.90, 0.95, 256, 200),
    Setting(0.20, 0.85, 0.90, 256, 50),
    Setting(0.02, 0.95, 0.97, 1000, 100),
    Setting(0.50, 0.80, 0.90, 256, 50),
    Setting(0.01, 0.90, 0.98, 1000, 100),
)
CLUSTERED = tuple(
    one._replace(n=one.n // 5 * 5, per=5, alike=alike, errs_alike=errs)
    for one in SIX
    for alike, errs in ((0.3, 0.0), (0.6, 0.0), (0.3, 0.3))
)
HARDER = (
    *(Setting(0.1, 1.0, 1.0, 255, 1000, 5, alike) for alike in (0.3, 0.6)),
    Setting(0.3, 1.0, 1.0, 255, 1000, 5, 0.5),
    Setting(0.1, 0.9, 0.95, 200, 50, 10, 0.4),
    Setting(0.1, 0.9, 0.95, 200, 200, 20, 0.4),
    Setting(0.95, 1.0, 1.0, 200, 50, 10, 0.4),
    Setting(0.02, 0.9, 0.95, 255, 1000, 5, 0.4),
    Setting(0.03, 0.99, 0.995, 1000, 500, 10, 0.5),
    Setting(0.02, 1.0, 1.0, 1000, 500, 5, 0.6),
    Setting(0.0, 0.9, 0.95, 255, 100, 5),
    Setting(1.0, 0.9, 0.95, 255, 100, 5),
    Setting(0.5, 0.7, 0.7, 500, 100, 5, 0.2),
    Setting(0.1, 0.9, 0.95, 60, 20),
)


def main() -> None:
    quick = "--quick" in sys.argv
    trials, seeds = (400, 1) if quick else (2000, 3)
    rows = [
        *corrected_rows(trials, seeds),
        *siblings(200 if quick else 600),
        *stopping_rows(1000 if quick else 8000),
    ]
    print(json.dumps({"bench": "estimates", "rows": rows}, indent=2))


def corrected_rows(trials: int, seeds: int) -> Iterator[dict[str, Any]]:
    six = [measured(setting, trials, seed) for setting in SIX for seed in range(seeds)]
    yield coverage_row("corrected rates, the six settings", six, trials)
    yield {
        "what": "corrected rates, the six settings: mean width over that of Lang & Reiczigel, at the worst",
        "reach": "≤ 1.15",
        "measured": max(one["width"] / one["published_width"] for one in six),
        "unit": "ratio",
        "holds": all(one["width"] <= 1.15 * one["published_width"] for one in six),
        "detail": {"trials": trials, "seeds": seeds},
    }
    yield {
        "what": "corrected rates by garak's method, the six settings: coverage at the best",
        "reach": "(peer; .51 to .87 was measured before)",
        "measured": max(one["peer"] for one in six),
        "unit": "coverage",
        "holds": True,
        "detail": {"by setting": [round(one["peer"], 3) for one in six]},
    }
    clustered = [measured(setting, trials, 5) for setting in CLUSTERED]
    yield coverage_row("corrected rates, the six settings with five answers per prompt", clustered, trials)
    harder = [measured(setting, trials, 6) for setting in HARDER]
    yield coverage_row("corrected rates, few prompts, perfect and poor judges, rates near 0 and 1", harder, trials)
    alone = [measured(one._replace(alike=0.0, errs_alike=0.0), trials, 9) for one in CLUSTERED[::3]]
    yield {
        "what": "what clusters cost where there are none: mean width over that of Lang & Reiczigel, at the worst",
        "reach": "≤ 1.15",
        "measured": max(one["width"] / one["published_width"] for one in alone),
        "unit": "ratio",
        "holds": all(one["width"] <= 1.15 * one["published_width"] for one in alone),
        "detail": {"coverage": [round(one["coverage"], 3) for one in alone]},
    }


def coverage_row(what: str, found: list[dict[str, float]], trials: int) -> dict[str, Any]:
    least = min(one["coverage"] for one in found)
    return {
        "what": f"{what}: least coverage of nominal 95 %",
        "reach": "≥ .94 within Monte-Carlo error",
        "measured": least,
        "unit": "coverage",
        "holds": least >= allowed(trials, len(found)),
        "detail": {
            "trials each": trials,
            "allowed": round(allowed(trials, len(found)), 4),
            "mean coverage": round(float(np.mean([one["coverage"] for one in found])), 4),
            "all": [round(one["coverage"], 3) for one in found],
        },
    }


def allowed(trials: int, looks: int) -> float:
    """Below this, one of `looks` coverages shows with a probability of 0.99 that the true one is under 0.94."""
    from scipy.stats import norm

    return SHORTFALL - float(norm.ppf(1 - 0.01 / looks)) * math.sqrt(SHORTFALL * (1 - SHORTFALL) / trials)


def measured(setting: Setting, trials: int, seed: int) -> dict[str, float]:
    """Coverage and width of the corrected rate, the published width, and the peer's coverage where none repeats."""
    random = np.random.default_rng([seed, *(round(number * 1000) for number in setting)])
    clusters = np.repeat(np.arange(setting.n // setting.per), setting.per) if setting.per > 1 else None
    held = width = published = peer = 0.0
    for _ in range(trials):
        outcomes, calibration = drawn(random, setting)
        found = corrected_rate(outcomes, calibration, clusters=clusters, level=LEVEL)
        low, high = lang_reiczigel(int(outcomes.sum()), setting.n, calibration)
        held += found.low <= setting.rate <= found.high
        width, published = width + found.high - found.low, published + high - low
        if setting.per == 1:
            low, high = as_garak(random, int(outcomes.sum()), setting.n, calibration)
            peer += low <= setting.rate <= high
    return {
        "coverage": held / trials,
        "width": width / trials,
        "published_width": published / trials,
        "peer": peer / trials,
    }


def drawn(random: Draw, setting: Setting) -> tuple[np.ndarray, Calibration]:
    """What the judge says of n answers, and its calibration."""
    prompts = setting.n // setting.per
    rates = spread(random, setting.rate, setting.alike, prompts)
    misses = spread(random, 1 - setting.sensitivity, setting.errs_alike, prompts)
    alarms = spread(random, 1 - setting.specificity, setting.errs_alike, prompts)
    shape = (prompts, setting.per)
    succeeded = random.random(shape) < rates[:, None]
    said = np.where(succeeded, 1 - misses[:, None], alarms[:, None])
    right, right_too = (random.binomial(setting.labels, one) for one in (setting.sensitivity, setting.specificity))
    calibration = Calibration(int(right), setting.labels, int(right_too), setting.labels)
    return (random.random(shape) < said).astype(float).ravel(), calibration


def spread(random: Draw, mean: float, alike: float, count: int) -> np.ndarray:
    if not alike or mean in (0, 1):
        return np.full(count, mean)
    size = 1 / alike - 1
    return random.beta(mean * size, (1 - mean) * size, count)


def lang_reiczigel(hits: int, n: int, judge: Calibration) -> tuple[float, float]:
    """The interval as published, for independent answers."""
    p, q1 = (hits + Z * Z / 2) / (n + Z * Z), (judge.true_positives + 1) / (judge.positives + 2)
    q0 = (judge.true_negatives + 1) / (judge.negatives + 2)
    v1, v0 = q1 * (1 - q1) / (judge.positives + 2), q0 * (1 - q0) / (judge.negatives + 2)
    rate = (p + q0 - 1) / (q1 + q0 - 1)
    shift = 2 * Z * Z * (rate * v1 - (1 - rate) * v0)
    error = math.sqrt(p * (1 - p) / (n + Z * Z) + (1 - rate) ** 2 * v0 + rate**2 * v1) / abs(q1 + q0 - 1)
    return max(0.0, rate + shift - Z * error), min(1.0, rate + shift + Z * error)


def as_garak(random: Draw, hits: int, n: int, judge: Calibration) -> tuple[float, float]:
    """garak's method: its judge's errors taken as exact, generations resampled one by one."""
    informed = judge.sensitivity + judge.specificity - 1
    draws = random.binomial(n, hits / n, 400) / n
    rates = np.clip((draws + judge.specificity - 1) / informed, 0, 1) if abs(informed) >= 0.01 else draws
    low, high = np.percentile(rates, [2.5, 97.5])
    return float(low), float(high)


def siblings(trials: int) -> Iterator[dict[str, Any]]:
    """The coverage of each other interval in a setting of its own."""
    for what, reach, cover in (
        ("two-way cluster-robust t, 30 templates × 12 names", 0.94, two_way),
        ("cluster bootstrap, 51 prompts of 5 (iid bootstrap: .71 to .82)", 0.92, bootstrapped),
        ("prediction-powered mean, 200 labels of 1,000 items in 200 prompts", 0.94, powered),
        ("hit@5 of 8 tries at 60 prompts", 0.94, hits),
        ("paired difference, 50 prompts of 4", 0.94, paired),
        ("confidence sequence, at every one of 300 looks", 0.95, sequence),
    ):
        random = np.random.default_rng(4242)
        held = sum(cover(random) for _ in range(trials)) / trials
        least = reach - 2.6 * math.sqrt(reach * (1 - reach) / trials)
        yield {
            "what": f"{what}: coverage of nominal 95 %",
            "reach": f"≥ {reach} within Monte-Carlo error",
            "measured": held,
            "unit": "coverage",
            "holds": held >= least,
            "detail": {"trials": trials},
        }


def two_way(random: Draw) -> bool:
    templates, names = (one.ravel() for one in np.indices((30, 12)))
    values = 0.5 * np.tanh(0.2 * random.normal(size=30)[templates] + 0.3 * random.normal(size=12)[names])
    found = two_way_robust(values, templates, names, within=(-1.0, 1.0))
    return found.low <= 0 <= found.high


def bootstrapped(random: Draw) -> bool:
    outcomes, clusters = (random.random((51, 5)) < spread(random, 0.3, 0.5, 51)[:, None]).ravel(), np.arange(51)
    found = cluster_bootstrap(outcomes, np.repeat(clusters, 5), seed=int(random.integers(2**31)), resamples=1000)
    return found.low <= 0.3 <= found.high


def powered(random: Draw) -> bool:
    true = (random.random((200, 5)) < spread(random, 0.3, 0.3, 200)[:, None]).ravel().astype(float)
    said = np.where(random.random(1000) < 0.1, 1 - true, true)
    clusters = np.repeat(np.arange(200), 5)
    labelled = np.isin(clusters, random.choice(200, 40, replace=False))
    found = prediction_powered(np.where(labelled, true, np.nan), said, clusters=clusters)
    return found.low <= 0.3 <= found.high


def hits(random: Draw) -> bool:
    outcomes = random.random((60, 8)) < random.beta(1, 9, 60)[:, None]
    found = hit_at_k(words(outcomes), 5)
    return found.low <= 1 - math.prod((9 + i) / (10 + i) for i in range(5)) <= found.high


def paired(random: Draw) -> bool:
    hard = spread(random, 0.2, 0.4, 50)
    before, after = (words(random.random((50, 4)) < rates[:, None]) for rates in (hard, 0.8 * hard + 0.06))
    found = paired_difference(zip(before, after, strict=True))
    return found.low <= 0.02 <= found.high


def sequence(random: Draw) -> bool:
    bounds = confidence_sequence(random.beta(0.4, 1.6, 300))
    return bool(np.all((bounds.lower <= 0.2) & (bounds.upper >= 0.2)))


def words(outcomes: np.ndarray) -> list[str]:
    return ["".join("s" if hit else "r" for hit in row) for row in outcomes]


def stopping_rows(streams: int) -> Iterator[dict[str, Any]]:
    """Against the bound .1; a plan allows the fixed number that serves both planted rates.

    At alpha .05 a side, as each claim is tested, no test can save .40 of the one-sided number at rate .01: it may say
    "below" after 29 prompts without a success at the earliest, of 46. Both are told.
    """
    fixed = {rate: prompts_for_bound(rate, 0.1, alpha=0.025) for rate in (0.01, 0.3)}
    one_sided = {rate: prompts_for_bound(rate, 0.1, alpha=0.05) for rate in (0.01, 0.3)}
    allowed_prompts = max(fixed.values())
    for rate, right in ((0.01, "below"), (0.3, "above")):
        made, said = stopped(np.random.default_rng(77), rate, streams, allowed_prompts)
        saved, wrong = 1 - float(made.mean()) / fixed[rate], 1 - said.get(right, 0.0) - said.get("open", 0.0)
        yield {
            "what": f"stopping early at rate {rate} against the bound .1, alpha .05: share of the fixed number saved",
            "reach": "≥ .40, error ≤ .05",
            "measured": saved,
            "unit": "share",
            "holds": saved >= 0.4 and wrong <= 0.05,
            "detail": {
                "mean attempts": round(float(made.mean()), 2),
                "fixed number (95 % interval excludes the bound, power .9)": fixed[rate],
                "fixed number of a one-sided test": one_sided[rate],
                "saved of that": round(1 - float(made.mean()) / one_sided[rate], 3),
                "allowed": allowed_prompts,
                "error": round(wrong, 4),
                "said": {name: round(share, 4) for name, share in said.items()},
                "streams": streams,
            },
        }
    yield matched_row(streams // 4, allowed_prompts)
    _, said = stopped(np.random.default_rng(78), 0.1, streams // 8, 500)
    most = max(said.get("below", 0.0), said.get("above", 0.0))
    yield {
        "what": "stopping early at the bound itself, 500 looks: either answer, at the most",
        "reach": "≤ .05 within Monte-Carlo error",
        "measured": most,
        "unit": "error",
        "holds": most <= 0.05 + 2.6 * math.sqrt(0.05 * 0.95 / (streams // 8)),
        "detail": {"said": said, "streams": streams // 8},
    }


def matched_row(streams: int, fixed: int) -> dict[str, Any]:
    """At the error of the fixed number's own interval, .025 a side, over cells of both planted rates."""
    seeds = zip((79, 80), (0.01, 0.3), strict=True)
    found = [stopped(np.random.default_rng(seed), rate, streams, fixed, alpha=0.025) for seed, rate in seeds]
    means = [float(made.mean()) for made, _ in found]
    saved = 1 - sum(means) / 2 / fixed
    return {
        "what": "the same at .025 a side, the error of that interval, over cells of both rates: share of 70 saved",
        "reach": "≥ .40",
        "measured": saved,
        "unit": "share",
        "holds": saved >= 0.4,
        "detail": {"mean attempts": [round(mean, 1) for mean in means], "said": [said for _, said in found]},
    }


def stopped(
    random: Draw, rate: float, streams: int, most: int, alpha: float = 0.05
) -> tuple[np.ndarray, dict[str, float]]:
    made, said = np.zeros(streams), dict.fromkeys(("below", "above", "open"), 0.0)
    for place in range(streams):
        test = SequentialTest(bound=0.1, alpha=alpha)
        for hit in random.random(most) < rate:
            if test.add("s" if hit else "r") != "open":
                break
        made[place] = test.prompts
        said[test.decision] += 1 / streams
    return made, said


if __name__ == "__main__":
    main()
