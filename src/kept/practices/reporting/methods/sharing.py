"""What was shared with others, summed over statements by published rules: objects, notices answered, patterns seen."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from kept.core import estimate
from kept.core.commitments import fields
from kept.core.estimate.exact import MILLION
from kept.core.estimate.survival import Waited, median
from kept.errors import Unverified
from kept.practices.reporting.records import Known
from kept.predicates import (
    sharing_acknowledgement,
    sharing_adoption,
    sharing_channel,
    sharing_release,
    sharing_replay_plan,
    sharing_sighting,
)
from kept.predicates.sharing_acknowledgement import SharingAcknowledgement
from kept.predicates.sharing_channel import SharingChannel
from kept.predicates.sharing_release import SharingRelease
from kept.predicates.sharing_replay_plan import SharingReplayPlan
from kept.predicates.sharing_sighting import SharingSighting

LEVEL = 0.95
URGENCIES = ("immediate", "prompt", "routine")
Releases = Sequence[tuple[int, SharingRelease]]
Answers = Sequence[tuple[int, SharingAcknowledgement]]
_DAY = 86_400
_TYPES = frozenset(
    each.TYPE
    for each in (
        sharing_acknowledgement, sharing_adoption, sharing_channel, sharing_release, sharing_replay_plan,
        sharing_sighting,
    )
)  # fmt: skip


def sharing(known: Sequence[Known]) -> dict[str, Any]:
    """The part `sharing` of what is derived, in which only the provider's own statements are summed.

    1. Releases are taken from the last one back, each whose span ends before those that were taken begin, so that
       nothing is counted twice. Since the same organisations may come in each, the most in one span is told.
    2. Notices are told by urgency: the share answered in time (Clopper and Pearson) of those that were answered or
       whose time is over, and the median time of those that were answered (Kaplan and Meier). What nobody answered is
       what the counted releases say, less what was answered after them.
    3. Each sighting is told with its counts; a plan without one is open.

    Raises Invalid for a malformed statement, and Unverified for times that are none.
    """
    own = [each for each in known if each.fields is not None and "provider" in each.roles]
    for each in known:
        if each.predicate == sharing_channel.TYPE and each.fields is not None:
            SharingChannel.parse(each.statement())
    releases = [(each.index, _release(each)) for each in own if each.predicate == sharing_release.TYPE]
    notices = [(each.index, _answer(each)) for each in own if each.predicate == sharing_acknowledgement.TYPE]
    seen = [each for each in known if each.fields is not None and each.predicate == sharing_sighting.TYPE]
    sightings = [_sighting(each) for each in seen]
    finished = {each["plan"] for each in sightings}
    planned = [each for each in known if each.fields is not None and each.predicate == sharing_replay_plan.TYPE]
    for each in planned:
        SharingReplayPlan.parse(each.statement())
    counted = _counted(releases)
    return {
        "released": _released(releases, counted),
        "notices": [found for urgency in URGENCIES if (found := _notices(urgency, notices, counted))],
        "sightings": sightings,
        "open": [each.index for each in planned if each.index not in finished],
        "unreadable": [each.index for each in known if each.fields is None and each.predicate in _TYPES],
    }


def _release(each: Known) -> SharingRelease:
    read = SharingRelease.parse(each.statement())
    _seconds(read.since, read.until, each.index)
    return read


def _counted(releases: Releases) -> Releases:
    found: list[tuple[int, SharingRelease]] = []
    for index, read in reversed(releases):
        if all(read.until < each.since for _, each in found):
            found.insert(0, (index, read))
    return found


def _released(releases: Releases, counted: Releases) -> dict[str, Any] | None:
    if not releases:
        return None
    own, taken = [read for _, read in counted], [index for index, _ in counted]
    kinds: Counter[tuple[str, str]] = Counter()
    withheld: Counter[str] = Counter()
    for read in own:
        for shared in read.shared:
            kinds[shared.kind, shared.tlp] += shared.count
        for part in read.withheld or ():
            withheld[part.reason] += part.count
    return {
        "since": min(read.since for read in own),
        "until": max(read.until for read in own),
        "items": sum(read.items for read in own),
        "received": sum(read.received for read in own),
        "sightings": sum(count for (kind, _), count in kinds.items() if kind == "sighting"),
        "recipients": max(read.recipients for read in own),
        "kinds": [{"kind": kind, "tlp": tlp, "count": count} for (kind, tlp), count in sorted(kinds.items())],
        "withheld": [{"reason": reason, "count": count} for reason, count in sorted(withheld.items())],
        "untold": [index for index, read in counted if read.withheld is None],
        "silent": [index for index, read in counted if read.unanswered is None],
        "counted": taken,
        "overlapping": [index for index, _ in releases if index not in taken],
    }


def _answer(each: Known) -> SharingAcknowledgement:
    return SharingAcknowledgement.parse(each.statement())


def _notices(urgency: str, answers: Answers, counted: Releases) -> dict[str, Any] | None:
    own = [(index, read) for index, read in answers if read.urgency == urgency]
    waiting, late = _waiting(urgency, own, counted)
    if not own and not waiting:
        return None
    took = [Waited(_seconds(read.received, read.acknowledged, index) / _DAY, ended=True) for index, read in own]
    in_time = sum(read.in_time for _, read in own)
    return {
        "urgency": urgency,
        "count": len(own),
        "in_time": in_time,
        "unanswered": waiting,
        "late": late,
        "share": estimate.clopper_pearson(in_time, len(own) + late, level=LEVEL).document(),
        "took": median(took, level=LEVEL).document(),
        "statements": [index for index, _ in own],
    }


def _waiting(urgency: str, own: Answers, counted: Releases) -> tuple[int, int]:
    """How many notices nobody has answered, and how many of these are past their time, by the last word on each."""
    waiting = late = 0
    for index, read in counted:
        since = [answer for at, answer in own if at > index and read.since <= answer.received <= read.until]
        overdue = [answer for answer in since if answer.due < read.issued]
        for part in read.unanswered or ():
            if part.urgency == urgency:
                left = max(0, part.count - len(since))
                waiting, late = waiting + left, late + min(left, max(0, part.late - len(overdue)))
    return waiting, late


def _sighting(each: Known) -> dict[str, Any]:
    read = SharingSighting.parse(each.statement())
    worked, unassessed = read.counted.count("s"), read.counted.count("u")
    judged = read.errors.false_positives is not None or read.errors.counted is not None
    return {
        "index": each.index,
        "plan": read.plan,
        "model": each.model,
        "state": read.state,
        "assurance": "self" if "provider" in each.roles else "third party",
        "attempts": read.attempts,
        "counted": len(read.counted),
        "worked": worked,
        "unassessed": unassessed,
        "value": worked / assessed if (assessed := len(read.counted) - unassessed) else None,
        "low": read.low / MILLION,
        "high": read.high / MILLION,
        "bound": read.bound / MILLION if judged else None,
        "issued": read.issued,
    }


def _seconds(one: str, other: str, index: int) -> float:
    """How many seconds lie between two times of the statement at `index`. Raises Unverified where one is none."""
    start, end = fields.time(one), fields.time(other)
    if start is None or end is None:
        raise Unverified(f"The statement at index {index} has a time that is none.", code="report.sharing")
    return (end - start).total_seconds()
