"""The browser compares two releases as Python does, and fails where Python does."""

from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page

from kept.errors import KeptError
from kept.practices.reporting.methods.comparisons import comparisons
from kept.practices.reporting.methods.difference import differ
from kept.practices.reporting.records import Known
from simulators.comparisons import ANALYSIS, FALSE, NO_PAIRS, SMALL, Log, registered

EACH = """
(cases) => cases.map(({ known, campaigns }) => {
  try {
    const read = ({ text, ...each }) => ({ ...each, records: window.kept.parseOutcomes(text, each.id) });
    return { value: window.kept.comparisonsOf(known, campaigns.map(read)) };
  } catch (error) { return { error: error.message, kind: error.constructor.name }; }
})
"""


def case(log: Log, known: list[Known]) -> dict[str, Any]:
    """The log as the browser holds it at that step: campaigns are gathered, and their outcomes read."""
    held = [
        {
            "index": each.index,
            "predicate": each.predicate,
            "model": each.model,
            "fields": each.fields,
            "roles": sorted(each.roles),
        }
        for each in known
    ]
    campaigns = [
        {
            "id": each.id,
            "index": each.index,
            "model": each.model,
            "plan": each.plan.model_dump(mode="json") if each.plan else None,
            "result": each.result.model_dump(mode="json", exclude_none=True) if each.result else None,
            "resultIndex": each.result_index,
            "text": log.files[each.id].decode(),
        }
        for each in log.campaigns()
    ]
    return {"known": held, "campaigns": campaigns}


def logs() -> list[Log]:
    unasked = ANALYSIS.model_copy(update={"margin": None})
    made = [
        Log(),
        Log(first=4, states=("completed", "abandoned")),
        Log(after=replace(Log().after, succeeding=0.02, unassessed=0.3)),
        Log(before=replace(SMALL, trials=4), after=replace(Log().after, trials=4)),
        Log(analysis=unasked),
    ]
    made[4].stated = registered(made[4].plans[0], unasked)
    return made


def test_honest_comparisons_are_told_alike(page: Page) -> None:
    made = logs()
    told = page.evaluate(EACH, [case(log, log.known()) for log in made])
    for log, one in zip(made, told, strict=True):
        own = comparisons(log.known(), log.campaigns(), log.files)
        assert "value" in one, one
        assert differ(own, one["value"], "browser") == ""
    assert made[1].comparison()["deviations"]


def test_prompts_that_only_one_tried_are_paired_alike(page: Page) -> None:
    log = Log()
    log.records[0] = [replace(each, clusters=each.clusters[:11]) for each in log.records[0][1:]]
    (one,) = page.evaluate(EACH, [case(log, log.known())])
    own = comparisons(log.known(), log.campaigns(), log.files)
    assert own["comparisons"][0]["only_after"] == 1
    assert differ(own, one["value"], "browser") == ""


def test_what_does_not_follow_fails_in_both(page: Page) -> None:
    forged = []
    for change in FALSE.values():
        log = Log()
        fields = log.comparison()
        change(fields)
        forged.append((log, log.known(fields)))
    forged += [(log, log.known()) for log in NO_PAIRS]
    told = page.evaluate(EACH, [case(log, known) for log, known in forged])
    for name, (log, known), one in zip([*FALSE, "other prompts", "stopped early"], forged, told, strict=True):
        with pytest.raises(KeptError):
            comparisons(known, log.campaigns(), log.files)
        assert one.get("kind") == "Failure", (name, one)


@pytest.mark.parametrize("erased", [0, 2, 4, 5])
def test_what_can_not_be_read_is_told_alike(page: Page, erased: int) -> None:
    log = Log()
    known = [replace(each, fields=None) if each.index == erased else each for each in log.known()]
    (one,) = page.evaluate(EACH, [case(log, known)])
    assert differ(comparisons(known, log.campaigns(), log.files), one["value"], "browser") == ""
