"""The command line as its user runs it: here in this process, or as one of its own where a crash is to be survived."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from kept.surfaces.cli import main

KINDS = {2: "invalid", 3: "notfound", 4: "denied", 5: "conflict", 6: "unverified", 7: "unavailable"}


@dataclass(frozen=True)
class Ran:
    """What one command, run with --json, came to."""

    status: int
    out: str
    err: str

    @property
    def value(self) -> Any:
        """The JSON on stdout of a question that was answered."""
        assert self.status in (0, 1), self
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, str]:
        """The error on stderr: of one of the six kinds, saying what was wrong, and never a traceback."""
        assert "Traceback" not in self.err, self.err
        assert self.status in KINDS, self
        found: dict[str, str] = json.loads(self.err.strip().splitlines()[-1])
        assert found["error"] == KINDS[self.status], found
        assert found["message"][-1] in ".!?", found
        assert "." in found["code"] or found["code"], found
        return found


@dataclass(frozen=True)
class CommandLine:
    """`python -m kept` in a folder and an environment."""

    home: Path
    environment: Mapping[str, str]

    def run(self, *arguments: str | Path, **more: str) -> Ran:
        """One command, to its end."""
        done = subprocess.run(
            [sys.executable, "-m", "kept", "--json", *map(str, arguments)],
            cwd=self.home,
            env={**self.environment, **more},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def started(self, *arguments: str | Path, **more: str) -> Iterator[subprocess.Popen[str]]:
        """A command that goes on beside the test, and is ended with it."""
        with subprocess.Popen(
            [sys.executable, "-m", "kept", "--json", *map(str, arguments)],
            cwd=self.home,
            env={**self.environment, **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()


@dataclass(frozen=True)
class Here(CommandLine):
    """The same in this process, which has loaded it already; what is `started` is still a process of its own.

    An exception that isn't one of the six kinds fails the test.
    """

    def run(self, *arguments: str | Path, **more: str) -> Ran:
        """One command, to its end."""
        out, err = StringIO(), StringIO()
        with chdir(self.home), _surrounded({**self.environment, **more}), redirect_stdout(out), redirect_stderr(err):
            status = main(["--json", *map(str, arguments)])
        return Ran(status, out.getvalue(), err.getvalue())


@contextmanager
def _surrounded(environment: Mapping[str, str]) -> Iterator[None]:
    """These environment variables, and no others."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
