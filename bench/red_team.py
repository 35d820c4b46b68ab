"""The red-team loop against a bare HTTP client and against inspect_ai, its memory, and what it finds.

    python bench/red_team.py [--quick]

Every side runs in a process of its own against the same mock endpoint, in turn, imports and a first small campaign
excluded; the ratio is the median of those of neighbouring runs. inspect_ai runs in a temporary virtual environment;
where it can't be installed, its row says so.
"""

import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

CONNECTIONS = 64
INSPECT = """
import os, resource, sys
import tiktoken
class Words:
    def encode(self, text, **_): return text.split()
tiktoken.get_encoding = lambda *_: Words()
from inspect_ai import Task, eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import includes
from inspect_ai.solver import generate
port, n, connections, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
os.environ["MOCK_API_KEY"] = "x"
def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
def run(count):
    samples = [Sample(input=f"prompt {number}", target="amber anchor 42") for number in range(count)]
    task = Task(dataset=MemoryDataset(samples), solver=generate(), scorer=includes())
    return eval(task, model="openai-api/mock/mock", model_base_url=f"http://127.0.0.1:{port}/v1", display="none",
                max_connections=connections, max_samples=connections, log_dir=folder, log_realtime=False)
run(20)
before = cpu()
(log,) = run(n)
assert log.status == "success" and log.results.completed_samples == n, log.status
print((cpu() - before) / n * 1000)
"""


def main() -> None:
    if len(sys.argv) > 1 and sys.argv[1] in SIDES:
        run = plainly if sys.argv[1] == "bare" else as_kept
        print(json.dumps(run(SIDES[sys.argv[1]](*map(int, sys.argv[2:])))))
        return
    quick = "--quick" in sys.argv
    found = [findings_row(quick), search_row(quick), *stopping_rows(quick)]
    rows = [*cpu_rows(quick), memory_row(quick), *found]
    print(json.dumps({"bench": "red_team", "rows": rows}, indent=2))


def cpu_rows(quick: bool) -> list[dict[str, Any]]:
    n, rounds = (224 * 20, 2) if quick else (224 * 90, 6)
    taken: dict[str, list[float]] = {"bare": [], "ours": []}
    with mock_endpoint() as port:
        for number in range(rounds):
            for name in ("bare", "ours") if number % 2 else ("ours", "bare"):
                taken[name].append(side(name, port, n))
        peer = None if quick else inspect_cpu(port, n=1000)
    ours, bare = statistics.median(taken["ours"]), statistics.median(taken["bare"])
    ratio = statistics.median(mine / plain for mine, plain in zip(taken["ours"], taken["bare"], strict=True))
    return [
        {
            "what": "red-team loop, CPU per attempt incl. durable record (peer: bare aiohttp, same questions)",
            "reach": "≤ 2",
            "measured": ratio,
            "unit": "ratio",
            "holds": ratio <= 2,
            "detail": {"ms": ours, "bare_ms": bare, "attempts": n, "rounds": rounds, "connections": CONNECTIONS},
        },
        {
            "what": "inspect_ai, CPU per sample, over the red-team loop",
            "reach": "≥ 50",
            "measured": peer / ours if peer else None,
            "unit": "ratio",
            "holds": bool(peer) and peer / ours >= 50,
            "detail": {"inspect_ms": peer} if peer else {"inspect_ai": "not measured: quick run, or not installable"},
        },
    ]


def memory_row(quick: bool) -> dict[str, Any]:
    n = 224 * (450 if quick else 4465)
    peak = side("memory", n)
    return {
        "what": f"peak memory of a campaign of {n:,} attempts",
        "reach": "≤ 200 MB",
        "measured": peak["peak_mb"],
        "unit": "MB",
        "holds": peak["peak_mb"] <= 200,
        "detail": {"attempts": n, **peak},
    }


def findings_row(quick: bool) -> dict[str, Any]:
    seeds = 4 if quick else 20
    found = side("findings", seeds)
    return {
        "what": f"default plan on organism:rules, {seeds} seeds: flaws of rate ≥ 0.1 missed, and decoys named as flaws",
        "reach": "0 missed; decoys named ≤ 0.05",
        "measured": found["missed"] + found["decoys_named"],
        "unit": "missed or misnamed",
        "holds": found["missed"] == 0 and found["decoys_named"] <= 0.05 * seeds,
        "detail": found,
    }


def search_row(quick: bool) -> dict[str, Any]:
    seeds = 1 if quick else 8
    found = side("searches", seeds)
    return {
        "what": f"the plan of searches, {seeds} unseen seeds: flaws of rate ≥ 0.1 missed, and decoys named as flaws",
        "reach": "0 missed; decoys named ≤ 0.05",
        "measured": found["missed"] + found["decoys_named"],
        "unit": "missed or misnamed",
        "holds": found["missed"] == 0 and found["decoys_named"] <= 0.05 * seeds,
        "detail": found,
    }


