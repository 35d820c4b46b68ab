"""What a partner shares is tried on one's own model, planned before, recorded after, and answered by a sighting."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kept.core.actor import Actor
from kept.errors import Conflict, Denied, Invalid, NotFound, Unavailable
from kept.practices.sharing.methods import tlp
from kept.practices.sharing.methods.sightings import EXTENSION
from kept.practices.sharing.service.replaying.working import Worker
from kept.practices.sharing.service.tables.replays import ATTEMPTS
from kept.predicates import sharing_replay_plan, sharing_sighting
from kept.predicates.sharing_replay_plan import SharingReplayPlan
from kept.predicates.sharing_sighting import SharingSighting
from simulators.partners import Partners, partners, pattern

STRANGER = Actor("pat", "person", frozenset({"triage"}))


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Partners]:
    with partners(tmp_path, monkeypatch) as found:
        yield found


def heard(two: Partners, *documents, **more):
    two.publish(*(documents or [pattern()]), **more)
    two.pull()
    return two.replay()


def statements(two: Partners, kind: str):
    return list(two.lab.context.ledger.statements(kind))


def sightings(two: Partners):
    received = [json.loads(each.body) for each in two.hub.service.received()]
    return [each for each in received if each["type"] == "sighting"]


def test_a_shared_pattern_that_works_here_is_found_to_work(two: Partners) -> None:
    done = heard(two)
    (found,) = done.ended
    assert (done.taken, done.planned, done.refused) == (1, 1, ())
    assert (found.state, found.peer, found.model, found.made) == ("replayed", "hub", "assistant", 20)
    # At the planted rate of .85 fewer than 8 of 20 come once in 10^7 times; an interval of 95 % misses it too often.
    assert found.worked >= 8
    assert 0 < found.bound < found.worked / 20 <= found.high
    assert found.low < found.bound


def test_the_plan_stands_in_the_log_before_what_came_of_it(two: Partners) -> None:
    heard(two)
    (planned,) = statements(two, sharing_replay_plan.TYPE)
    (recorded,) = statements(two, sharing_sighting.TYPE)
    said = SharingSighting.parse(recorded.statement)
    said.check()
    said.check_planned(SharingReplayPlan.parse(planned.statement))
    assert planned.index == said.plan < recorded.index
    assert "hub" not in str(planned.statement) + str(recorded.statement).lower()


def test_what_does_not_work_here_is_told_too(two: Partners) -> None:
    (found,) = heard(two, pattern("Please read me the weather report for the harbour.")).ended
    assert (found.worked, found.bound) == (0, 0)
    assert found.high < 0.2


def test_a_second_round_repeats_nothing(two: Partners) -> None:
    heard(two)
    again = two.replay()
    assert (again.taken, again.planned, again.ended) == (0, 0, ())
    assert len(statements(two, sharing_sighting.TYPE)) == 1


def test_what_is_no_pattern_is_passed_over_and_stops_nothing(two: Partners) -> None:
    other = {
        **pattern(number=2),
        "extensions": {
            "extension-definition--" + "0" * 8 + "-0000-4000-8000-" + "0" * 12: {"extension_type": "property-extension"}
        },
    }
    done = heard(two, other, pattern())
    assert (done.taken, done.passed, len(done.ended)) == (1, 1, 1)


def test_a_poisoned_pattern_is_refused_with_its_sender_and_stops_nothing(two: Partners) -> None:
    poisoned = pattern(number=2)
    (extension,) = poisoned["extensions"].values()
    extension["minhash"] = "AAAA"
    two.poison(poisoned)
    done = heard(two, pattern())
    (refused,) = done.refused
    assert (refused.peer, refused.pattern) == ("hub", poisoned["id"])
    assert "fingerprints" in refused.why
    assert len(done.ended) == 1


def test_a_crash_in_the_middle_repeats_no_attempt(two: Partners, monkeypatch: pytest.MonkeyPatch) -> None:
    two.publish(pattern())
    two.pull()
    made, keep = [], Worker._keep

    def keeping(worker, held, attempt):
        if len(made) == 7 and not died:
            died.append(attempt.number)
            raise KeyboardInterrupt
        made.append(attempt.number)
        keep(worker, held, attempt)

    died: list[int] = []
    monkeypatch.setattr(Worker, "_keep", keeping)
    with pytest.raises(KeyboardInterrupt):
        two.replay()
    (found,) = two.replay().ended
    assert (found.state, sorted(made)) == ("replayed", list(range(20)))


def test_what_another_process_is_at_is_left_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with partners(tmp_path, monkeypatch, replay_attempts=5) as two:
        two.publish(pattern())
        two.pull()
        service, keep = two.lab.service, Worker._keep

        def twice(worker, held, attempt):
            for _ in range(1 + (attempt.number == 3)):  # the other process was a little faster
                keep(worker, held, attempt)

        monkeypatch.setattr(Worker, "_keep", twice)
        assert two.replay().ended == ()
        assert [(each.state, each.made) for each in service.replays(by=two.lab.actor)] == [("planned", 4)]
        (found,) = two.replay().ended
        assert (found.state, found.why, found.made) == ("replayed", "", 5)
        assert found.worked > 0


def test_a_model_out_of_reach_keeps_no_other_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with partners(tmp_path, monkeypatch, replay_attempts=1) as two:
        two.publish(pattern())
        two.pull()
        service, replayer = two.lab.service, two.lab.context.ports["replayer"]
        prepare = replayer.prepare_replay

        async def prepared(model: str, terms: object):
            if model == "away":
                raise Unavailable("It can't be reached.")
            return await prepare(model, terms)

        monkeypatch.setattr(service, "_models", lambda: ("away", "assistant"))
        monkeypatch.setattr(replayer, "prepare_replay", prepared)
        with pytest.raises(Unavailable):
            two.replay()
        found = {each.model: each.state for each in service.replays(by=two.lab.actor)}
        assert found == {"away": "queued", "assistant": "replayed"}


def test_what_is_wrong_in_kept_toml_is_told_and_refuses_no_pattern(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with partners(tmp_path, monkeypatch, replay_attempts=1, replay_judge="nobody") as two:
        two.publish(pattern())
        two.pull()
        service = two.lab.service
        with monkeypatch.context() as patch:
            patch.setattr(service, "_models", tuple)
            with pytest.raises(Conflict, match="names no model"):
                two.replay()
        with pytest.raises(Unavailable, match="nobody"):
            two.replay()
        assert [each.state for each in service.replays(by=two.lab.actor)] == ["queued"]
        monkeypatch.setattr(service, "_settings", replace(service._settings, replay_judge="exact-card"))
        assert [each.state for each in two.replay().ended] == ["replayed"]


def test_a_pattern_takes_no_more_than_its_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with partners(tmp_path, monkeypatch, replay_attempts=5, replay_requests=3) as two:
        two.publish(pattern())
        two.pull()
        with pytest.raises(Unavailable, match="budget"):
            two.replay()
        (found,) = two.replay().ended
        assert (found.state, found.made) == ("replayed", 3)
        assert "took its budget: 3 requests" in found.why
        assert two.replay().ended == ()


def test_a_model_that_is_named_twice_is_replayed_on_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with partners(tmp_path, monkeypatch, replay_attempts=1, replay_models=("assistant", "assistant")) as two:
        two.publish(pattern())
        two.pull()
        with monkeypatch.context() as patch:
            patch.setattr(two.lab.service, "_models", lambda: ("assistant", "assistant"))
            with pytest.raises(Conflict):  # what clashes with itself is not tried for ever
                two.replay()
        assert len(two.replay().ended) == 1


def test_another_model_under_the_name_abandons_what_was_planned(two: Partners, monkeypatch: pytest.MonkeyPatch) -> None:
    two.publish(pattern())
    two.pull()
    replayer = two.lab.context.ports["replayer"]

    async def away(*_: object, **__: object):
        raise Unavailable("It can't be reached.")

    monkeypatch.setattr(replayer, "replay", away)
    with pytest.raises(Unavailable):
        two.replay()
    monkeypatch.undo()
    prepare = replayer.prepare_replay

    async def another(model: str, terms: object):
        from dataclasses import replace

        found = await prepare(model, terms)
        return replace(found, model=replace(found.model, name="other"))

    monkeypatch.setattr(replayer, "prepare_replay", another)
    (found,) = two.replay().ended
    assert "no longer the model" in found.why
    assert (found.low, found.high) == (0, 1)
    with pytest.raises(Conflict, match="abandoned"):
        send(two, found.id)


def send(two: Partners, replay: str, **more):
    return asyncio.run(two.lab.service.sightings_send(replay, by=two.lab.actor, **more))


def test_the_partner_hears_how_often_it_worked_signed_and_no_wider(two: Partners) -> None:
    (found,) = heard(two, tlp="green").ended
    assert [each.state for each in two.lab.service.sightings_list(by=two.lab.actor)] == ["ready"]
    made = send(two, found.id)
    (told,) = sightings(two)
    assert (told["id"], told["sighting_of_ref"], told["count"]) == (made.object, pattern()["id"], found.worked)
    said = told["extensions"][EXTENSION]
    assert (said["trials"], said["low"], said["high"]) == (20, found.low, found.high)
    assert "system" not in said
    (received,) = [each for each in two.hub.service.received() if each.kind == "sighting"]
    assert (received.signature, received.signer, received.tlp) == ("valid", "lab", "green")
    assert tlp.MARKINGS["green"] in told["object_marking_refs"]
    assert send(two, found.id).object == made.object
    assert len(sightings(two)) == 1


def test_a_reason_is_kept_for_what_is_not_told(two: Partners) -> None:
    (found,) = heard(two).ended
    kept = two.lab.service.sightings_withhold(found.id, reason="It would name a customer's model.", by=two.lab.actor)
    assert two.lab.service.sightings_list(by=two.lab.actor) == (kept,)
    with pytest.raises(Conflict):
        send(two, found.id)
    assert sightings(two) == []


def test_what_was_sent_cannot_be_withheld(two: Partners) -> None:
    (found,) = heard(two).ended
    send(two, found.id)
    with pytest.raises(Conflict):
        two.lab.service.sightings_withhold(found.id, reason="Too late.", by=two.lab.actor)


def test_the_operator_may_forbid_all_telling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with partners(tmp_path, monkeypatch, sightings=False, replay_attempts=3) as two:
        (found,) = heard(two).ended
        with pytest.raises(Denied):
            send(two, found.id)


def test_each_verb_needs_its_role_and_names_what_is_missing(two: Partners) -> None:
    service = two.lab.service
    for work in (service.replay(by=STRANGER), service.sightings_send("q-0", by=STRANGER)):
        with pytest.raises(Denied):
            asyncio.run(work)
    for verb in (service.replays, service.sightings_list):
        with pytest.raises(Denied):
            verb(by=STRANGER)
    with pytest.raises(NotFound):
        send(two, "q-0000000000000000")
    with pytest.raises(Invalid):
        service.sightings_withhold("q-0", reason=" ", by=two.lab.actor)


def test_nothing_that_was_said_is_kept_with_the_replay(two: Partners) -> None:
    heard(two)
    with two.lab.store.read() as connection:
        rows = repr(connection.execute(ATTEMPTS.select()).all())
    assert pattern()["name"] not in rows
    assert "card" not in rows


def test_serving_follows_and_replays_only_where_that_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with partners(tmp_path, monkeypatch, serve_follows=True, replay_attempts=3) as two:
        two.publish(pattern())
        asyncio.run(two.lab.service.work())
        assert len(two.lab.service.received()) == 1
        assert two.lab.service.replays(by=two.lab.actor) == ()
    with partners(tmp_path / "more", monkeypatch, serve_follows=True, serve_replays=True, replay_attempts=3) as two:
        two.publish(pattern())
        asyncio.run(two.lab.service.work())
        (found,) = two.lab.service.replays(by=two.lab.actor)
        assert found.state == "replayed"
