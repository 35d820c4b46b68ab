"""What it costs to ask an endpoint: CPU time per request against a bare aiohttp client, in one run.

The client asks `simulators.mock_chat` in another process, with 64 requests in flight; rounds of the two clients
alternate, and the ratio is that of their best rounds, since other work on the machine only ever adds.
"""

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import uvloop

from kept.core.model import Message, Request
from kept.models import open_model
from kept.models.options import ModelOptions

CONCURRENCY = 64
Ask = Callable[[int], Awaitable[object]]


def cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def milliseconds(ask: Ask, requests: int) -> float:
    numbers = iter(range(requests))

    async def worker() -> None:
        for number in numbers:
            await ask(number)

    before = cpu_s()
    await asyncio.gather(*[worker() for _ in range(CONCURRENCY)])
    return (cpu_s() - before) / requests * 1000


async def measure(port: int, *, requests: int, rounds: int) -> dict[str, list[float]]:
    url = f"http://127.0.0.1:{port}/v1/chat/completions"
    model = open_model(f"openai:http://127.0.0.1:{port}/v1#mock", options=ModelOptions(concurrency=CONCURRENCY))
    measured: dict[str, list[float]] = {"bare aiohttp": [], "kept": []}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def bare(number: int) -> object:
            body = {"model": "mock", "messages": [{"role": "user", "content": f"prompt {number}"}]}
            async with session.post(url, json=body) as response:
                return (await response.json())["choices"][0]["message"]["content"]

        async def kept(number: int) -> object:
            return (await model.answer(Request((Message("user", f"prompt {number}"),), seed=number))).text

        for ask in (bare, kept):
            await milliseconds(ask, requests // 10)
        for _ in range(rounds):
            measured["bare aiohttp"].append(await milliseconds(bare, requests))
            measured["kept"].append(await milliseconds(kept, requests))
    await model.close()
    return measured


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent / "tests")}
    command = [sys.executable, "-m", "simulators.mock_chat", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as server:
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            measured = uvloop.run(measure(port, requests=2000 if quick else 10000, rounds=3 if quick else 5))
        finally:
            server.terminate()
    best = {name: min(values) for name, values in measured.items()}
    ratio = best["kept"] / best["bare aiohttp"]
    row = {
        "what": "openai: client, CPU per request on a mock endpoint",
        "reach": "≤ 1.5 × a bare aiohttp client",
        "measured": round(ratio, 3),
        "unit": "ratio",
        "holds": ratio <= 1.5,
        "detail": {f"{name}, ms": round(value, 4) for name, value in best.items()},
    }
    print(json.dumps({"bench": "models", "rows": [row]}, ensure_ascii=False))


if __name__ == "__main__":
    main()
