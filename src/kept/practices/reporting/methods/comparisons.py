"""Comparisons of two releases, computed again from both outcome files, and what was preregistered of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from kept.errors import Conflict, Unverified
from kept.practices.reporting.methods.campaigns import Campaign
from kept.practices.reporting.methods.difference import differ
from kept.practices.reporting.records import Known
from kept.predicates import comparison, differences, outcomes, preregistration
from kept.predicates.comparison import Comparison, Run
from kept.predicates.differences import Compared, Ran
from kept.predicates.preregistration import Preregistration

SELF, THIRD_PARTY = "self", "third party"
RECOMPUTED, UNREADABLE = "recomputed", "unreadable"


def comparisons(known: Sequence[Known], campaigns: Sequence[Campaign], files: Mapping[str, bytes]) -> dict[str, Any]:
    """The report's preregistrations and comparisons, in the log's order.

    One whose campaigns or preregistration were erased is "unreadable" and states nothing. Raises Unverified where a
    stated figure or deviation is not the one recomputed, and Invalid for a malformed statement.
    """
    registered = {
        each.index: Preregistration.parse(each.statement())
        for each in known
        if each.predicate == preregistration.TYPE and each.fields is not None
    }
    for index, stated in registered.items():
        if wrong := differences.misstated(stated):
            raise Unverified(f"The preregistration at index {index} misstates {wrong}.", code="report.figure")
    judge = _Judge(known, campaigns, files, registered)
    told = [judge.told(each) for each in known if each.predicate == comparison.TYPE and each.fields is not None]
    followed: dict[int, list[int]] = {index: [] for index in registered}
    for each in told:
        followed.get(each["preregistration"], []).append(each["index"])
    shown = [{"index": index, "followed_by": followed[index], **_plain(one)} for index, one in registered.items()]
    return {"preregistrations": shown, "comparisons": told}


class _Judge:
    """Holds one comparison after another against the log."""

    def __init__(
        self,
        known: Sequence[Known],
        campaigns: Sequence[Campaign],
        files: Mapping[str, bytes],
        registered: Mapping[int, Preregistration],
    ) -> None:
        self._known = {each.index: each for each in known}
        self._campaigns = {each.index: each for each in campaigns}
        self._files = files
        self._registered = registered

    def told(self, each: Known) -> dict[str, Any]:
        stated = Comparison.parse(each.statement())
        where = f"The comparison at index {each.index}"
        runs = stated.before, stated.after
        if each.model != stated.after.model:
            raise _wrong(where, "is about another model than its entry names")
        if stated.before.campaign == stated.after.campaign:
            raise _wrong(where, "compares a campaign with itself")
        readable = [self._readable(run, each.index, where) for run in runs]
        if not all([*readable, self._was_registered(stated, each.index, where)]):
            return _shown(each, stated, None)
        before, after = (self._ran(run, where) for run in runs)
        try:
            differences.check_comparable(before.plan, after.plan)
        except Conflict as error:
            raise _wrong(where, f"pairs what is no pair: {error}") from error
        one, other = (outcomes.parse(self._files[run.campaign]) for run in runs)
        found = differences.compare(one, other, stated.analysis)
        self._compare(stated, found, before, after, where)
        return _shown(each, stated, found)

    def _readable(self, run: Run, index: int, where: str) -> bool:
        campaign, result = self._campaigns.get(run.plan), self._known.get(run.result)
        if campaign is None or result is None or not run.plan < run.result < index:
            raise _wrong(where, f"compares the campaign {run.campaign}, which the log did not hold before it")
        return campaign.plan is not None and result.fields is not None

    def _was_registered(self, stated: Comparison, index: int, where: str) -> bool:
        """Whether the preregistration can be read, where one is named."""
        named = stated.preregistration
        if named is None:
            return True
        found = self._known.get(named)
        if found is None or found.predicate != preregistration.TYPE or named >= index:
            raise _wrong(where, f"follows index {named}, which is no preregistration made before it")
        return found.fields is not None

    def _ran(self, run: Run, where: str) -> Ran:
        campaign = self._campaigns[run.plan]
        plan, result = campaign.plan, campaign.result
        if plan is None or result is None:
            raise _wrong(where, f"compares the campaign {run.campaign}, which is not closed")
        held = campaign.id, campaign.result_index, campaign.model, result.outcomes.sha256
        if held != (run.campaign, run.result, run.model, run.outcomes):
            raise _wrong(where, f"describes the campaign {run.campaign} as the log does not")
        return Ran(plan, campaign.index, campaign.state)

    def _compare(self, stated: Comparison, found: Compared, before: Ran, after: Ran, where: str) -> None:
        computed: dict[str, Any] = {
            "domains": found.domains,
            "cells": found.cells,
            "only_before": found.only_before,
            "only_after": found.only_after,
            "deviations": (),
        }
        if stated.preregistration is not None:
            computed["deviations"] = differences.deviations(
                self._registered[stated.preregistration],
                stated.preregistration,
                before=before,
                after=after,
                analysis=stated.analysis,
            )
        plain = _plain(stated)
        if difference := differ(computed, {name: plain[name] for name in computed}, "it"):
            raise _wrong(where, f"states what does not follow from the outcomes: {difference}")


def _shown(each: Known, stated: Comparison, found: Compared | None) -> dict[str, Any]:
    plain = _plain(stated)
    return {
        "index": each.index,
        "comparison": stated.comparison,
        "state": UNREADABLE if found is None else RECOMPUTED,
        "assurance": SELF if "provider" in each.roles else THIRD_PARTY,
        "before": plain["before"],
        "after": plain["after"],
        "preregistration": stated.preregistration,
        "analysis": plain["analysis"],
        "domains": list(found.domains) if found else [],
        "cells": len(found.cells) if found else 0,
        "regressions": [cell for cell in found.cells if cell["regression"]] if found else [],
        "only_before": len(found.only_before) if found else 0,
        "only_after": len(found.only_after) if found else 0,
        "deviations": plain["deviations"] if found else [],
        "issued": stated.issued,
        "by": stated.by,
    }


def _plain(stated: Preregistration | Comparison) -> dict[str, Any]:
    return stated.model_dump(mode="json", exclude_none=True)


def _wrong(where: str, what: str) -> Unverified:
    return Unverified(f"{where} {what}.", code="report.comparison")
