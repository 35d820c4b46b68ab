"""A monitor over a provider's published reports, from its own point of view."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kept.core import canonical
from kept.core.keys import PublicKey
from kept.core.keys.software import SoftwareSigner
from kept.core.ledger import Draft
from kept.core.trust import KeyEvent, TrustedKey
from kept.errors import Invalid, KeptError, NotFound, Unavailable, Unverified
from kept.practices.reporting.records import Look, MonitorAlarmed
from kept.practices.reporting.service import Service
from simulators.campaigns import Design
from simulators.forger import document, republished
from simulators.provider import PROVIDER, Provider, read, write
from simulators.published_site import served

SMALL = Design(domains=("bio",), prompts=8, succeeding=0.3)


class Monitor:
    """Somebody outside, with a state file and a trust file of their own."""

    def __init__(self, provider: Provider, folder: Path) -> None:
        self.provider = provider
        self.state = folder / "monitor.json"
        self.against: tuple[Path, ...] = ()

    async def looks(self, where: str, **options: Any) -> tuple[Look, ...]:
        return await Service.monitor(
            where,
            state=self.state,
            trust=self.provider.workspace.trust_file,
            clock=self.provider.clock,
            against=self.against,
            **options,
        )

    def look(self, where: Path | str) -> Look:
        """One look, whether or not it alarms."""
        try:
            (found,) = asyncio.run(self.looks(str(where)))
        except MonitorAlarmed as error:
            (found,) = error.looks
        return found


@pytest.fixture
def monitor(provider: Provider, tmp_path: Path) -> Monitor:
    return Monitor(provider, tmp_path / "elsewhere")


def wrong(look: Look) -> list[str]:
    assert look.answer == ("wrong" if any(alarm.wrong for alarm in look.alarms) else "fine")
    return [alarm.kind for alarm in look.alarms if alarm.wrong]


def test_a_report_that_grows_as_it_should_is_fine(provider: Provider, monitor: Monitor) -> None:
    provider.campaigns.run(SMALL)
    first = monitor.look(provider.report())
    assert (wrong(first), first.verified, first.log["size"]) == ([], "authenticated", 2)
    provider.campaigns.run(replace(SMALL, seed=2, succeeding=0.9))
    provider.clock.advance(days=1)
    second = monitor.look(provider.report())
    assert wrong(second) == []
    assert {change.how for change in second.changes if change.kind == "claim"} == {"changed"}


def test_it_watches_over_http(provider: Provider, monitor: Monitor) -> None:
    provider.campaigns.run(SMALL)
    files = read(provider.report())

    async def work() -> tuple[Look, ...]:
        async with served(files) as site:
            return await monitor.looks(site.url, times=2, every=0.01)

    one, other = asyncio.run(work())
    assert (one.answer, other.answer) == ("fine", "fine")
    assert other.changes == ()


def test_a_removed_claim_is_named_with_what_it_said(provider: Provider, monitor: Monitor) -> None:
    provider.campaigns.run(SMALL)
    monitor.look(provider.report())
    provider.ledger.erase(1, by=PROVIDER, reason="ordered by a court")
    look = monitor.look(provider.report())
    assert wrong(look) == ["removed"] * 3
    assert "bio/plain/en" in look.alarms[2].text
    assert "n = " in look.alarms[2].text
    assert next(alarm.kind for alarm in look.alarms if not alarm.wrong) == "erased"
    assert wrong(monitor.look(provider.folder.parent / "report")) == []


def test_a_report_that_stays_as_it_was_grows_late(provider: Provider, monitor: Monitor) -> None:
    out = provider.report()
    provider.clock.advance(days=179)
    assert wrong(monitor.look(out)) == []
    provider.clock.advance(days=2)
    late = monitor.look(out)
    assert wrong(late) == ["late"]
    assert "one was due by" in late.alarms[0].text


def test_what_supports_a_promise_is_late_once_it_is_stale(provider: Provider, monitor: Monitor) -> None:
    provider.campaigns.run(SMALL)
    provider.clock.advance(days=170)
    out = provider.report()
    assert wrong(monitor.look(out)) == []
    provider.clock.advance(days=15)
    late = monitor.look(out)
    assert wrong(late) == ["late"]
    assert late.alarms[0].text.startswith("C6.results was due by")


def test_a_forged_report_alarms_and_is_not_learned(provider: Provider, monitor: Monitor, tmp_path: Path) -> None:
    provider.campaigns.run(SMALL)
    out = provider.report()
    monitor.look(out)
    before = remembered(monitor)
    report = document(read(out))
    report["derived"]["claims"].pop()
    changed = republished(read(out), report, provider.key)
    for path in out.rglob("*"):
        if path.is_file():
            path.unlink()
    write(out, changed)
    assert wrong(monitor.look(out)) == ["unverified"]
    after = remembered(monitor)
    assert after["snapshot"] == before["snapshot"]
    assert [each["kind"] for each in after["alarms"]] == ["unverified"]


def remembered(monitor: Monitor) -> Mapping[str, Any]:
    found: Mapping[str, Any] = canonical.decode(monitor.state.read_bytes(), limit=1 << 24, what="state")
    return found


@pytest.fixture
def twin(provider: Provider, tmp_path: Path) -> Provider:
    """The same organisation, with the same keys, that tells another history under the same origin."""
    made = Provider(tmp_path / "twin" / "acme")
    made.campaigns.run(replace(SMALL, seed=7))
    made.campaigns.run(replace(SMALL, seed=8))
    return made


def test_another_history_is_a_split_view_each_time_and_its_proof_is_kept(
    provider: Provider, monitor: Monitor, twin: Provider, tmp_path: Path
) -> None:
    provider.campaigns.run(SMALL)
    out = provider.report()
    monitor.look(out)
    shown = Path(str(out) + "-kept")
    out.rename(shown)
    write(out, read(twin.report()))
    for _ in range(2):
        assert "split view" in wrong(monitor.look(out))
    state = remembered(monitor)
    assert len(state["seen"]) == len(state["evidence"]) == 1
    assert state["snapshot"]["size"] == 2


def test_two_monitors_find_out_together_what_neither_sees_alone(
    provider: Provider, monitor: Monitor, twin: Provider, tmp_path: Path
) -> None:
    provider.campaigns.run(SMALL)
    assert wrong(monitor.look(provider.report())) == []
    other = Monitor(twin, tmp_path / "other")
    assert wrong(other.look(twin.report())) == []
    other.against = (monitor.state,)
    look = other.look(twin.folder.parent / "report")
    assert wrong(look) == ["split view"]
    assert str(monitor.state) in look.alarms[0].text


def test_a_witness_that_saw_another_log_is_believed_and_a_made_up_checkpoint_is_not(
    provider: Provider, monitor: Monitor, twin: Provider, tmp_path: Path
) -> None:
    provider.campaigns.run(SMALL)
    out = provider.report()
    twin.witness()
    seen = tmp_path / "checkpoint"
    seen.write_bytes(twin.ledger.checkpoint())
    monitor.against = (seen,)
    look = monitor.look(out)
    assert [alarm.kind for alarm in look.alarms if str(seen) in alarm.text] == ["behind"]
    provider.campaigns.run(replace(SMALL, seed=2))
    assert wrong(monitor.look(provider.report())) == ["split view"]
    made_up = twin.ledger.checkpoint().replace(b"\n4\n", b"\n2\n")
    assert made_up != twin.ledger.checkpoint()
    seen.write_bytes(made_up)
    fresh = Monitor(provider, tmp_path / "fresh")
    fresh.against = (seen,)
    look = fresh.look(out)
    assert wrong(look) == []
    assert [alarm.kind for alarm in look.alarms if str(seen) in alarm.text] == ["ignored"]


def test_a_log_that_was_cut_back_is_named(provider: Provider, monitor: Monitor, tmp_path: Path) -> None:
    provider.campaigns.run(SMALL)
    out = provider.report()
    write(tmp_path / "older", read(out))
    provider.campaigns.run(replace(SMALL, seed=2))
    monitor.look(provider.report())
    for path in out.rglob("*"):
        if path.is_file():
            path.unlink()
    write(out, read(tmp_path / "older"))
    assert "rolled back" in wrong(monitor.look(out))


def test_a_key_that_is_revoked_is_named_once(provider: Provider, monitor: Monitor) -> None:
    provider.campaigns.run(SMALL)
    old, other = provider.key, SoftwareSigner.from_seed(bytes(32))
    holders = [TrustedKey("provider", PublicKey("ed25519", key.public), PROVIDER.roles) for key in (old, other)]
    issued = "2026-11-22T07:30:00Z"

    def record(event: KeyEvent) -> None:
        provider.ledger.record(Draft(event.to_statement()), by=PROVIDER)

    record(KeyEvent(event="introduced", key=holders[1], issued=issued, by="provider"))
    monitor.look(provider.report())
    provider.key = other
    record(KeyEvent(event="revoked", key=holders[0], issued=issued, by="provider"))
    look = monitor.look(provider.report())
    assert wrong(look) == ["revoked key"]
    assert old.key_id[:16] in next(alarm.text for alarm in look.alarms if alarm.wrong)
    assert wrong(monitor.look(provider.folder.parent / "report")) == []


def test_a_log_that_too_few_witnessed_is_told(tmp_path: Path) -> None:
    asking = Provider(tmp_path / "asking" / "acme", minimum_witnesses=2)
    out = asking.report()
    alone = Monitor(asking, tmp_path / "alone").look(out)
    assert (alone.answer, alone.witnessed) == ("fine", None)
    assert "unwitnessed" in [alarm.kind for alarm in alone.alarms]
    asking.witness(number=2)
    look = Monitor(asking, tmp_path / "together").look(asking.report())
    assert look.witnessed == 2
    assert "unwitnessed" not in [alarm.kind for alarm in look.alarms]
    asking.close()


def test_a_report_that_disappears_is_wrong_and_one_that_never_was_is_not_found(
    provider: Provider, monitor: Monitor
) -> None:
    out = provider.folder.parent / "report"
    with pytest.raises(NotFound):
        monitor.look(out)
    monitor.look(provider.report())
    out.rename(out.with_name("moved"))
    assert wrong(monitor.look(out)) == ["gone"]


def test_a_server_that_is_down_alarms_nobody(provider: Provider, monitor: Monitor) -> None:
    with pytest.raises(Unavailable):
        asyncio.run(monitor.looks("http://127.0.0.1:9/", times=2))
    assert not monitor.state.exists()


def test_a_state_that_is_damaged_or_of_another_place_is_refused(provider: Provider, monitor: Monitor) -> None:
    out = provider.report()
    monitor.look(out)
    with pytest.raises(Invalid, match="remembers"):
        monitor.look(out.with_name("other"))
    data = monitor.state.read_bytes()
    for damaged in (data[:-10], data.replace(b'"version":1', b'"version":2'), data.replace(b"2026", b"2025"), b"[]"):
        monitor.state.write_bytes(damaged)
        with pytest.raises(Unverified, match="damaged"):
            monitor.look(out)


def test_a_state_in_a_workspace_is_refused(provider: Provider, monitor: Monitor) -> None:
    (provider.folder / "kept.toml").touch()
    monitor.state = provider.folder / "monitor.json"
    with pytest.raises(Invalid, match="stands in the workspace"):
        monitor.look(provider.report())


@pytest.mark.parametrize("where", ["ftp://acme.example/", "gopher://x", "http://u:p@acme.example/"])
def test_other_addresses_are_invalid(monitor: Monitor, where: str) -> None:
    with pytest.raises(KeptError) as caught:
        monitor.look(where)
    assert caught.value.code == "monitor.address"
