"""Static files: found by their digest alone, and htmx as its makers ship it."""

import gzip
import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from kept.errors import NotFound
from kept.interface.portal.static_files import Asset, address, asset
from kept.interface.portal.words import FRAME

HTMX = "2.0.11"
SHIPPED = {"htmx.min.js": "package/dist/htmx.min.js", "htmx.LICENSE.txt": "package/LICENSE"}


def held(name: str) -> Asset:
    _, _, digest, package, found = address(FRAME, name).split("/")
    assert (package, found) == (FRAME, name)
    return asset(FRAME, name, digest)


def test_a_file_stands_under_its_digest_plain_and_packed() -> None:
    found = held("portal.css")
    assert re.fullmatch("[0-9a-f]{16}", found.digest)
    assert gzip.decompress(found.packed) == found.content
    assert len(found.packed) < 8_000, "the look of all pages is a few kilobytes"


@pytest.mark.parametrize(("name", "digest"), [("portal.css", "0" * 16), ("../pages.py", "0" * 16), ("x" * 9999, "")])
def test_nothing_else_is_there(name: str, digest: str) -> None:
    with pytest.raises(NotFound):
        asset(FRAME, name, digest)


def test_nothing_in_the_look_comes_from_elsewhere_and_sides_follow_the_text() -> None:
    style = held("portal.css").content.decode()
    assert "url(" not in style
    assert "@import" not in style
    told = set(re.findall(r"@media (?:screen and )?\(([^)]+)\)", style))
    assert {"prefers-color-scheme: dark", "prefers-reduced-motion: reduce", "forced-colors: active"} <= told
    assert not re.findall(r"(?:margin|padding|border)-(?:left|right)|(?:text-align|float): (?:left|right)", style)


def test_htmx_is_as_its_makers_ship_it(tmp_path: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    command = [npm, "pack", f"htmx.org@{HTMX}", "--silent", "--ignore-scripts"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        pytest.skip(f"npm can't get htmx.org: {done.stderr.strip()[-200:]}")
    with tarfile.open(tmp_path / done.stdout.split()[-1]) as archive:
        told = archive.extractfile("package/package.json")
        assert told is not None
        assert json.load(told)["license"] == "0BSD"
        for name, place in SHIPPED.items():
            shipped = archive.extractfile(place)
            assert shipped is not None
            assert held(name).content == shipped.read(), name
