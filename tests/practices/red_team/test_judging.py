"""Campaigns whose judge errs: judged by a model, held against people, corrected, and never more certain than that."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from kept import models
from kept.core.model import Answer, Identity, Request
from kept.errors import Conflict, Invalid, NotFound, Unavailable, Unverified
from kept.practices.red_team.records import CalibrationScope, Cell
from kept.practices.red_team.service.tables import ATTEMPTS
from kept.predicates import judge_calibration
from simulators.labels import RULES, labelled, planted
from simulators.red_team_room import Room, open_model, opened

FLAW = planted("many-shot")
PLACE = {"domains": [FLAW["domain"]], "strategies": [FLAW["strategy"]], "languages": [FLAW["language"]]}
SCOPE = CalibrationScope(FLAW["domain"], FLAW["strategy"], FLAW["language"], "at random")
NOISY = {"judge": "rubric", "judge_model": "organism:judge?se=0.8&sp=0.85&seed=3"}


class Scripted:
    """A judge's model that answers by a script."""

    def __init__(self, script: Callable[[int], Answer]) -> None:
        self.identity = Identity(name="scripted", established="endpoint only")
        self.script, self.asked = script, 0

    async def answer(self, request: Request) -> Answer:
        assert request.sampling.temperature == 0
        number, self.asked = self.asked, self.asked + 1
        await asyncio.sleep(0)
        return self.script(number)

    async def stream(self, request: Request) -> Any:
        yield (await self.answer(request)).text

    async def close(self) -> None:
        pass


def opening(judge: Scripted) -> Callable[..., Any]:
    return lambda address, **options: judge if address == "the-judge" else open_model(address, **options)


def run(room: Room, section: dict[str, Any], *, prompts: int = 40, seed: int = 1) -> dict[str, Any]:
    planned = {**PLACE, "prompts": prompts, "seed": seed, **section}
    summary = asyncio.run(room.service.run(RULES, by=room.actor, section=planned)).summary
    return room.service.show(summary["campaign"])


def calibrate(room: Room, path: Path, section: dict[str, Any] = NOISY, **more: Any) -> dict[str, Any]:
    arguments = {"target": RULES, "scope": SCOPE, **more}
    target = arguments.pop("target")
    return asyncio.run(room.service.calibrate(target, path, by=room.actor, section=section, **arguments))


def cell(found: dict[str, Any]) -> dict[str, Any]:
    (only,) = found["result"]["cells"]
    return dict(only)


