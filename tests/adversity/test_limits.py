"""What is too large for an entry, and a clock that runs backwards, through the workspace's own parts."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kept.core.ledger import Draft
from kept.core.statement import Statement, Subject
from kept.errors import Invalid, KeptError
from kept.practices.reporting.records import AUTHENTICATED
from simulators.campaigns import Design
from simulators.command_line import Ran
from simulators.provider import PROVIDER, Provider, check

Kept = Callable[..., Ran]


@pytest.fixture
def provider(tmp_path: Path) -> Provider:
    return Provider(tmp_path / "provider", minimum_witnesses=1)


def drafted(kind: str, text: str = "") -> Draft:
    subject = Subject("thing", {"sha256": "0" * 64})
    return Draft(Statement((subject,), kind, {"issued": "2026-11-22T07:30:00Z", "text": text}), model="")


def test_an_entry_over_65535_bytes_is_invalid_and_the_log_goes_on(provider: Provider) -> None:
    assert provider.ledger.record(drafted("https://test.example/a/v1"), by=PROVIDER)
    with pytest.raises(Invalid, match=r"65,?535") as caught:
        provider.ledger.record(drafted("https://test.example/" + "a" * 65_535), by=PROVIDER)
    assert isinstance(caught.value, KeptError)
    assert provider.ledger.size() == 1
    assert provider.ledger.record(drafted("https://test.example/b/v1"), by=PROVIDER)[0].index == 1
    assert provider.ledger.publish().size == 2


def test_a_name_that_is_too_large_for_anything_is_refused_by_the_command_line(kept: Kept, acme: Path) -> None:
    ran = kept("greeting", "greet", "x" * 100_000)
    if ran.status:
        assert ran.error["error"] == "invalid"
    assert kept("greeting", "greet", "Ada").status == 0
    assert kept("ledger", "checkpoint").status == 0
    assert kept("ledger", "verify").status == 0


def published_times(provider: Provider) -> datetime:
    found = provider.ledger.published()
    assert found is not None
    return found


def test_under_a_clock_that_runs_backwards_no_checkpoint_is_dated_before_the_last(provider: Provider) -> None:
    times = []
    for hours in (0, -5, 1, -200, 3, -1):
        provider.clock.advance(hours=hours)
        provider.ledger.record(drafted("https://test.example/a/v1"), by=PROVIDER)
        provider.ledger.publish()
        times.append(published_times(provider))
    assert times == sorted(times)


def test_a_report_of_a_clock_that_ran_backwards_is_cautious(provider: Provider) -> None:
    """Evidence from the future proves nothing yet, and a cosignature from the future is none."""
    provider.campaigns.run(Design(prompts=80))
    provider.witness(number=1)
    provider.report("before")
    assert check(provider.folder.parent / "before", provider).witnessed == 1
    before = {(one["model"], one["commitment"]): one["state"] for one in provider.service.status()}
    provider.clock.time -= timedelta(days=3)
    after = {(one["model"], one["commitment"]): one["state"] for one in provider.service.status()}
    better = {"kept": 3, "partly": 2, "stale": 1, "not tested": 0, "not kept": 0}
    assert all(better[after[key]] <= better[before[key]] for key in before)
    provider.report("after")
    found = check(provider.folder.parent / "after", provider)
    assert (found.answer, found.witnessed) == (AUTHENTICATED, None)


def test_a_folder_that_may_not_be_written_is_named(kept: Kept, acme: Path, home: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    (home / "locked").mkdir(mode=0o500)
    assert kept("reporting", "build", "--out", "locked/public").status == 7
