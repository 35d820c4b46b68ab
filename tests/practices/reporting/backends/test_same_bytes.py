"""The same report gives the same bytes in every format: in another process, place, language and hash order."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("typst", reason="typst isn't installed (the extra: reports)")
MAKE = """
import hashlib, json, sys
from kept.core.reference import load
from kept.practices.reporting import PRACTICE
data = open(sys.argv[1], "rb").read()
made = {}
for family in ("format", "copy"):
    for reference in PRACTICE.backends[family].values():
        made |= load(reference).render(json.loads(data), data)
print(json.dumps({name: hashlib.sha256(data).hexdigest() for name, data in made.items()}))
"""
HERE = {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C", "HOME": "/nonexistent"}
THERE = {"PYTHONHASHSEED": "4711", "TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8", "SOURCE_DATE_EPOCH": "12345"}


def made(report: Path, surroundings: dict[str, str], folder: Path) -> dict[str, str]:
    environment = {"PATH": os.environ["PATH"], **surroundings}
    command = [sys.executable, "-c", MAKE, str(report)]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=True)
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_every_format_gives_the_same_bytes_anywhere(files: dict[str, bytes], tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_bytes(files["report.json"])
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    one, other = made(report, HERE, tmp_path), made(report, THERE, elsewhere)
    assert one == other
    assert {"report.pdf", "assessment-results.json", "index.html", "report.json"} <= set(one)
    stand = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    assert {name: digest for name, digest in one.items() if name in stand} == {
        name: digest for name, digest in stand.items() if name in one
    }