def stopping_rows(quick: bool) -> Iterator[dict[str, Any]]:
    """The fixed numbers are those at which a 95 % interval excludes the bound .1 with a probability of .9."""
    campaigns = 1 if quick else 5
    for rate, right, fixed in ((0.01, "below", 70), (0.3, "above", 41)):
        found = side("stopping", campaigns, round(rate * 1000))
        wrong = found["above" if right == "below" else "below"]
        saved = 1 - found["attempts"] / fixed
        yield {
            "what": f"cells that stop early at rate {rate} against the bound .1, alpha .05: share of the fixed n saved",
            "reach": "≥ 0.4, wrong decisions ≤ 0.05",
            "measured": saved,
            "unit": "share",
            "holds": saved >= 0.4 and wrong <= 0.05,
            "detail": {**found, "fixed": fixed, "decided_right": found[right], "wrong": wrong},
        }
    found = side("stopping", campaigns, 100)
    yield {
        "what": "cells that stop early at the bound .1 itself, alpha .05: the more frequent of the two decisions",
        "reach": "≤ 0.05",
        "measured": max(found["below"], found["above"]),
        "unit": "share of cells",
        # Of so many cells at an error of .05, one more than three standard errors shows that it is larger.
        "holds": max(found["below"], found["above"]) <= 0.05 + 3 * (0.05 * 0.95 / found["cells"]) ** 0.5,
        "detail": found,
    }


def side(name: str, *arguments: int) -> Any:
    command = [sys.executable, __file__, name, *map(str, arguments)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout)


@contextmanager
def mock_endpoint() -> Iterator[int]:
    server = subprocess.Popen(
        [sys.executable, "-m", "simulators.mock_chat", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT / "tests")},
    )
    assert server.stdout is not None
    try:
        yield int(server.stdout.readline())
    finally:
        server.terminate()
        server.wait()


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def plainly(work: Any) -> Any:
    import uvloop

    return uvloop.run(work)


def as_kept(work: Any) -> Any:
    """As the command line runs what it awaits."""
    from kept.interface.terminal import wait_for

    return wait_for(work)


async def bare(port: int, n: int) -> float:
    """Milliseconds of CPU per request of a plain aiohttp client that asks the same questions and reads the answers."""
    import aiohttp

    url = f"http://127.0.0.1:{port}/v1/chat/completions"
    questions = bodies()

    async def ask(numbers: Iterator[int]) -> None:
        for number in numbers:
            async with session.post(url, json=questions[number % len(questions)]) as response:
                assert (await response.json())["choices"][0]["message"]["content"]

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        for count in (1000, n):
            numbers, before = iter(range(count)), cpu()
            await asyncio.gather(*[ask(numbers) for _ in range(CONNECTIONS)])
    return (cpu() - before) / n * 1000


def bodies() -> list[dict[str, Any]]:
    """The first eight questions of every cell of the default plan, ready to be sent."""
    from kept.core.model import Request
    from kept.models.openai.codec import encode_request
    from kept.practices.red_team.methods.plans import default_cells
    from kept.practices.red_team.methods.prompts import Prompts

    asked = [prompts[number] for prompts in (Prompts(cell, 1) for cell in default_cells()) for number in range(8)]
    requests = [Request(messages=prompt.messages, seed=1, tools=prompt.tools) for prompt in asked]
    return [json.loads(encode_request(request, model="mock")) for request in requests]


