"""The attacks that are rehearsed, each by its name: how it is staged, what is tried, and which answers count."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from kept.core.reference import load
from kept.errors import Denied, KeptError, NotFound, Unverified
from kept.practices.weights.records.drills import UNANSWERED, Answer
from kept.practices.weights.records.leases import RESHARING
from kept.practices.weights.service.drilling.range import Range

NO_LEASE = "ls-0000000000000000"
RECIPIENTS = ("drill one", "drill two")
Scenario = Callable[[Range, str], Awaitable[Answer]]
"""Takes the range and the place of weights that were sealed for the drill."""


async def lease_past_its_time(range: Range, place: str) -> Answer:
    """Use a lease when its time is over: one that ended before, or one of a minute that is waited for."""
    now = range.context.clock().timestamp()
    over = [each.lease for each in range.lending.requests.all() if each.state == "granted" and each.lease.until < now]
    lease = over[0] if over else range.lent(place)
    await range.passed(lease.until)
    return range.refused(lambda: range.release(lease), counts=_code("lease.ended"))


async def lease_taken_back(range: Range, place: str) -> Answer:
    """Go on with a lease right after it was revoked."""
    lease = range.lent(place)
    range.release(lease)
    range.lending.revoke(lease.id, reason="drill", by=range.by)
    return range.refused(lambda: range.release(lease), counts=_code("lease.revoked"))


async def own_approval(range: Range, place: str) -> Answer:
    """Approve, as a custodian, what one asked for oneself."""
    custodian = range.custodians()[0]
    lease = range.asked(place, by=custodian)
    return range.refused(lambda: range.lending.approve(lease.id, by=custodian), counts=_code("lease.own"))


async def third_copy(range: Range, place: str) -> Answer:
    """Open a copy that was made on the side, under a lease of other weights."""
    aside = range.folder / "aside.sealed"
    load(range.context.backends["range"]["copy"])(Path(place), aside)
    lease = range.lent(range.sealed("others").place)
    return range.refused(lambda: range.release(lease, place=str(aside)), counts=_code("lease.file"))


async def lone_resharing(range: Range, place: str) -> Answer:
    """Take the halves of a file's key, to share it anew, with the consent of one custodian alone."""
    lease = range.asked(place, runtime=RESHARING)
    range.lending.approve(lease.id, by=range.custodians(but=lease.holder)[0])
    return range.refused(lambda: range.halves(lease, place), counts=_code("lease.not-approved"))


async def bit_changed(range: Range, place: str) -> Answer:
    """Turn one bit over, at a place that is drawn, and hand the file out as whole."""
    load(range.context.backends["range"]["change"])(Path(place), int.from_bytes(range.context.entropy(8)))
    check = load(range.context.backends["container"]["check"])
    return range.refused(lambda: check(Path(place)), counts=lambda error: isinstance(error, Unverified))


async def more_than_leased(range: Range, place: str) -> Answer:
    """Read four mebibytes under a lease of one, through the broker."""
    lease = range.lent(place, bytes=1 << 20)
    return range.refused(lambda: _read(range, place, lease.id), counts=_code("lease.spent"))


async def decoy_opened(range: Range, place: str) -> Answer:
    """Try to open a decoy of this room, and see whether the watch tells of it."""
    decoys = range.verbs.decoys_list()
    if not decoys:
        raise NotFound("There is no decoy here.", code="drill.decoy", hint="Plant one: kept weights decoys plant PLACE")
    decoy, began = decoys[0], range.context.clock()
    attempt = range.refused(lambda: _read(range, decoy.place, NO_LEASE), counts=lambda error: isinstance(error, Denied))
    if attempt.answer == "none":
        return attempt
    seen = {event.actor for event in range.verbs.watch(by=range.by).recent if event.decoy and event.moment >= began}
    told = {each.person for each in range.verbs.cases_list(by=range.by) if each.rule == "decoy"}
    if not seen & told:
        return UNANSWERED
    return Answer("noticed", "decoy", (range.context.clock() - began).total_seconds())


async def copy_leaked(range: Range, place: str) -> Answer:
    """Give two people marked copies, leak half of one with less precision, and ask whose it was."""
    for name in RECIPIENTS:
        lease = range.lent(place, kind="export", recipient=name)
        range.verbs.export(Path(place), range.folder / f"{name}.safetensors", lease=lease.id, to=name, by=range.by)
    leaked = range.folder / "leaked.safetensors"
    load(range.context.backends["range"]["leak"])(range.folder / f"{RECIPIENTS[0]}.safetensors", leaked)
    lease, began = range.lent(place, runtime="tracing"), range.context.clock()
    found = range.verbs.trace(leaked, by=range.by, of=Path(place), lease=lease.id)
    if [source.name for source in found.sources] != [RECIPIENTS[0]]:
        return UNANSWERED
    return Answer("noticed", "trace.named", (range.context.clock() - began).total_seconds())


def _read(range: Range, place: str, lease: str) -> object:
    return range.verbs.open(Path(place), lease=lease, by=range.by)


def _code(code: str) -> Callable[[KeptError], bool]:
    return lambda error: error.code == code


SCENARIOS: Mapping[str, Scenario] = {
    "lease-past-its-time": lease_past_its_time,
    "lease-taken-back": lease_taken_back,
    "own-approval": own_approval,
    "third-copy": third_copy,
    "lone-resharing": lone_resharing,
    "bit-changed": bit_changed,
    "more-than-leased": more_than_leased,
    "decoy-opened": decoy_opened,
    "copy-leaked": copy_leaked,
}
