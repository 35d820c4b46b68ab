"""How long it takes to start: `import kept`, `kept --help`, `kept demo`, beside a bare interpreter in the same run.

Predicted: an import that loads nothing costs what the interpreter's start costs, and help stays within six of those,
since it reads declarations only. The demo's time is the trained network's, which answers some hundred prompts.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

IMPORT = "import time; t = time.perf_counter(); import kept; print((time.perf_counter() - t) * 1000)"


def timed(*command: str) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    quick = "--quick" in sys.argv
    rounds = 3 if quick else 15
    python, kept = sys.executable, str(Path(sys.executable).with_name("kept"))
    bare = statistics.median(timed(python, "-c", "pass") for _ in range(rounds))
    imports = [
        float(subprocess.run([python, "-c", IMPORT], check=True, capture_output=True).stdout) for _ in range(rounds)
    ]
    helps = [timed(kept, "--help") for _ in range(rounds)]
    with tempfile.TemporaryDirectory() as folder:
        demo = timed(kept, "demo", "--out", f"{folder}/demo")
    imported, helped = statistics.median(imports), statistics.median(helps)
    rows = [
        row(
            "`import kept`",
            "≤ 60 ms",
            imported,
            "ms",
            imported <= 60,
            {"of a bare start": ratio(imported / 1000, bare)},
        ),
        row("`kept --help`", "≤ 300 ms", helped * 1000, "ms", helped <= 0.3, {"of a bare start": ratio(helped, bare)}),
        row("`kept demo`", "≤ 60 s", demo, "s", demo <= 60, {"of a bare start": ratio(demo, bare)}),
    ]
    print(json.dumps({"bench": "start", "rows": rows}))


def ratio(one: float, other: float) -> str:
    return f"{one / other:.2f}×"


def row(what: str, reach: str, measured: float, unit: str, holds: bool, detail: dict[str, str]) -> dict[str, object]:
    return {"what": what, "reach": reach, "measured": measured, "unit": unit, "holds": holds, "detail": detail}


if __name__ == "__main__":
    main()
