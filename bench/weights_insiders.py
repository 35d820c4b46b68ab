"""Insider detection: how many thieves are noticed at what cost, the promise to innocents, speed, and memory.

Seeds follow from --seed, which is drawn anew where it isn't given: nothing in the repository was chosen by them. A
recall is of days on which somebody steals, at the score that 1 % of all other days pass. "Caught" is a thief whom the
queue shows on a day of theft, at one alert a day for everybody together.

Usage: python bench/weights_insiders.py [--quick] [--seed N] [--prototype FILE with a function sim(seed)]
"""

import argparse
import ast
import json
import resource
import secrets
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from kept.core.estimate import clopper_pearson
from kept.practices.weights.methods.insiders.detector import Detector
from kept.practices.weights.methods.insiders.features import BYTES
from kept.practices.weights.records.insiders import AccessEvent, Alarm, Manner
from simulators.insider import MONDAY, from_days, simulate

QUIET, DAYS = 60, 120
ABSENT = -100.0


@dataclass
class Run:
    """What one log came to: scores and volumes by person and day, and the alarms."""

    scores: np.ndarray
    volumes: np.ndarray
    guilty: np.ndarray
    groups: list[tuple[str, list[int]]]
    alarms: list[Alarm]
    names: list[str]
    events: int
    seconds: float

    def recall(self, values: np.ndarray) -> float:
        """The share of days of theft above what 1 % of the other days pass."""
        late, theft = values[:, QUIET:], self.guilty[:, QUIET:]
        return float((late[theft] > np.quantile(late[~theft], 0.99)).mean())

    def caught(self) -> list[bool]:
        """Of each thief or pair, whether the queue showed one of them on a day of theft."""
        place = {name: row for row, name in enumerate(self.names)}
        hits = {
            place[alarm.actor]
            for alarm in self.alarms
            if alarm.tier == "queue" and self.guilty[place[alarm.actor], day_of(alarm)]
        }
        return [bool(hits & set(who)) for _, who in self.groups]

    def highest_each_day(self, values: np.ndarray) -> list[bool]:
        """The same where the highest value of each day is shown, without any memory of who was shown before."""
        shown = values[:, QUIET:].argmax(axis=0)
        hits = {int(who) for day, who in enumerate(shown, QUIET) if self.guilty[who, day]}
        return [bool(hits & set(who)) for _, who in self.groups]

    def accused(self) -> tuple[int, int]:
        """Innocents whom the tier with the guarantee accused, and all innocents."""
        innocent = {name for row, name in enumerate(self.names) if not self.guilty[row].any()}
        return len({alarm.actor for alarm in self.alarms if alarm.tier == "guarantee"} & innocent), len(innocent)


def day_of(alarm: Alarm) -> int:
    return (date.fromisoformat(alarm.day) - MONDAY.date()).days


def watch(
    events: Iterable[AccessEvent], names: list[str], guilty: np.ndarray, groups: list[tuple[str, list[int]]], seed: int
) -> Run:
    """Feed a log to a detector as its watcher would; only the detector's own time is counted."""
    detector = Detector(Manner(), np.random.default_rng(seed).random)
    place = {name: row for row, name in enumerate(names)}
    scores, volumes = np.full(guilty.shape, ABSENT), np.zeros(guilty.shape)
    alarms: list[Alarm] = []
    count, seconds, running = 0, 0.0, None

    def note() -> None:
        day, found, _ = detector.last_day or (None, None, None)
        if day is not None and running is not None:
            rows = [place[detector.name(int(person))] for person in day.people]
            number = (running - MONDAY.date()).days
            scores[rows, number], volumes[rows, number] = found, day.values[:, BYTES]

    for event in events:
        began = time.process_time()
        alarms += detector.feed(event)
        seconds += time.process_time() - began
        count += 1
        if running != event.moment.date():
            note()
            running = event.moment.date()
    alarms += detector.close()
    note()
    return Run(scores, volumes, guilty, groups, alarms, names, count, seconds)


def own(seed: int, *, people: int, thieves: int) -> Run:
    """A log of the simulator that ships."""
    log = simulate(seed, people=people, days=DAYS, quiet=QUIET, thieves=thieves)
    guilty = np.zeros((people, DAYS), bool)
    for thief in log.thieves:
        for who in thief.who:
            guilty[who, list(thief.days)] = True
    groups = [(thief.kind, list(thief.who)) for thief in log.thieves]
    return watch(log.events(), [person.name for person in log.people], guilty, groups, seed)


def other(sim: Any, seed: int) -> Run:
    """A log with the day counts of somebody else's simulator."""
    counts, theft, role, insiders = sim(seed)
    names = [f"person {number}" for number in range(len(counts))]
    groups = [("theirs", [int(who)]) for who in insiders]
    return watch(from_days(np.expm1(counts), role), names, theft.astype(bool), groups, seed)


def read_sim(path: Path) -> Any:
    """The function `sim` of a file, without running the rest of it."""
    tree = ast.parse(path.read_text())
    tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "sim"]
    space: dict[str, Any] = {"np": np}
    exec(compile(tree, str(path), "exec"), space)
    return space["sim"]


