"""The release register: what was let out, taken back and decided on scope, and what of it is reported and tested."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kept.core.commitments import facts
from kept.core.commitments.rule import Status
from kept.practices.reporting.methods.campaigns import Campaign
from kept.practices.reporting.methods.governance.reading import earlier, every
from kept.practices.reporting.methods.governance.sections import Reported
from kept.practices.reporting.records import Known
from kept.predicates import scope_decision
from kept.predicates.release import Release

REPORTING = "C6"


def register(
    known: Sequence[Known],
    campaigns: Sequence[Campaign],
    statuses: Sequence[Status],
    standing: Mapping[str, Reported],
    *,
    as_of: str,
) -> dict[str, Any]:
    """Every event in the log's order, each release with its report and its test, the counts, and what is due.

    An event that can't be read counts as a major release, so that no denominator shrinks by an erasure.
    Raises Invalid or Unverified for a malformed one.
    """
    told = list(every(known, Release))
    tested = {each.model: each.result_index for each in campaigns if each.state == "completed"}
    releases = [_release(each, said, told, tested, standing) for each, said in told if _lets_out(said)]
    major = [each for each in releases if each["major"]]
    return {
        "events": list(_events(known, told)),
        "releases": releases,
        "major": len(major),
        "reported": sum(each["report"] is not None for each in major),
        "assessed": sum(each["assessment"] is not None for each in major),
        "unreported": [each["index"] for each in major if each["report"] is None],
        "unassessed": [each["index"] for each in major if each["assessment"] is None],
        "due": [*_due_by_release(releases, as_of), *_due_by_promise(statuses, as_of)],
    }


def _lets_out(said: Release | None) -> bool:
    return said is None or said.event == "released"


def _release(
    each: Known,
    said: Release | None,
    told: Sequence[tuple[Known, Release | None]],
    tested: Mapping[str, int | None],
    standing: Mapping[str, Reported],
) -> dict[str, Any]:
    taken = [
        other.index
        for other, later in told
        if later and later.event == "withdrawn" and other.model == each.model and other.index > each.index
    ]
    report = standing.get(each.model)
    return {
        "index": each.index,
        "model": each.model,
        "name": said.name if said else "",
        "version": said.version if said else "",
        "date": said.date if said else None,
        "major": said.major if said else True,
        "state": each.unreadable or ("withdrawn" if taken else "available"),
        "withdrawn": taken[0] if taken else None,
        "report": report.known.index if report else None,
        "assessment": tested.get(each.model),
    }


def _events(known: Sequence[Known], told: Sequence[tuple[Known, Release | None]]) -> Iterator[dict[str, Any]]:
    releases = {each.index: said for each, said in told}
    for each in known:
        if each.index in releases:
            yield _event(each, releases[each.index], known)
        elif each.predicate == scope_decision.TYPE:
            yield _decision(each)


def _event(each: Known, said: Release | None, known: Sequence[Known]) -> dict[str, Any]:
    if said is None:
        return {"index": each.index, "event": each.unreadable, "model": each.model, "kind": "release"}
    for index in said.scope:
        earlier(known, index, than=each, called=Release.called)
    return {
        "index": each.index,
        "event": said.event,
        "model": each.model,
        "kind": "release",
        "name": said.name,
        "version": said.version,
        "date": said.date,
        "major": said.major,
        "replaces": said.replaces,
        "availability": said.availability,
        "reason": said.reason,
        "scope": list(said.scope),
        "actors": list(each.actors),
    }


def _decision(each: Known) -> dict[str, Any]:
    """A scope decision as the rule reads it, which takes a malformed one for none."""
    fact = facts.extract(each.predicate, each.fields, index=each.index, model=each.model)
    event = each.unreadable or ("decided" if fact.fields else "malformed")
    found = {"index": each.index, "event": event, "model": each.model, "kind": "scope"}
    if event != "decided":
        return found
    rationale = (each.fields or {}).get("rationale")
    return {
        **found,
        "decision": fact.fields["decision"],
        "commitments": list(fact.fields["commitments"]),
        "date": fact.issued[:10],
        "rationale": rationale if isinstance(rationale, str) else "",
        "actors": list(each.actors),
    }


def _due_by_release(releases: Sequence[Mapping[str, Any]], as_of: str) -> Iterator[dict[str, Any]]:
    """A major model is reported on, and tested, by the day on which it is let out."""
    for each in releases:
        if not each["major"]:
            continue
        for what in ("report", "assessment"):
            late = each[what] is None and (each["date"] is None or each["date"] < as_of[:10])
            yield {
                "what": what,
                "model": each["model"],
                "release": each["index"],
                "requirement": None,
                "due": each["date"],
                "met": each[what],
                "missed": late,
            }


def _due_by_promise(statuses: Sequence[Status], as_of: str) -> Iterator[dict[str, Any]]:
    """What supports the promise to report has to be done again before it turns stale."""
    for status in statuses:
        if status.commitment != REPORTING or status.state in ("superseded", "out of scope"):
            continue
        for finding in status.findings:
            yield {
                "what": "promise",
                "model": status.model,
                "release": None,
                "requirement": finding.requirement,
                "due": finding.until[:10] or None,
                "met": max(finding.evidence, default=None),
                "missed": finding.reading != "met",
            }
