"""Runs in the interpreter that has inspect_ai, and never in kept's: reads one log and prints it as JSON lines.

    python inspect_child.py LOG MEMORY OUTPUT

MEMORY and OUTPUT bound, in bytes, its addresses and what it writes, before it reads anything foreign. Exits with 3
where inspect_ai is missing. It imports nothing of kept.
"""

import json
import resource
import sys


def main(path: str) -> int:
    """Print a header, then one line for each sample: its id, epoch, scores, and whether it erred."""
    try:
        from importlib.metadata import version

        from inspect_ai.log import read_eval_log
    except ImportError:
        return 3
    log = read_eval_log(path)
    made_by = log.eval.packages.get("inspect_ai", "")
    header = {
        "reader": version("inspect_ai"),
        "format": log.version,
        "status": log.status,
        "task": log.eval.task,
        "model": log.eval.model,
        "version": made_by,
        "epochs": log.eval.config.epochs or 1,
        "samples": log.eval.dataset.samples,
        "limited": log.eval.config.limit is not None,
    }
    print(json.dumps(header))
    for sample in log.samples or []:
        scores = {name: _plain(score.value) for name, score in (sample.scores or {}).items()}
        erred = sample.error is not None
        print(json.dumps({"id": str(sample.id), "epoch": sample.epoch, "scores": scores, "erred": erred}))
    return 0


def _bound(*, memory: int, output: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (output, output))


def _plain(value: object) -> object:
    """The value as text where it is a letter, a number or a truth; None for lists and tables."""
    return str(value) if isinstance(value, str | int | float | bool) else None


if __name__ == "__main__":
    _bound(memory=int(sys.argv[2]), output=int(sys.argv[3]))
    sys.exit(main(sys.argv[1]))
