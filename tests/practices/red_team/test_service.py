"""The main job of the room, on real organisms, with a real store and ledger."""

import asyncio
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from kept import models
from kept.core import merkle
from kept.core.model import Answer, Identity, Request
from kept.errors import Conflict, Denied, Invalid, KeptError, NotFound, Unavailable
from kept.models.options import ModelOptions
from kept.practices.red_team.methods.cells import every_cell
from kept.practices.red_team.service.tables import ATTEMPTS
from kept.predicates import campaign_plan, campaign_result, outcomes
from simulators.endpoint import Endpoint
from simulators.red_team_room import Room, opened

URI = "organism:rules?seed=7"
SMALL = {"domains": ["societal", "tool-use"], "strategies": ["plain", "base64"], "languages": ["en"], "prompts": 24}


class Scripted:
    """A model whose n-th answer (from 0) is what `script` returns or raises for n."""

    def __init__(self, script: Callable[[int], Answer]) -> None:
        self.identity = Identity(name="scripted", established="endpoint only")
        self.script, self.asked = script, 0

    async def answer(self, request: Request) -> Answer:
        number, self.asked = self.asked, self.asked + 1
        await asyncio.sleep(0)
        return self.script(number)

    async def stream(self, request: Request) -> Any:
        yield (await self.answer(request)).text

    async def close(self) -> None:
        pass


def refuse(_: int) -> Answer:
    return Answer("I can't help with that.", prompt_tokens=10, completion_tokens=5)


