"""Runs a few lines of JavaScript with the locked packages of `tests/node`, so that others' code checks ours."""

import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "node"
PACKAGES = FOLDER / "node_modules"

needed = pytest.mark.skipif(
    not shutil.which("node") or not (PACKAGES / "ready").exists(),
    reason="node or its packages are not installed: make tests/node/node_modules/ready",
)


def run(script: str, *, given: str = "", seconds: float = 120) -> str:
    """What the script prints, which reads `given` on its standard input; fails with what it complained of."""
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", script],
        input=given,
        capture_output=True,
        text=True,
        cwd=FOLDER,
        timeout=seconds,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
