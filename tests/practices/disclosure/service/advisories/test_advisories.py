"""Advisories are published with their statement and the bytes it names, revised, and never before their time."""

import hashlib
import json
from pathlib import Path

import pytest

from kept.core.actor import Actor
from kept.errors import Conflict, Denied, Invalid, NotFound
from kept.practices.disclosure.methods.advisories.forms import NAMES
from kept.practices.disclosure.service import Service
from kept.practices.disclosure.service.tables.intake import REPORTS
from kept.predicates.disclosure_advisory import TYPE, DisclosureAdvisory
from simulators import cases, disclosure_room, replay_room
from simulators.advisories import DECIDED, ID, ready, written
from simulators.disclosure_room import Room
from simulators.reporter import Reporter, sealed, solved

EDITOR = Actor("ed", "person", frozenset({"publish"}))


def test_the_statement_names_the_bytes_that_are_served(room: Room) -> None:
    written(room)
    made = room.service.publish(ID, by=room.actor)
    (recorded,) = room.ledger.statements(TYPE)
    said = DisclosureAdvisory.parse(recorded.statement)
    assert (recorded.index, said.revision, said.published) == (made.recorded, 1, made.advisory.revisions[0].date)
    for form, document in zip(NAMES, said.documents, strict=True):
        served = room.service.advisory_form(ID, form)
        assert (document.form, document.digest) == (form, served.digest)
        assert served.digest == f"sha256:{hashlib.sha256(served.content).hexdigest()}"


def test_it_is_shown_listed_and_no_longer_being_written(room: Room) -> None:
    written(room)
    made = room.service.publish(ID, by=room.actor)
    assert room.service.advisory_show(ID) == made
    assert room.service.advisory_list() == (made,)
    with pytest.raises(NotFound) as caught:
        room.service.advisory_draft(ID)
    assert caught.value.code == "advisory.unwritten"


def test_how_urgent_it_was_by_ssvc_is_told_as_it_was_decided_last(room: Room) -> None:
    case = ready(room)
    answers = dict(DECIDED.answers)
    for exploitation in ("none", "public poc"):
        room.context.clock.turn(1)
        tables = {"supplier": {**answers, "exploitation": exploitation}}
        room.service.triage_assess(case, severity="high", reason="It is.", ssvc=tables, by=cases.ADA)
    written(room, reports=(case,))
    made = room.service.publish(ID, by=room.actor)
    assert made.advisory.decision is not None
    assert (made.advisory.decision.answers, made.advisory.decision.outcome) == (DECIDED.answers, DECIDED.outcome)
    assert room.service.advisory_show(ID) == made
    (metric,) = json.loads(room.service.advisory_form(ID, "csaf-2.1").content)["vulnerabilities"][0]["metrics"]
    assert metric["content"]["ssvc_v1"]["selections"][0]["values"] == ["Public PoC"]


def test_its_cases_are_published_with_it_and_the_reporter_sees_where(room: Room) -> None:
    case = ready(room)
    written(room, reports=(case,))
    room.service.publish(ID, by=room.actor)
    assert room.service.triage_show(case, by=cases.ADA).state == "published"
    assert room.service.triage_progress(case).events[-1].kind == "published"
    written(room, reports=(case,))
    room.service.publish(ID, by=room.actor, change="A word")
    assert room.service.triage_show(case, by=cases.ADA).events[-1].kind == "advisory revised"


def test_a_report_stands_behind_it_by_the_digest_of_its_receipt(room: Room) -> None:
    proof = solved(room.service.challenge())
    made = room.service.submit(Reporter().submission(proof=proof), sealed(*room.recipients))
    cases.fixing(room, made.report)
    written(room, reports=(made.report,))
    room.service.publish(ID, by=room.actor)
    (recorded,) = room.ledger.statements(TYPE)
    assert DisclosureAdvisory.parse(recorded.statement).reports == (made.digest,)
    with room.store.read() as connection:
        assert connection.execute(REPORTS.select()).one().id not in str(recorded.statement)


def test_nothing_is_published_under_an_embargo(room: Room) -> None:
    case = ready(room)
    room.service.triage_embargo(case, until="2026-12-01", reason="Others fix it too.", by=cases.ADA)
    written(room, reports=(case,))
    with pytest.raises(Conflict, match="under embargo") as caught:
        room.service.publish(ID, by=room.actor)
    assert caught.value.code == "advisory.not-ready"
    assert room.service.advisory_list() == ()
    room.context.clock.turn(40)
    assert room.service.publish(ID, by=room.actor)


def test_nothing_is_published_of_what_nobody_has_seen_again(room: Room) -> None:
    case = cases.begun(room)
    written(room, reports=(case,))
    with pytest.raises(Conflict, match="is received"):
        room.service.publish(ID, by=room.actor)


def test_feeds_lead_to_documents_that_are_there(room: Room) -> None:
    written(room)
    room.service.publish(ID, by=room.actor)
    assert b"ACME-2026-0001" in room.service.advisory_feed()
    for version in ("2.0", "2.1"):
        (entry,) = room.service.csaf_feed(version)["feed"]["entry"]
        year, name = entry["content"]["src"].split("/")[-2:]
        found = room.service.csaf_document(version, year, name)
        assert json.loads(found.content)["document"]["tracking"]["id"] == ID
        assert room.service.csaf_provider(version)["publisher"]["name"] == room.context.workspace.name


def test_without_a_public_address_nothing_is_published(tmp_path: Path) -> None:
    with disclosure_room.opened(tmp_path, clock=cases.Turning()) as room:
        room.ready()
        written(room)
        with pytest.raises(Invalid) as caught:
            room.service.publish(ID, by=room.actor)
        assert caught.value.code == "advisory.public-url"
        assert list(room.ledger.statements(TYPE)) == []


def test_each_needs_its_role(room: Room) -> None:
    case = ready(room)
    written(room)
    for verb in (
        lambda: room.service.publish(ID, by=cases.ADA),
        lambda: room.service.advisory_new(b"", by=cases.ADA),
        lambda: room.service.credit_give(case, "A", by=EDITOR),
        lambda: room.service.credit_withdraw(case, by=EDITOR),
    ):
        with pytest.raises(Denied):
            verb()
    assert room.service.publish(ID, by=room.actor)


def test_a_report_that_is_not_there_is_named(room: Room) -> None:
    with pytest.raises(NotFound):
        written(room, reports=("r-00000000000000ff",))


def test_it_tells_how_often_the_weakness_came_back(tmp_path: Path) -> None:
    with replay_room.opened(tmp_path, public_url="https://acme.example") as room:
        room.ready()
        replay = room.replayed()
        (result,) = replay.results
        cases.fixing(room, replay.report)
        text = Service.advisory_example().replace("reports = []", f'reports = ["{replay.report}"]')
        room.service.advisory_new(text.encode(), by=room.actor)
        seen = room.service.publish(ID, by=room.actor).advisory.reproduction
        assert seen is not None
        assert (seen.n, seen.successes) == (len(result.counted), result.counted.count("s"))
        assert (seen.bound, seen.level) == (result.bound / 1_000_000, 0.95)
