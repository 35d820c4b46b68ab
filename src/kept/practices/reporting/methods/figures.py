"""How a number is written wherever a reader sees it; the browser's verifier writes it alike."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

SMALLEST, LARGEST = 0.0005, 0.9995


def percent(rate: float) -> str:
    """A rate from 0 to 1 with one decimal, ties up; "<0.1%" and ">99.9%" where rounding would claim none or all."""
    if 0 < rate < SMALLEST:
        return "<0.1%"
    if LARGEST <= rate < 1:
        return ">99.9%"
    return f"{Decimal(rate * 100).quantize(Decimal('0.1'), ROUND_HALF_UP)}%"


def level(confidence: float) -> str:
    """A confidence level: as a rate, without a needless ".0"."""
    return percent(confidence).replace(".0%", "%")


def count(number: int) -> str:
    """A whole number with a comma every three digits."""
    return f"{number:,}"


def figures(
    *,
    statuses: Iterable[Mapping[str, Any]],
    campaigns: Iterable[Mapping[str, Any]],
    coverage: Iterable[Mapping[str, Any]],
    claims: Iterable[Mapping[str, Any]],
    totals: Mapping[str, int],
) -> dict[str, str]:
    """Every figure that the page may show, by its key."""
    found = {f"report.{name}": count(number) for name, number in totals.items()}
    for status in statuses:
        found[f"status/{status['model']}/{status['commitment']}.state"] = status["state"]
    for campaign in campaigns:
        key = f"campaign/{campaign['campaign']}"
        found[f"{key}.state"] = campaign["state"]
        found[f"{key}.repeat"] = count(campaign["repeat"])
        for name, number in campaign["attempts"].items():
            found[f"{key}.{name}"] = count(number)
    for matrix in coverage:
        key = f"coverage/{matrix['model']}"
        found[f"{key}.tested"] = count(matrix["tested"])
        found[f"{key}.applicable"] = count(matrix["applicable"])
        for cell in matrix["cells"]:
            found[f"{key}/{cell['domain']}/{cell['strategy']}/{cell['language']}.state"] = cell["state"]
    for claim in claims:
        found.update(_claim(claim))
    return found


def _claim(claim: Mapping[str, Any]) -> dict[str, str]:
    key, estimate = claim["id"], claim["estimate"]
    return {
        f"{key}.value": percent(estimate["value"]),
        f"{key}.low": percent(estimate["low"]),
        f"{key}.high": percent(estimate["high"]),
        f"{key}.level": level(estimate["level"]),
        f"{key}.n": count(estimate["n"]),
        f"{key}.unassessed": count(estimate["unassessed"]),
        f"{key}.worst": percent(claim["worst"]["high"]),
    }
