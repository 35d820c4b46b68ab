"""What `kept assess` finds out about a model's weights, and what C3 makes of it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kept import models
from kept.core.commitments import catalog, rule
from kept.core.commitments.facts import PLAN, extract
from kept.core.ledger import Draft
from kept.core.model import Sampling
from kept.core.statement import Statement, Subject
from kept.errors import Invalid
from kept.models.organisms.learned import WEIGHTS
from kept.predicates.weights_custody import TYPE, WeightsCustody
from simulators.weights_room import Room, opened

MODEL = "organism:learned"
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.fixture
def room(tmp_path: Path):
    with opened(tmp_path, clock=lambda: NOW) as found:
        found.add_custodians("maria", "jonas", "amina")
        yield found


def assess(room: Room, address: str = MODEL, **section: Any) -> Any:
    """What is found out with a section of a plan; without one, nobody is simulated here."""
    return asyncio.run(room.service.assessor.assess(models.open_model(address), section or {"runs": 0}, by=room.actor))


def seal(room: Room, place: Path, **more: Any) -> Path:
    room.service.seal(str(WEIGHTS / "model.safetensors"), str(place), by=room.actor, **more)
    return place


def reading(room: Room) -> str:
    """How C3's requirement on sealed weights reads."""
    identity = models.open_model(MODEL).identity
    facts = [
        extract(TYPE, each.predicate, index=each.index, model=each.entry.model) for each in room.ledger.statements(TYPE)
    ]
    found = rule.status(catalog.load().get("C3"), facts, model=identity.id, as_of=NOW)
    return next(each.reading for each in found.findings if each.requirement == "C3.sealed")


def test_sealed_weights_are_the_models_by_their_digest(room: Room, tmp_path: Path) -> None:
    seal(room, tmp_path / "model.sealed")
    assert reading(room) == "missing"
    found = assess(room)
    (index,) = found.evidence
    said = WeightsCustody.parse(next(each for each in room.ledger.statements(TYPE) if each.index == index).statement)
    said.check()
    assert (said.sealed, said.people_required, said.custodians, said.key) == (True, 2, 3, "file")
    assert (said.event, said.extent, len(said.files)) == ("checked", "every byte", 1)
    assert "2 of 3 people" in found.summary["told"][0]
    assert reading(room) == "met"


def test_the_same_weights_count_however_they_were_set_up_when_they_were_tested(room: Room, tmp_path: Path) -> None:
    seal(room, tmp_path / "model.sealed")
    other = replace(models.open_model(MODEL).identity, sampling=Sampling(max_tokens=24))
    stranger = replace(other, evidence="sha256:" + "0" * 64)
    for tested in (other, stranger):
        plan = Statement((Subject("m", {"sha256": "ab" * 32}),), PLAN, {"model": tested.document()})
        room.ledger.record(Draft(plan, model=tested.id), by=room.actor)
    assess(room)
    said = {each.entry.model for each in room.ledger.statements(TYPE)}
    assert said == {"", models.open_model(MODEL).identity.id, other.id}


def test_a_copy_that_was_changed_denies_it(room: Room, tmp_path: Path) -> None:
    seal(room, tmp_path / "model.sealed")
    other = seal(room, tmp_path / "copy.sealed")
    assess(room)
    held = bytearray(other.read_bytes())
    held[-5000] ^= 1
    other.chmod(0o600)
    other.write_bytes(held)
    found = assess(room)
    assert "NOT whole" in found.summary["told"][0]
    assert reading(room) == "contradicted"


def test_nothing_is_said_of_what_is_not_in_its_place(room: Room, tmp_path: Path) -> None:
    seal(room, tmp_path / "model.sealed").unlink()
    found = assess(room)
    assert found.evidence == ()
    assert "not checked" in found.summary["told"][0]


def test_weights_that_nobody_sealed_leave_the_promise_without_evidence(room: Room) -> None:
    found = assess(room)
    assert (found.evidence, reading(room)) == ((), "missing")
    assert "kept weights seal" in found.summary["told"][0]


def test_what_was_sealed_as_the_models_own_counts_as_well(room: Room, tmp_path: Path) -> None:
    rules = "organism:rules?seed=7"
    seal(room, tmp_path / "model.sealed", model=models.open_model(rules).identity.id)
    assert len(assess(room, rules).evidence) == 1


def test_insiders_are_simulated_once_in_half_a_year_unless_a_plan_asks(room: Room, tmp_path: Path) -> None:
    seal(room, tmp_path / "model.sealed")
    assert len(assess(room, runs=1).evidence) == 2
    by_default = asyncio.run(room.service.assessor.assess(models.open_model(MODEL), {}, by=room.actor))
    assert len(by_default.evidence) == 1
    found = assess(room, runs=1)
    assert "of 7 simulated thefts noticed" in found.summary["told"][-1]


@pytest.mark.parametrize("section", [{"depth": 3}, {"runs": -1}, {"runs": True}, {"runs": "4"}, {"runs": 1001}])
def test_a_section_that_can_not_be_done_is_refused(room: Room, section: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="weights section"):
        room.service.assessor.check(section)