def noticed(what: str, runs: list[Run]) -> list[dict[str, Any]]:
    """The two figures of the queue, with what a plain volume threshold does on the same logs beside."""
    recall = float(np.mean([run.recall(run.scores) for run in runs]))
    caught = [hit for run in runs for hit in run.caught()]
    kinds: dict[str, list[bool]] = {}
    for run in runs:
        for (kind, _), hit in zip(run.groups, run.caught(), strict=True):
            kinds.setdefault(kind, []).append(hit)
    figure = clopper_pearson(sum(caught), len(caught))
    plain = float(np.mean([run.recall(run.volumes) for run in runs]))
    without = [hit for run in runs for hit in run.highest_each_day(run.scores)]
    return [
        {
            "what": f"days of theft recalled at 1 % false positives, {what}",
            "reach": ">= 0.75",
            "measured": recall,
            "unit": "recall",
            "holds": recall >= 0.75,
            "detail": {
                "logs": len(runs),
                "by log": " ".join(f"{run.recall(run.scores):.2f}" for run in runs),
                "bytes alone": f"{plain:.2f}",
            },
        },
        {
            "what": f"insiders caught at one alert a day, {what}",
            "reach": ">= 0.8",
            "measured": sum(caught) / len(caught),
            "unit": "caught",
            "holds": sum(caught) / len(caught) >= 0.8,
            "detail": {
                "insiders": len(caught),
                "interval": f"{figure.low:.2f} to {figure.high:.2f}",
                "by kind": ", ".join(f"{kind} {sum(hits)}/{len(hits)}" for kind, hits in sorted(kinds.items())),
                "showing the same person again": f"{sum(without) / len(without):.2f}",
                "bytes alone": f"{np.mean([hit for run in runs for hit in run.highest_each_day(run.volumes)]):.2f}",
            },
        },
    ]


def promise(what: str, runs: list[Run]) -> dict[str, Any]:
    """How many innocents the tier with the guarantee accused."""
    accused, innocent = (sum(each) for each in zip(*(run.accused() for run in runs), strict=True))
    figure = clopper_pearson(accused, innocent)
    return {
        "what": f"innocents accused by the tier with the guarantee, {what}",
        "reach": "<= 0.01",
        "measured": accused / innocent,
        "unit": "of innocents",
        "holds": accused <= 0.01 * innocent,
        "detail": {"accused": accused, "innocents": innocent, "days": DAYS, "at most": f"{figure.high:.4f}"},
    }


def speed(run: Run) -> dict[str, Any]:
    rate = run.events / run.seconds
    return {
        "what": "insider detection, events on one core",
        "reach": ">= 20,000/s",
        "measured": rate,
        "unit": "events/s",
        "holds": rate >= 20_000,
        "detail": {"events": run.events, "seconds": f"{run.seconds:.1f}"},
    }


def memory(people: int) -> dict[str, Any]:
    """A day of everybody, thrice, then days of a few: the state grows with people alone."""
    detector = Detector(Manner(), np.random.default_rng(0).random)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    plain = AccessEvent(MONDAY, "", "read", file="f", bytes=1, role="r", host="h", purpose="p", lease="l")

    def days(span: range, who: range) -> int:
        for day in span:
            for number in who:
                event = replace(plain, moment=MONDAY + timedelta(days=day), actor=f"p{number}", file=f"f{day}-{number}")
                for _ in detector.feed(event):
                    pass
        return detector.bytes()

    days(range(3), range(people))
    some = range(0, people, people // 200)
    after = days(range(3, 40), some)
    later = days(range(40, 80), some)
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    return {
        "what": f"insider detection, memory for {people:,} people",
        "reach": "bounded",
        "measured": peak / people,
        "unit": "bytes a person at the peak",
        "holds": later == after and peak / people < 20_000,
        "detail": {
            "state after 40 days": f"{after / 1e6:.0f} MB",
            "after 80 days": f"{later / 1e6:.0f} MB",
            "peak": f"{peak / 1e6:.0f} MB",
        },
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true")
    options.add_argument("--seed", type=int, default=None)
    options.add_argument("--prototype", type=Path, help="a file with sim(seed) -> log1p day counts, days, roles, who")
    chosen = options.parse_args()
    seed = secrets.randbits(31) if chosen.seed is None else chosen.seed
    seeds = [int(each) for each in np.random.default_rng(seed).integers(1 << 40, size=16)]
    # Memory first: the peak of a process never falls.
    rows = [memory(10_000 if chosen.quick else 100_000)]
    runs = [own(each, people=120 if chosen.quick else 200, thieves=9) for each in seeds[: 2 if chosen.quick else 6]]
    rows += noticed(f"seed {seed}", runs)
    rows.append(speed(max(runs, key=lambda run: run.events)))
    innocents = [
        own(each, people=100 if chosen.quick else 500, thieves=0) for each in seeds[10 : 11 if chosen.quick else 12]
    ]
    rows.append(promise("simulated", innocents))
    if chosen.prototype:
        sim = read_sim(chosen.prototype)
        theirs = [other(sim, each) for each in seeds[: 2 if chosen.quick else 6]]
        rows += noticed("another simulator", theirs)
        rows.append(promise("another simulator", theirs))
    print(json.dumps({"bench": "weights_insiders", "rows": rows}, indent=2))


if __name__ == "__main__":
    main()