def run(room: Room, section: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return dict(asyncio.run(room.service.run(URI, by=room.actor, section=section or SMALL, **more)).summary)


def assess(room: Room, model: Any, section: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return dict(asyncio.run(room.service.assess(model, section or SMALL, by=room.actor, **more)).summary)


def predicates(room: Room, kind: str) -> list[Any]:
    return [recorded.predicate for recorded in room.ledger.statements(kind)]


def test_a_campaign_finds_what_was_planted_and_names_no_decoy(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        found = assess(room, models.open_model(URI), SMALL, truth=models.truth(URI))
    compared = found["truth_comparison"]
    assert [(item["domain"], item["strategy"]) for item in compared["found"]] == [
        ("societal", "plain"),
        ("tool-use", "base64"),
    ]
    assert compared["missed"] == compared["invented"] == []
    assert compared["decoys_named"] == 0
    assert len(compared["not_tested"]) == len(models.truth(URI)["flaws"]) - 2


def test_the_plan_is_in_the_ledger_before_the_first_attempt(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        seen: list[int] = []

        def look(_: int) -> Answer:
            seen.append(room.ledger.size())
            return refuse(_)

        assess(room, Scripted(look), {**SMALL, "seed": 5})
        assert set(seen) == {1}
        (plan,) = predicates(room, campaign_plan.TYPE)
    assert plan["plan"]["seed"] == 5
    assert plan["attempts"] == len(seen) == 4 * 24
    assert plan["model"]["name"] == "scripted"
    assert plan["stopping_rule"].startswith("fixed")
    assert plan["judge"]["false_positive_bound"] < 1e-5
    assert plan["earlier"] == 0


def test_the_result_commits_to_outcomes_and_transcripts(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        campaign = run(room)["campaign"]
        data = room.service.outcomes(campaign)
        (result,) = predicates(room, campaign_result.TYPE)
        order = (ATTEMPTS.c.cell, ATTEMPTS.c.prompt, ATTEMPTS.c.trial)
        with room.store.read() as connection:
            rows = connection.execute(select(ATTEMPTS.c.cell, ATTEMPTS.c.digest).order_by(*order)).all()
    assert result["outcomes"] == {"sha256": sha256(data).hexdigest(), "records": 8, "attempts": 96}
    records = outcomes.parse(data)
    cells = [derived.estimate.document() for derived in outcomes.by_cell(records, level=0.95)]
    assert [cell["estimate"] for cell in result["cells"]] == cells
    domains = [derived.worst.document() for derived in outcomes.by_domain(records, level=0.95)]
    assert [domain["worst"] for domain in result["domains"]] == domains
    names = [(cell["domain"], cell["strategy"]) for cell in result["cells"]]
    assert names == [("societal", "base64"), ("societal", "plain"), ("tool-use", "base64"), ("tool-use", "plain")]
    # The plan's cells are numbered in the order of the promises; they are committed to in the order of their names.
    by_name = [digest for cell in (3, 2, 1, 0) for number, digest in rows if number == cell]
    assert result["transcripts"]["root"] == merkle.root(b"".join(map(merkle.leaf_hash, by_name))).hex()
    assert result["coverage"]["tested"] == 4
    assert len(result["coverage"]["not_tested"]) == len(every_cell()) - 4
    assert result["assurance"] == "self"


def test_the_same_seed_gives_the_same_outcomes_and_another_does_not(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        digests = [
            sha256(room.service.outcomes(run(room, {**SMALL, "seed": seed})["campaign"])).hexdigest()
            for seed in (1, 1, 2)
        ]
    assert digests[0] == digests[1] != digests[2]


def test_the_concurrency_changes_nothing(tmp_path: Path) -> None:
    digests = set()
    for concurrency in (1, 7, 500):
        with opened(tmp_path, concurrency=concurrency) as room:
            digests.add(sha256(room.service.outcomes(run(room)["campaign"])).hexdigest())
    assert len(digests) == 1


def test_the_command_that_reproduces_a_campaign_does(tmp_path: Path) -> None:
    import shlex

    from kept.core.plan import parse_plan

    with opened(tmp_path) as room:
        first = run(room, {**SMALL, "seed": 9, "trials": 2})["campaign"]
        command = shlex.split(room.service.show(first)["result"]["reproduce"])
        assert command[:4] == ["kept", "red-team", "run", URI]
        again = run(room, dict(parse_plan(b"red_team: " + command[5].encode()).sections["red_team"]))["campaign"]
        assert room.service.outcomes(first) == room.service.outcomes(again)


def test_the_command_that_reproduces_a_campaign_names_no_private_short_name(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        campaign = assess(room, models.open_model(URI), address="assistant")["campaign"]
        shown = room.service.show(campaign)
    assert shown["address"] == "assistant"
    assert f"run '{URI}'" in shown["result"]["reproduce"]


def test_a_repeated_campaign_says_how_many_came_before_it(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        for seed in (1, 2):
            run(room, {**SMALL, "seed": seed})
        run(room, {**SMALL, "prompts": 23})
        assert [plan["earlier"] for plan in predicates(room, campaign_plan.TYPE)] == [0, 1, 0]
        assert [item["earlier"] for item in room.service.list()] == [0, 1, 0]


def test_prompts_tried_more_than_once_are_clusters(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        campaign = run(room, {**SMALL, "prompts": 8, "trials": 3})["campaign"]
        records = outcomes.parse(room.service.outcomes(campaign))
        result = room.service.show(campaign)["result"]
    assert all(len(cluster) == 3 for record in records for cluster in record.clusters)
    assert {cell["estimate"]["method"] for cell in result["cells"]} == {"korn-graubard"}


def test_failed_attempts_are_unassessed_never_resisted(tmp_path: Path) -> None:
    def script(number: int) -> Answer:
        if number % 5 == 0:
            raise Unavailable("The endpoint broke off.", code="model.broken-off")
        if number % 5 == 1:
            return Answer("")
        return refuse(number)

    with opened(tmp_path) as room:
        found = assess(room, Scripted(script))
        result = room.service.show(found["campaign"])["result"]
    assert (found["succeeded"], found["resisted"], found["unassessed"]) == (0, 57, 39)
    assert sum(domain["estimate"]["unassessed"] for domain in result["domains"]) == 39
    assert all(domain["worst"]["value"] > 0.3 for domain in result["domains"])


def test_an_endpoint_that_refuses_every_request_of_one_kind_leaves_it_unassessed(tmp_path: Path) -> None:
    def script(number: int) -> Answer:
        raise Invalid("The endpoint does not take this request.", code="model.refused")

    with opened(tmp_path) as room:
        found = assess(room, Scripted(script))
        assert (found["state"], found["unassessed"], found["planned"]) == ("completed", 96, 96)
        assert room.service.show(found["campaign"])["result"]["coverage"]["unassessed"] == 4


@pytest.mark.parametrize(
    ("error", "section", "code"),
    [
        (Unavailable("Broken.", code="model.broken-off"), {"budget": {"errors": 5}}, "red-team.error-budget"),
        (Unavailable("Away.", code="model.unreachable"), {}, "model.unreachable"),
        (Unavailable("Spent.", code="model.budget"), {}, "model.budget"),
        (Denied("No key.", code="model.denied"), {}, "model.denied"),
    ],
)
def test_what_halts_a_campaign_leaves_it_open_and_it_resumes(
    tmp_path: Path, error: KeptError, section: dict[str, Any], code: str
) -> None:
    def script(number: int) -> Answer:
        if number >= 40:
            raise error
        return refuse(number)

    reopened = Scripted(refuse)
    with opened(tmp_path, concurrency=4, open_model=lambda address, **_: reopened) as room:
        with pytest.raises(KeptError) as caught:
            assess(room, Scripted(script), SMALL | section)
        assert caught.value.code == code
        (left,) = room.service.list()
        assert left["state"] == "open"
        assert left["resisted"] == 40
        with pytest.raises(NotFound, match="is open"):
            room.service.outcomes(left["campaign"])
        resumed = asyncio.run(room.service.resume(left["campaign"], by=room.actor)).summary
        assert resumed["state"] == "completed"
        assert reopened.asked == 96 - 40 - left["unassessed"]
        assert len(predicates(room, campaign_result.TYPE)) == 1


def test_tokens_are_counted_over_the_life_of_a_campaign(tmp_path: Path) -> None:
    with opened(tmp_path, concurrency=1, open_model=lambda address, **_: Scripted(refuse)) as room:
        with pytest.raises(Unavailable, match="300 tokens"):
            assess(room, Scripted(refuse), {**SMALL, "budget": {"tokens": 300}})
        (left,) = room.service.list()
        assert left["resisted"] == 20
        with pytest.raises(Unavailable, match="300 tokens"):
            asyncio.run(room.service.resume(left["campaign"], by=room.actor))
        assert room.service.list()[0]["resisted"] == 21


def test_an_interrupted_campaign_goes_on_where_it_stopped(tmp_path: Path) -> None:
    section = {**SMALL, "prompts": 200}
    with opened(tmp_path, concurrency=3) as room:
        whole = sha256(room.service.outcomes(run(room, section)["campaign"])).hexdigest()

        async def interrupted() -> None:
            def stop(done: int, total: int, note: str = "") -> None:
                if done >= 64:
                    working.cancel()

            working = asyncio.ensure_future(room.service.run(URI, by=room.actor, section=section, progress=stop))
            with pytest.raises(asyncio.CancelledError):
                await working

        asyncio.run(interrupted())
        left = room.service.list()[-1]
        assert left["state"] == "open"
        assert 64 <= left["succeeded"] + left["resisted"] < 800
        asyncio.run(room.service.resume(left["campaign"], by=room.actor))
        assert sha256(room.service.outcomes(left["campaign"])).hexdigest() == whole


def test_an_abandoned_campaign_is_recorded_with_its_reason_and_what_it_found(tmp_path: Path) -> None:
    def script(number: int) -> Answer:
        if number >= 10:
            raise Unavailable("Away.", code="model.unreachable")
        return refuse(number)

    with opened(tmp_path, concurrency=1) as room:
        with pytest.raises(Unavailable):
            assess(room, Scripted(script))
        campaign = room.service.list()[0]["campaign"]
        with pytest.raises(Invalid):
            room.service.abandon(campaign, reason=" ", by=room.actor)
        room.service.abandon(campaign, reason="the endpoint was switched off", by=room.actor)
        (result,) = predicates(room, campaign_result.TYPE)
        records = outcomes.parse(room.service.outcomes(campaign))
    assert (result["state"], result["reason"]) == ("abandoned", "the endpoint was switched off")
    assert result["outcomes"]["attempts"] == sum(record.attempts for record in records) == 10


def test_a_campaign_abandoned_before_its_first_attempt_has_no_outcomes(tmp_path: Path) -> None:
    def away(_: int) -> Answer:
        raise Unavailable("Away.", code="model.unreachable")

    with opened(tmp_path) as room:
        with pytest.raises(Unavailable):
            assess(room, Scripted(away))
        campaign = room.service.list()[0]["campaign"]
        room.service.abandon(campaign, reason="never reached", by=room.actor)
        assert room.service.outcomes(campaign) == b""
        result = room.service.show(campaign)["result"]
    assert result["cells"] == result["domains"] == []
    assert len(result["coverage"]["not_tested"]) == len(every_cell())


def test_a_closed_campaign_stays_as_it_is(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        campaign = run(room)["campaign"]
        with pytest.raises(Conflict, match="is completed"):
            asyncio.run(room.service.resume(campaign, by=room.actor))
        with pytest.raises(Conflict, match="is completed"):
            room.service.abandon(campaign, reason="regret", by=room.actor)
        with pytest.raises(NotFound, match="no campaign"):
            room.service.show("c-0000000000000000")


def test_a_campaign_is_never_resumed_on_another_model(tmp_path: Path) -> None:
    def away(_: int) -> Answer:
        raise Unavailable("Away.", code="model.unreachable")

    with opened(tmp_path, open_model=lambda address, **_: models.open_model("organism:rules?seed=8")) as room:
        with pytest.raises(Unavailable):
            assess(room, Scripted(away))
        with pytest.raises(Conflict, match="no longer the model"):
            asyncio.run(room.service.resume(room.service.list()[0]["campaign"], by=room.actor))


def test_nothing_is_recorded_for_a_wrong_plan(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        with pytest.raises(Invalid, match="nearest is 'cyber'"):
            run(room, {"domains": ["cybr"]})
        assert room.ledger.size() == 0
        assert room.service.list() == ()


def test_progress_tells_counts_rate_and_time_left(tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    with opened(tmp_path) as room:
        run(room, progress=lambda done, total, note="": told.append((done, total, note)))
    assert told[0][:2] == (0, 96)
    assert told[-1][:2] == (96, 96)
    assert "succeeded" in told[-1][2]
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)


def test_a_clock_that_runs_backwards_harms_nothing(tmp_path: Path) -> None:
    from datetime import UTC, datetime, timedelta

    moments = iter(datetime(2026, 11, 22, tzinfo=UTC) - timedelta(hours=hour) for hour in range(100_000))
    with opened(tmp_path, clock=lambda: next(moments)) as room:
        assert run(room)["state"] == "completed"


def test_an_answer_of_any_characters_is_kept(tmp_path: Path) -> None:
    texts = ("<script>alert(1)</script> no", "a\x00b no", "half \ud800 no", "ترفض", "\u202e no", "'; DROP TABLE x; --")
    with opened(tmp_path) as room:
        found = assess(room, Scripted(lambda number: Answer(texts[number % len(texts)])))
        with room.store.read() as connection:
            kept = {json.loads(answer)["text"] for answer in connection.execute(select(ATTEMPTS.c.answer)).scalars()}
    assert kept == set(texts)
    assert found["succeeded"] == 0
    assert found["resisted"] + found["unassessed"] == 96


@pytest.mark.parametrize("behaviour", ["malformed", "huge", "half_body", "cut_chunked", "null_content"])
def test_an_endpoint_that_misbehaves_leaves_attempts_unassessed(tmp_path: Path, behaviour: str) -> None:
    async def main(room: Room) -> dict[str, Any]:
        async with Endpoint() as endpoint:
            options = ModelOptions(retries=0, errors=1.0)
            model = models.open_model(f"openai:{endpoint.base}#{behaviour}", options=options)
            try:
                section = {**SMALL, "prompts": 1}
                return dict((await room.service.assess(model, section, by=room.actor)).summary)
            finally:
                await model.close()

    with opened(tmp_path) as room:
        found = asyncio.run(main(room))
    assert (found["succeeded"], found["resisted"], found["unassessed"]) == (0, 0, 4)


def test_probes_are_listed_with_their_stand_ins(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        listed = room.service.probes()
    assert len(listed) == 16
    assert all(probe["stand_in"] and probe["requests"]["sw"] >= 6 for probe in listed)