def test_without_a_calibration_nothing_is_known_and_nothing_is_found(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        found = run(room, NOISY)
    assert found["plan"]["judge"]["false_positive_bound"] is None
    assert found["plan"]["judge"]["model"] == found["plan"]["plan"]["parties"]["judge"]
    assert found["result"]["calibrations"] == []
    assert cell(found)["estimate"]["value"] > 0.5
    assert cell(found)["corrected"]["method"] == "inconclusive: no calibration belongs to it"
    assert (cell(found)["corrected"]["low"], cell(found)["corrected_worst"]["high"]) == (0, 1)
    assert found["result"]["findings"] == []


def test_a_campaign_rests_on_the_last_calibration_of_its_own_cell_and_judge(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        first = calibrate(room, labelled(tmp_path / "a.jsonl", FLAW, seed=8, count=60))
        last = calibrate(room, labelled(tmp_path / "b.jsonl", FLAW, seed=9, count=120))
        calibrate(room, tmp_path / "b.jsonl", scope=CalibrationScope(FLAW["domain"], "plain", "en", "at random"))
        calibrate(room, tmp_path / "b.jsonl", {"judge": "refusal"})
        calibrate(room, tmp_path / "b.jsonl", {**NOISY, "judge_model": "organism:judge?se=0.8&sp=0.85&seed=4"})
        calibrate(room, tmp_path / "b.jsonl", target="organism:rules?seed=3")
        found = run(room, NOISY)
    assert first["entry"] < last["entry"]
    assert found["result"]["calibrations"] == [last["entry"]]
    assert cell(found)["corrected"]["method"] == "lang-reiczigel"
    assert cell(found)["finding"]
    right = last["true_negatives"] + last["true_positives"]
    assert right < last["positives"] + last["negatives"] == 120


def test_the_judges_false_positives_are_no_finding(tmp_path: Path) -> None:
    # Nothing is planted in this cell: what the judge calls a success is its own error.
    clean = {"domains": ["bio"], "strategies": ["plain"], "languages": ["en"]}
    wide = CalibrationScope("*", "*", "*", "at random", "the judge looks for the same card everywhere")
    with opened(tmp_path) as room:
        calibrate(room, labelled(tmp_path / "a.jsonl", FLAW, seed=8, count=200), scope=wide)
        found = run(room, {**NOISY, **clean}, prompts=100)
    assert cell(found)["succeeded"] > 5
    assert not cell(found)["finding"]
    assert cell(found)["corrected"]["low"] == 0


def test_an_erased_calibration_serves_no_new_campaign(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        made = calibrate(room, labelled(tmp_path / "a.jsonl", FLAW, seed=8, count=60))
        room.ledger.erase(made["entry"], by=room.actor, reason="asked for")
        found = run(room, NOISY, prompts=6)
    assert found["result"]["calibrations"] == []


@pytest.mark.parametrize("judge", ["rule", "refusal", "over-refusal", "rubric-withheld", "rubric-complied"])
def test_every_judge_runs_a_campaign(tmp_path: Path, judge: str) -> None:
    section = {"judge": judge} | ({"judge_model": NOISY["judge_model"]} if judge.startswith("rubric") else {})
    with opened(tmp_path) as room:
        found = run(room, section, prompts=6)
    assert found["plan"]["judge"]["name"] == judge
    assert cell(found)["estimate"]["n"] + cell(found)["estimate"]["unassessed"] == 6


def test_a_panel_asks_all_its_members_and_the_transcript_holds_what_they_said(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        found = run(room, {**NOISY, "judge": "panel"}, prompts=4)
        with room.store.read() as connection:
            rows = connection.execute(select(ATTEMPTS.c.answer, ATTEMPTS.c.requests)).all()
    assert found["plan"]["judge"]["name"] == "panel"
    assert [row.requests for row in rows] == [4] * 4
    said = json.loads(rows[0].answer)
    assert [party for party, _ in said["others"]] == ["judge"] * 3
    assert said["exchange"][-1][0] == "assistant"


def test_a_plan_may_describe_its_judge_and_a_resumed_campaign_keeps_it(tmp_path: Path) -> None:
    own = {"name": "rule", "succeeded": ["kadi inasema", "bila shaka"], "otherwise": "r"}
    with opened(tmp_path) as room:
        found = run(room, {"judge": own}, prompts=12)
        again = run(room, {"judge": own}, prompts=12)
    assert found["plan"]["plan"]["judge"]["succeeded"] == own["succeeded"]
    assert again["earlier"] == 1
    assert cell(found) == cell(again)
    assert "kadi inasema" in found["result"]["reproduce"]


@pytest.mark.parametrize(
    "said",
    [
        Answer(""), Answer("I can't tell."), Answer('{"verdict": "n', "length"), Answer("no " * 100_000),
        Answer('{"verdict": "no", "verdict": "yes"}'),
    ],
    ids=["empty", "nonsense", "cut off", "flood", "contradictory"],
)  # fmt: skip
def test_a_judge_that_gives_no_verdict_leaves_all_unassessed(tmp_path: Path, said: Answer) -> None:
    judge = Scripted(lambda _: said)
    with opened(tmp_path, open_model=opening(judge)) as room:
        found = run(room, {"judge": "rubric", "judge_model": "the-judge"}, prompts=6)
        made = calibrate(
            room,
            labelled(tmp_path / "a.jsonl", FLAW, seed=8, count=12),
            {"judge": "rubric", "judge_model": "the-judge"},
        )
    assert (cell(found)["estimate"]["n"], cell(found)["estimate"]["unassessed"]) == (0, 6)
    assert cell(found)["corrected"]["method"].startswith("inconclusive")
    assert cell(found)["corrected_worst"]["high"] == 1
    assert (made["positives"], made["negatives"], made["unassessed"]) == (0, 0, 12)
    assert made["agreement"]["method"] == "cohen-kappa: too few items"


def fail(_: int) -> Answer:
    raise Unavailable("The judge is out.", code="model.timeout")


def gone(_: int) -> Answer:
    raise Unavailable("Nobody answers.", code="model.unreachable")


def test_a_judge_that_fails_leaves_its_attempts_unassessed(tmp_path: Path) -> None:
    with opened(tmp_path, open_model=opening(Scripted(fail))) as room:
        found = run(room, {"judge": "rubric", "judge_model": "the-judge"}, prompts=6)
        made = calibrate(
            room,
            labelled(tmp_path / "a.jsonl", FLAW, seed=8, count=12),
            {"judge": "rubric", "judge_model": "the-judge"},
        )
    assert cell(found)["estimate"]["unassessed"] == 6
    assert made["unassessed"] == 12


def test_a_judge_out_of_reach_halts_and_nothing_is_recorded_of_it(tmp_path: Path) -> None:
    section = {"judge": "rubric", "judge_model": "the-judge"}
    with opened(tmp_path, open_model=opening(Scripted(gone))) as room:
        with pytest.raises(Unavailable):
            run(room, section, prompts=6)
        with pytest.raises(Unavailable):
            calibrate(room, labelled(tmp_path / "a.jsonl", FLAW, seed=8, count=200), section)
        assert not list(room.ledger.statements(judge_calibration.TYPE))
        (left,) = room.service.list()
        assert (left["state"], left["unassessed"]) == ("open", 0)


def test_another_judge_than_the_plans_is_refused_at_resuming(tmp_path: Path) -> None:
    section = {"judge": "rubric", "judge_model": "the-judge"}
    with opened(tmp_path, open_model=opening(Scripted(gone))) as room:
        with pytest.raises(Unavailable):
            run(room, section, prompts=6)
        (left,) = room.service.list()
    other = models.open_model("organism:judge?seed=1")
    with (
        opened(
            tmp_path, open_model=lambda address, **more: other if address == "the-judge" else open_model(address)
        ) as room,
        pytest.raises(Conflict, match="no longer the judge"),
    ):
        asyncio.run(room.service.resume(left["campaign"], by=room.actor))


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"judge": "exact-crad"}, "nearest is 'exact-card'"),
        ({"judge": "rubric"}, "'rubric' needs the judge's model"),
        ({"judge": "panel"}, "'panel' needs the judge's model"),
        ({"judge_model": "organism:judge"}, "nothing in the plan asks the judge"),
        ({"judge": "refusal", "judge_model": "organism:judge"}, "nothing in the plan asks the judge"),
        ({"judge": 3}, "neither a judge's name nor a table"),
        ({"judge": None}, "neither a judge's name nor a table"),
        ({"judge": {"name": "refusal"}}, "can't be described in a plan"),
        ({"judge": {"name": "rule"}}, "red_team.judge.succeeded"),
        ({"judge": {"name": "rule", "succeeded": ["*"]}}, "has no text"),
        ({"judge": {"name": "rule", "sucess": ["x"]}}, "the nearest is 'succeeded'"),
        ({"judge": {"name": "panel", "members": ["rule", "refusal"]}}, "red_team.judge.members"),
        ({"judge": {"name": "rubric", "question": ""}}, "red_team.judge.question"),
        ({"judge": "refusal", "strategies": ["world-plant"]}, "scored by the state"),
    ],
)
def test_a_judge_that_can_not_be_meant_is_refused_before_anything_is_recorded(
    tmp_path: Path, section: dict[str, Any], said: str
) -> None:
    with opened(tmp_path) as room:
        with pytest.raises(Invalid) as caught:
            run(room, section)
        assert said in caught.value.message
        assert room.ledger.size() == 0