async def ours(port: int, n: int) -> float:
    """Milliseconds of CPU per attempt of a whole campaign: plan, prompts, judge, durable record, figures, result."""
    from simulators.red_team_room import open_model, opened

    with tempfile.TemporaryDirectory() as folder, opened(Path(folder), concurrency=CONNECTIONS) as room:
        model = open_model(f"openai:http://127.0.0.1:{port}/v1#mock", concurrency=CONNECTIONS)
        for prompts in (4, n // 224):
            before = cpu()
            found = await room.service.assess(model, {"prompts": prompts}, by=room.actor)
        used = cpu() - before
        assert found.summary["resisted"] == n
        await model.close()
    return used / n * 1000


async def memory(n: int) -> dict[str, float]:
    """Peak resident memory of a campaign of n attempts on a model that answers at once."""
    from kept.core.model import Answer, Identity, Request
    from simulators.red_team_room import opened

    class Instant:
        identity = Identity(name="instant", established="endpoint only")

        async def answer(self, request: Request) -> Answer:
            return Answer("I can't help with that.", prompt_tokens=10, completion_tokens=5)

    marks: dict[int, float] = {}

    def note(done: int, total: int, said: str = "") -> None:
        marks.setdefault(done * 10 // total, peak_mb())

    with tempfile.TemporaryDirectory() as folder, opened(Path(folder), concurrency=256) as room:
        began = time.monotonic()
        found = await room.service.assess(Instant(), {"prompts": n // 224}, by=room.actor, progress=note)
        took = time.monotonic() - began
        assert found.summary["resisted"] == n
        size = (Path(folder) / "acme" / "store.db").stat().st_size / 1e6
    tenth = {"after_a_tenth_mb": round(marks[1]), "after_all_attempts_mb": round(marks[10])}
    return {"peak_mb": peak_mb(), **tenth, "store_mb": round(size), "seconds": round(took)}


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def findings(seeds: int) -> dict[str, Any]:
    """The default plan on that many organisms, each compared with what was planted in it."""
    return await compared({}, seeds)


async def searches(seeds: int) -> dict[str, Any]:
    """The plan of all searches, with the embedded attacker, on organisms that the default plan was not tried on."""
    from kept.core.plan import read_plan_file

    plan = read_plan_file(ROOT / "docs" / "plans" / "search.yaml").sections["red_team"]
    return await compared(plan, seeds, first=1000)


async def compared(section: Any, seeds: int, *, first: int = 0) -> dict[str, Any]:
    """What a plan finds in that many organisms: flaws in cells that it tries are found or missed."""
    from kept import models
    from simulators.red_team_room import opened

    counts = {
        "planted": 0,
        "found": 0,
        "missed": 0,
        "missed_below_0.1": 0,
        "invented": 0,
        "in_cells_of_other_plans": 0,
        "decoys": 0,
        "decoys_named": 0,
    }
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as room:
        for seed in range(first, first + seeds):
            uri = f"organism:rules?seed={seed}"
            found = await room.service.assess(models.open_model(uri), section, by=room.actor, truth=models.truth(uri))
            compared = found.summary["truth_comparison"]
            counts["planted"] += sum(flaw["rate"] >= 0.1 for flaw in compared["found"] + compared["missed"])
            counts["found"] += sum(flaw["rate"] >= 0.1 for flaw in compared["found"])
            counts["missed"] += sum(flaw["rate"] >= 0.1 for flaw in compared["missed"])
            counts["missed_below_0.1"] += sum(flaw["rate"] < 0.1 for flaw in compared["missed"])
            counts["in_cells_of_other_plans"] += len(compared["not_tested"])
            counts["invented"] += len(compared["invented"])
            counts["decoys"] += compared["decoys"]
            counts["decoys_named"] += compared["decoys_named"]
    return counts


async def stopping(campaigns: int, permille: int) -> dict[str, Any]:
    """Whole campaigns on a model of one rate in every cell: mean attempts of a cell, and shares of the decisions."""
    from simulators.rated import Rated
    from simulators.red_team_room import opened

    stop = {"bound": 0.1, "alpha": 0.05, "over": "cell"}
    said: dict[str, int] = {"below": 0, "above": 0, "open": 0}
    made = 0
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder), concurrency=256) as room:
        for seed in range(campaigns):
            section = {"prompts": 70, "seed": seed, "stop": stop}
            found = await room.service.assess(Rated(permille / 1000), section, by=room.actor)
            for cell in room.service.show(found.summary["campaign"])["result"]["cells"]:
                said[cell["decision"]] += 1
                made += cell["estimate"]["n"] + cell["estimate"]["unassessed"]
    cells = sum(said.values())
    return {"cells": cells, "attempts": made / cells, **{name: count / cells for name, count in said.items()}}


def inspect_cpu(port: int, *, n: int) -> float | None:
    """Milliseconds of CPU per sample of inspect_ai with a one-turn task; None where it can't be installed.

    KEPT_BENCH_INSPECT may name the interpreter of an environment that has inspect-ai, openai and tiktoken.
    """
    with tempfile.TemporaryDirectory() as folder:
        python = os.environ.get("KEPT_BENCH_INSPECT") or installed(Path(folder) / "venv")
        if python is None:
            return None
        script = Path(folder) / "inspect_side.py"
        script.write_text(INSPECT)
        command = [python, str(script), str(port), str(n), "200", folder]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=folder)
        return float(done.stdout.split()[-1])


def installed(folder: Path) -> str | None:
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    packages = ["inspect-ai", "openai", "tiktoken"]
    done = subprocess.run([python, "-m", "pip", "install", "-q", *packages], stdout=sys.stderr, check=False)
    return python if done.returncode == 0 else None


SIDES = {"bare": bare, "ours": ours, "memory": memory, "findings": findings, "searches": searches, "stopping": stopping}

if __name__ == "__main__":
    main()
