"""Each drill attacks the real room: it passes while the room holds, and fails where somebody opened it."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kept.errors import Denied, Invalid, NotFound, Unavailable
from kept.practices.weights.records.drills import NAMES
from kept.practices.weights.records.traces import Source, Traced
from kept.practices.weights.service.drilling import range as ranges
from kept.practices.weights.service.drilling.scenarios import SCENARIOS
from kept.practices.weights.service.leasing.keyholder import Keyholder
from kept.practices.weights.service.leasing.lending import Lending
from kept.predicates.security_drill import TYPE, SecurityDrill
from simulators.lent_weights import Lent, lent_weights

CODES = {
    "lease-past-its-time": "lease.ended",
    "lease-taken-back": "lease.revoked",
    "own-approval": "lease.own",
    "third-copy": "lease.file",
    "lone-resharing": "lease.not-approved",
}


class Ticking:
    """A clock on which a second passes at each look, so that waiting ends."""

    def __init__(self, clock: Any) -> None:
        self._clock = clock

    def __call__(self) -> Any:
        self._clock.time += timedelta(seconds=1)
        return self._clock.time


@pytest.fixture
def lent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ranges, "SECOND", 0.0)
    with lent_weights(tmp_path) as found:
        object.__setattr__(found.room.context, "clock", Ticking(found.clock))
        yield found


def drilled(lent: Lent, scenario: str) -> SecurityDrill:
    """The drill as it was recorded."""
    done = asyncio.run(lent.room.service.drill(scenario, by=lent.room.actor))
    (recorded,) = lent.room.ledger.statements(TYPE)
    said = SecurityDrill.parse(recorded.statement)
    said.check()
    assert (done.recorded, done.id, done.state) == (recorded.index, said.drill, said.state)
    return said


def test_what_can_be_rehearsed_is_named() -> None:
    assert set(SCENARIOS) == set(NAMES)


@pytest.mark.parametrize("scenario", CODES)
def test_an_attack_that_is_refused_passes(lent: Lent, scenario: str) -> None:
    said = drilled(lent, scenario)
    assert (said.state, said.answer, said.code) == ("passed", "refused", CODES[scenario])
    assert said.seconds


def test_a_changed_bit_shows_wherever_it_is(lent: Lent) -> None:
    said = drilled(lent, "bit-changed")
    assert (said.state, said.answer, said.code.partition(".")[0]) == ("passed", "refused", "sealed")


def test_an_attack_that_goes_through_fails_and_is_recorded(lent: Lent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Keyholder, "file_key", lambda *_, **__: bytearray(32))
    said = drilled(lent, "lease-taken-back")
    assert (said.state, said.answer, said.code, said.seconds) == ("failed", "none", "", None)


def test_what_says_nothing_about_the_attack_is_no_answer(lent: Lent, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any, **__: Any) -> bytearray:
        raise Unavailable("The key service is away.", code="kms.away")

    monkeypatch.setattr(Keyholder, "file_key", away)
    assert drilled(lent, "lease-past-its-time").state == "abandoned"


def test_a_decoy_that_nobody_noticed_fails(lent: Lent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = lent.room.service
    service.decoys_plant(tmp_path / "frontier.sealed", by=lent.room.actor, size=100_000)

    def refused(*_: Any, **__: Any) -> None:
        raise Denied("There is no such lease of this file.", code="lease.file")

    monkeypatch.setattr(service, "open", refused)
    said = drilled(lent, "decoy-opened")
    assert (said.state, said.answer) == ("failed", "none")


def test_without_a_decoy_or_a_broker_nothing_is_rehearsed(lent: Lent) -> None:
    for scenario, kind in (("decoy-opened", NotFound), ("more-than-leased", Unavailable), ("copy-leaked", Unavailable)):
        with pytest.raises(kind):
            asyncio.run(lent.room.service.drill(scenario, by=lent.room.actor))
    assert not list(lent.room.ledger.statements(TYPE))


def test_a_leak_that_leads_to_somebody_else_fails(lent: Lent, monkeypatch: pytest.MonkeyPatch) -> None:
    service = lent.room.service
    copies: list[Path] = []

    def export(sealed: Path, out: Path, **_: Any) -> None:
        ranges.load(lent.room.context.backends["range"]["weights"])(out, b"seed")
        copies.append(out)

    other = Source("ab" * 32, "drill two", 9.0, 1e-20, -20.0, ())
    monkeypatch.setattr(service, "export", export)
    monkeypatch.setattr(service, "trace", lambda *_, **__: Traced("", "", None, (other,), None))
    assert drilled(lent, "copy-leaked").state == "failed"
    assert len(copies) == 2


def test_it_takes_custodians_whose_keys_are_here(lent: Lent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "acting", lambda *_: iter(()))
    with pytest.raises(Denied, match="No custodian's key"):
        asyncio.run(lent.room.service.drill("own-approval", by=lent.room.actor))
    assert not list(lent.room.ledger.statements(TYPE))


def test_it_takes_custodians(tmp_path: Path) -> None:
    from simulators.weights_room import opened

    with opened(tmp_path) as room, pytest.raises(Invalid, match="custodian"):
        asyncio.run(room.service.drill("bit-changed", by=room.actor))


def test_an_unknown_one_is_told_what_there_is(lent: Lent) -> None:
    with pytest.raises(NotFound) as caught:
        asyncio.run(lent.room.service.drill("earthquake", by=lent.room.actor))
    assert "bit-changed" in caught.value.hint


def test_nothing_of_a_drill_stays(lent: Lent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    drilled(lent, "third-copy")
    assert not list((tmp_path / "temporary").iterdir())


def test_a_drill_leaves_no_custody_behind(lent: Lent) -> None:
    drilled(lent, "bit-changed")
    posture = lent.room.service.posture(by=lent.room.actor)
    readings = {each.measure.id: each.reading for each in posture.found}
    assert (readings["tampering-shows"], readings["sealed-at-rest"]) == ("met", "missing")
    assert Lending(lent.room.context, lent.room.context.settings).requests.all() == ()