@pytest.mark.parametrize(
    ("change", "kind", "said"),
    [
        ({"sha256": "0" * 64}, Unverified, "not the one that is stated"),
        ({"scope": CalibrationScope("*", "plain", "en", "x")}, Invalid, "assumption"),
        ({"scope": CalibrationScope("societl", "plain", "en", "x")}, Invalid, "nearest is 'societal'"),
        ({"scope": CalibrationScope("bio", "plain", "en", "")}, Invalid, "labels.sampling"),
        ({"target": "c-0000000000000000"}, NotFound, "no campaign"),
    ],
)
def test_a_calibration_that_can_not_be_meant_is_refused(
    tmp_path: Path, change: dict[str, Any], kind: type[Exception], said: str
) -> None:
    with opened(tmp_path) as room:
        path = labelled(tmp_path / "a.jsonl", FLAW, seed=8, count=12)
        with pytest.raises(kind) as caught:
            calibrate(room, path, **change)
        assert said in str(caught.value)
        assert room.ledger.size() == 0


def test_labels_of_one_kind_and_a_judge_like_a_coin_correct_nothing(tmp_path: Path) -> None:
    def resisted(held: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [each for each in held if each["label"] == "resisted"]

    def swapped(held: list[dict[str, Any]]) -> list[dict[str, Any]]:
        other = {"resisted": "succeeded", "succeeded": "resisted"}
        return [{**each, "label": other[each["label"]]} for each in held]

    for change, why in ((resisted, "the labels are of one kind"), (swapped, "the judge says no more than a coin")):
        folder = tmp_path / change.__name__
        folder.mkdir()
        with opened(folder) as room:
            made = calibrate(room, labelled(folder / "a.jsonl", FLAW, seed=8, count=60, change=change))
            found = run(room, NOISY, prompts=12)
        assert cell(found)["corrected"]["method"] == f"inconclusive: {why}"
        assert cell(found)["corrected_worst"]["high"] == 1
        assert found["result"]["calibrations"] == [made["entry"]]


def test_agreement_is_told_of_people_and_of_all_judges(tmp_path: Path) -> None:
    path = labelled(tmp_path / "a.jsonl", FLAW, seed=8, count=80, annotators=("a", "b"), slips=10)
    with opened(tmp_path) as room:
        made = calibrate(room, path)
        calibrate(room, path, {"judge": "refusal"})
        calibrate(room, path, {**NOISY, "judge": "panel"})
        found = room.service.agreement(made["labels"]["sha256"][:12])
        with pytest.raises(NotFound):
            room.service.agreement("0" * 64)
        with pytest.raises(Invalid):
            room.service.agreement("abc")
    assert made["among_humans"]["method"] == "cohen-kappa"
    assert 0 < made["among_humans"]["value"] < 1
    assert made["labels"]["disputed"] == 10
    assert found["among_humans"] == made["among_humans"]
    assert [each["judge"]["name"] for each in found["judges"]] == ["panel", "rubric", "refusal"]
    assert [bool(each["among_members"]) for each in found["judges"]] == [True, False, False]
    assert len(found["pairs"]) == 3
    assert found["among_judges"]["n"] == 80


def test_the_texts_are_in_no_statement(tmp_path: Path) -> None:
    path = labelled(tmp_path / "a.jsonl", FLAW, seed=8, count=12, annotators=("Ada Example",))
    with opened(tmp_path) as room:
        calibrate(room, path)
        (recorded,) = room.ledger.statements(judge_calibration.TYPE)
        said = recorded.body.envelope
    statement = json.dumps(dict(recorded.predicate))
    assert b"Ada" not in said
    assert "Ada" not in statement
    assert "card" not in statement


def filled(path: Path, label: Callable[[dict[str, Any]], str]) -> Path:
    """The sample with every label filled in by one annotator."""
    items = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    lines = [json.dumps({**item, "annotator": "a", "label": label(item)}) for item in items]
    done = path.with_name(f"done-{path.name}")
    done.write_text("\n".join(lines), encoding="utf-8")
    return done


def true_label(item: dict[str, Any]) -> str:
    said = item["answer"]["text"] + json.dumps(item["answer"]["tool_calls"])
    return "succeeded" if item["card"] in said else "resisted"


@pytest.mark.parametrize("section", [{"judge": "refusal"}, NOISY], ids=["decided", "played"])
def test_a_sample_of_a_campaign_is_labelled_and_calibrates_the_next(tmp_path: Path, section: dict[str, Any]) -> None:
    place = Cell(FLAW["domain"], FLAW["strategy"], FLAW["language"])
    with opened(tmp_path) as room:
        first = run(room, section, prompts=60)
        drawn = room.service.sample(first["campaign"], tmp_path / "a.jsonl", cell=place, count=40, seed=1)
        again = room.service.sample(first["campaign"], tmp_path / "b.jsonl", cell=place, count=40, seed=1)
        other = room.service.sample(first["campaign"], tmp_path / "c.jsonl", cell=place, count=40, seed=2)
        with pytest.raises(Invalid, match="neither succeeded nor resisted"):
            calibrate(room, tmp_path / "a.jsonl", section, target=first["campaign"])
        made = calibrate(room, filled(tmp_path / "a.jsonl", true_label), section, target=first["campaign"])
        next_one = run(room, section, seed=2)
    assert (drawn["items"], drawn["sha256"]) == (40, again["sha256"])
    assert other["sha256"] != drawn["sha256"]
    assert made["positives"] + made["negatives"] == 40
    assert made["positives"] > 20
    assert next_one["result"]["calibrations"] == [made["entry"]]


def test_a_sample_that_can_not_be_drawn_is_refused(tmp_path: Path) -> None:
    place = Cell(FLAW["domain"], FLAW["strategy"], FLAW["language"])
    (tmp_path / "there.jsonl").write_text("")
    with opened(tmp_path) as room:
        found = run(room, {"judge": "refusal"}, prompts=6)["campaign"]
        for path, cell_asked, count, kind in (
            ("a.jsonl", place, 0, Invalid),
            ("a.jsonl", Cell("bio", "plain", "en"), 5, NotFound),
            ("there.jsonl", place, 5, Conflict),
            ("no/folder.jsonl", place, 5, Unavailable),
        ):
            with pytest.raises(kind):
                room.service.sample(found, tmp_path / path, cell=cell_asked, count=count)
        with pytest.raises(NotFound):
            room.service.sample("c-0000000000000000", tmp_path / "a.jsonl", cell=place, count=5)
        assert room.service.sample(found, tmp_path / "a.jsonl", cell=place, count=100)["items"] == 6


class Silent:
    """A model that never answers in time."""

    identity = Identity(name="silent", established="endpoint only")

    async def answer(self, request: Request) -> Answer:
        raise Unavailable("Not now.", code="model.timeout")


def test_a_campaign_of_which_nothing_was_answered_gives_no_sample(tmp_path: Path) -> None:
    place = Cell(FLAW["domain"], FLAW["strategy"], FLAW["language"])
    silent: Any = Silent()
    with opened(tmp_path) as room:
        section = {**PLACE, "prompts": 6, "judge": "refusal"}
        summary = asyncio.run(room.service.assess(silent, section, by=room.actor)).summary
        with pytest.raises(NotFound, match="Nothing was answered"):
            room.service.sample(summary["campaign"], tmp_path / "a.jsonl", cell=place, count=5)
