"""Writes tests/vectors/estimate/{sequential,corrected,paired}.json: drawn outcomes, and what the Python side gives."""

import json
import random
from pathlib import Path
from typing import Any

from kept.core import estimate
from kept.core.estimate import Calibration, Equivalence, Estimate
from kept.errors import Invalid

FOLDER = Path(__file__).parent / "estimate"
DRAW = random.Random(20261128)
JUDGES = (
    (45, 50, 47, 50),
    (180, 200, 190, 200),
    (16, 20, 15, 20),
    (300, 300, 300, 300),
    (1, 2, 2, 2),
    (90, 100, 999, 1000),
)


def drawn(prompts: int, rate: float, *, trials: int = 1, missing: float = 0.0) -> list[str]:
    def one() -> str:
        return "u" if DRAW.random() < missing else "s" if DRAW.random() < rate else "r"

    return ["".join(one() for _ in range(trials)) for _ in range(prompts)]


def case(name: str, function: str, arguments: list[Any], **options: Any) -> dict[str, Any]:
    told = {"name": name, "function": function, "arguments": arguments, "options": options}
    try:
        found = getattr(estimate, function)(*read(function, arguments), **options)
    except Invalid as error:
        return {**told, "error": error.code}
    return {**told, "expect": plain(found)}


def plain(found: Any) -> Any:
    """What a function gives, as JSON."""
    if isinstance(found, Estimate):
        return found.document()
    if isinstance(found, Equivalence):
        return {"estimate": found.estimate.document(), "holds": found.holds}
    return found._asdict() if isinstance(found, tuple) else found


def read(function: str, arguments: list[Any]) -> list[Any]:
    """The arguments as the Python side takes them: a calibration is an object, and null an unassessed outcome."""
    if not function.startswith("corrected"):
        return arguments
    outcomes, calibration = arguments
    return [outcomes, None if calibration is None else Calibration(**calibration)]


def judge(right: int, positives: int, right_too: int, negatives: int) -> dict[str, int]:
    counts = {"true_positives": right, "positives": positives}
    return counts | {"true_negatives": right_too, "negatives": negatives}


def sequential() -> list[dict[str, Any]]:
    shapes = ({"trials": 1}, {"trials": 1, "missing": 0.05}, {"trials": 5})
    found = [
        case(
            f"bound {bound}, rate {rate}, {shape}",
            "stopping_point",
            [drawn(90, rate, **shape)],
            bound=bound,
            alpha=alpha,
        )
        for bound, alpha in ((0.1, 0.05), (0.02, 0.01), (0.5, 0.05))
        for rate in (0.0, 0.01, 0.1, 0.3, 0.9)
        for shape in shapes
    ]
    for name, clusters in (("nothing", []), ("not tried", ["", ""]), ("only unassessed", ["u"] * 80)):
        found.append(case(name, "stopping_point", [clusters], bound=0.1, alpha=0.05))
    found += [
        case(f"level {level}, rate {rate}, {shape}", "anytime", [drawn(60, rate, **shape)], level=level)
        for level in (0.8, 0.95, 0.999)
        for rate in (0.0, 0.03, 0.4, 1.0)
        for shape in shapes
    ]
    found += [case(f"{clusters}", "anytime", [clusters]) for clusters in ([], ["uu", "", "u"], ["r"])]
    found.append(case("bound one", "stopping_point", [["r"]], bound=1.0, alpha=0.05))
    found.append(case("alpha zero", "stopping_point", [["r"]], bound=0.1, alpha=0.0))
    return [*found, case("another outcome", "stopping_point", [["x"]], bound=0.1, alpha=0.05)]


def corrected() -> list[dict[str, Any]]:
    found = [
        case(
            f"{function}: {counts}, rate {rate}, level {level}, {shape}",
            function,
            [drawn(40, rate, **shape), judge(*counts)],
            level=level,
        )
        for function in ("corrected", "corrected_worst_case")
        for counts in JUDGES
        for rate, level in ((0.0, 0.95), (0.05, 0.99), (0.5, 0.8), (1.0, 0.95))
        for shape in ({"trials": 1, "missing": 0.1}, {"trials": 4, "missing": 0.1})
    ]
    uneven = ["s", "rr", "", "srrrrr", "u", "ss", "r", "rrr", "rrrrrrrrrrss"]
    good = judge(45, 50, 47, 50)
    found.append(case("prompts tried more and less often", "corrected", [uneven, good]))
    for clusters in ([], ["uu", ""], ["srrr"], ["srr", "uu"], ["s"]):
        found.append(case(f"{clusters}", "corrected", [clusters, good]))
        found.append(case(f"{clusters}, no calibration", "corrected_worst_case", [clusters, None]))
    numbers = [1, 0, None, 0, 0, 1, 0, 0, None, 0, 0, 0]
    found.append(case("numbers", "corrected_rate", [numbers, good]))
    found.append(case("numbers in clusters", "corrected_rate", [numbers, good], clusters=list("aabbccddeeff")))
    found.append(case("numbers in one cluster", "corrected_rate", [numbers, good], clusters=list("aaaaaaaaaaaa")))
    for counts in ((5, 10, 5, 10), (1, 10, 1, 10), (0, 10, 10, 10)):
        found.append(case(f"no more than a coin: {counts}", "corrected", [["s", "r"], judge(*counts)]))
    found.append(case("another outcome", "corrected_rate", [[1, 2], good]))
    return [*found, case("clusters for another number", "corrected_rate", [[1, 0], good], clusters=["a"])]


def paired() -> list[dict[str, Any]]:
    found = []
    for prompts, trials, missing in ((1, 1, 0.0), (1, 6, 0.0), (40, 1, 0.1), (25, 4, 0.1), (6, 3, 0.3)):
        for before, after in ((0.0, 0.0), (0.1, 0.4), (0.5, 0.5), (1.0, 0.9)):
            one, other = (drawn(prompts, rate, trials=trials, missing=missing) for rate in (before, after))
            pairs = [list(pair) for pair in zip(one, other, strict=True)]
            name = f"{prompts} prompts of {trials}, rates {before} and {after}"
            found.append(case(name, "paired_difference", [pairs], level=0.9))
            found.append(case(name, "sign_test", [pairs]))
            found.append(case(name, "equivalence", [pairs], margin=0.2, alpha=0.05))
    alike = [["s" * 4, "s" * 4]] * 9 + [["r" * 4, "s" * 4]] * 3 + [["ss", "ss"], ["r", "r"], ["", ""]]
    found.append(case("trials of a prompt repeat one another", "paired_difference", [alike]))
    found.append(case("other numbers of trials", "paired_difference", [[["s", "ss"]]]))
    chances = {f"cell {place}": round(DRAW.random() ** 3, 6) for place in range(30)} | {"tie": 0.5, "tied": 0.5}
    found.append(case("thirty cells and a tie", "benjamini_hochberg", [chances]))
    for options in (
        {"prompts": 200, "discordant": 0.2},
        {"prompts": 60, "trials": 5, "discordant": 0.3, "alike": 0.4, "alpha": 0.01, "power": 0.9},
        {"prompts": 1, "discordant": 0.5, "power": 0.5},
    ):
        found.append(case(f"{options}", "detectable_difference", [], **options))
    return found


def main() -> None:
    for name, cases in (("sequential", sequential()), ("corrected", corrected()), ("paired", paired())):
        lines = ",\n".join(json.dumps(one, sort_keys=True) for one in cases)
        (FOLDER / f"{name}.json").write_text(f"[\n{lines}\n]\n", "utf-8")


if __name__ == "__main__":
    main()
