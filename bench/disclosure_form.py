"""The report form: the server's time for its page, and in Chromium the time to encrypt 5 MB, work and submit."""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from playwright.sync_api import Page

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from simulators.browser import chromium
from simulators.disclosure_portal import Reported, reporting
from simulators.served import served

PAGE_MILLISECONDS, SUBMIT_SECONDS, MEGABYTES = 100, 2.0, 5
PATIENCE = 120_000
FORM = "/disclosure/report/assistant"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true")
    times = 3 if options.parse_args().quick else 12
    with (
        tempfile.TemporaryDirectory() as folder,
        pytest.MonkeyPatch.context() as patch,
        reporting(Path(folder), patch) as reported,
    ):
        rows = [_page(reported, times * 10), _submit(reported, Path(folder), times)]
    print(json.dumps({"rows": rows}))


def _page(reported: Reported, times: int) -> dict[str, Any]:
    """The slowest of many pages, in process: the server's own time, its store included."""
    client = reported.portal.client
    client.get(FORM)
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        client.get(FORM)
        taken.append((time.perf_counter() - started) * 1000)
    return {
        "what": "report form: the page, server time, the slowest",
        "reach": f"≤ {PAGE_MILLISECONDS} ms",
        "measured": max(taken),
        "unit": "ms",
        "holds": max(taken) <= PAGE_MILLISECONDS,
        "detail": {"pages": times, "median ms": round(median(taken), 2)},
    }


def _submit(reported: Reported, folder: Path, times: int) -> dict[str, Any]:
    """From the press of the button to the receipt code, with 5 MB attached; the work began with the first letter."""
    file = folder / "evidence.bin"
    file.write_bytes(os.urandom(MEGABYTES * 1_000_000))
    with chromium() as browser, served(reported.served()) as url:
        taken = []
        for _ in range(times):
            page = browser.new_context().new_page()
            page.set_default_timeout(PATIENCE)
            page.goto(url + FORM)
            _fill(page, file)
            started = time.perf_counter()
            page.click("form#report button")
            page.wait_for_selector("#receipt:not([hidden])")
            taken.append(time.perf_counter() - started)
            page.context.close()
    return {
        "what": "report form: encrypt 5 MB, work and submit, in Chromium, the slowest",
        "reach": f"≤ {SUBMIT_SECONDS:g} s",
        "measured": max(taken),
        "unit": "s",
        "holds": max(taken) <= SUBMIT_SECONDS,
        "detail": {"reports": times, "median s": round(median(taken), 2), "fastest s": round(min(taken), 2)},
    }


def _fill(page: Page, file: Path) -> None:
    page.wait_for_selector("form#report:not([hidden])")
    page.fill("#title", "It tells the card")
    page.fill("#what", "Asked in verse, it tells what it was told to keep.")
    page.fill("#steps", "Ask in verse.")
    page.click("details summary >> text=More")
    page.set_input_files("#files", file)


if __name__ == "__main__":
    main()
