"""What a monitor concludes from a verified report and from what was seen before, by itself and by others."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from kept.core import canonical, merkle, note
from kept.core.note import Checkpoint, Note, VerifierKey
from kept.core.statement import Envelope
from kept.core.trust import KEY_EVENT_TYPE, KeyEvent, KeyHistory
from kept.errors import Invalid, KeptError, Unverified
from kept.practices.reporting.methods import report_diff, statements
from kept.practices.reporting.methods.material import TIME, Report
from kept.practices.reporting.methods.snapshot import Snapshot
from kept.practices.reporting.records import Alarm
from kept.predicates import publication
from kept.predicates.report_diff import Change

OWN = "this monitor"
SEEN, ALARMS = 64, 1000
DAYS = 180
SKEW = timedelta(minutes=5)
MEMBERS = frozenset({"version", "where", "looked", "seen", "snapshot", "revoked", "alarms", "evidence", "checksum"})
GONE = ("claim", "part", "release", "campaign", "model")


@dataclass(frozen=True, slots=True)
class Memory:
    """What a monitor remembers: notes of checkpoints, the last report that held, revoked keys, and past alarms.

    `evidence` are the notes of checkpoints that contradicted what was seen: with those seen, they prove a split view.
    """

    where: str
    looked: str = ""
    seen: tuple[str, ...] = ()
    snapshot: Snapshot | None = None
    revoked: tuple[str, ...] = ()
    alarms: tuple[Mapping[str, str], ...] = ()
    evidence: tuple[str, ...] = ()

    def to_bytes(self) -> bytes:
        """The memory as it is kept."""
        content = {
            "version": 1,
            "where": self.where,
            "looked": self.looked,
            "seen": list(self.seen),
            "snapshot": self.snapshot,
            "revoked": list(self.revoked),
            "alarms": [dict(each) for each in self.alarms],
            "evidence": list(self.evidence),
        }
        return canonical.encode({**content, "checksum": _checksum(content)})

    @classmethod
    def parse(cls, data: bytes, *, what: str) -> "Memory":
        """The memory in a state file. Raises Unverified where it is damaged: it may hide what was seen."""
        try:
            content = canonical.decode(data, limit=256 * 1024 * 1024, what=what)
            if set(content) != MEMBERS or content.pop("checksum") != _checksum(content) or content["version"] != 1:
                raise Invalid(f"{what} is not a monitor's state of version 1.", code="monitor.state")
            found = cls(
                where=content["where"],
                looked=content["looked"],
                seen=tuple(content["seen"]),
                snapshot=content["snapshot"],
                revoked=tuple(content["revoked"]),
                alarms=tuple(content["alarms"]),
                evidence=tuple(content["evidence"]),
            )
            for text in found.seen:
                Checkpoint.parse(Note.parse(text.encode()).text)
        except (Invalid, TypeError, ValueError, AttributeError, KeyError) as error:
            raise Unverified(
                f"{what} is damaged, so nothing can be said of what was seen before.",
                code="monitor.state",
                hint="Restore it, or begin anew with another file.",
            ) from error
        return found

    def alarmed(self, alarms: Sequence[Alarm], *, at: str) -> "Memory":
        """The memory with further alarms, of which the last thousand are kept."""
        added = tuple({"at": at, "kind": each.kind, "text": each.text} for each in alarms if each.wrong)
        return replace(self, looked=at, alarms=(*self.alarms, *added)[-ALARMS:])


@dataclass(frozen=True, slots=True)
class Sighting:
    """A checkpoint that somebody saw, as a signed note, and who says so."""

    by: str
    text: str


@dataclass(frozen=True, slots=True)
class View:
    """A report that holds, as a monitor reads it; `leaves` are the hashes of the log's entries."""

    report: Report
    snapshot: Snapshot
    history: KeyHistory
    leaves: tuple[bytes, ...] = field(repr=False)

    def root_at(self, size: int) -> bytes:
        """The root over the first `size` entries."""
        return merkle.root(b"".join(self.leaves[:size]))


def view(report: Report, held: Snapshot, history: KeyHistory) -> View:
    """What a monitor needs of a report."""
    return View(report, held, history, tuple(merkle.leaf_hash(each.entry) for each in report.materials))


def split_views(seen: View, sightings: Sequence[Sighting]) -> Iterator[Alarm]:
    """Where the log that is shown here is not the one that was shown before, or to somebody else.

    Of others only what a key of the log signed is believed, so that nobody can accuse by a made-up checkpoint.
    """
    for each in sightings:
        try:
            signed = Note.parse(each.text.encode())
            point = Checkpoint.parse(signed.text)
        except KeptError as error:
            yield Alarm("ignored", f"What {each.by} saw can't be read: {error.message}", wrong=False)
            continue
        if point.origin != seen.report.origin:
            yield Alarm("ignored", f"What {each.by} saw is of the log {point.origin[:120]}.", wrong=False)
            continue
        try:
            note.verify(signed, [VerifierKey.parse(key) for key in seen.history.log_keys(point.size)])
        except KeptError as error:
            yield Alarm("ignored", f"What {each.by} saw proves nothing: {error.message}", wrong=False)
            continue
        yield from _compared(seen, point, each.by)


def _compared(seen: View, point: Checkpoint, by: str) -> Iterator[Alarm]:
    if point.size > len(seen.leaves):
        text = f"{by} saw a log of {point.size} entries; {len(seen.leaves)} are shown here"
        cut = by == OWN
        yield Alarm("rolled back" if cut else "behind", f"{text}{': it was cut back' if cut else ''}.", wrong=cut)
    elif seen.root_at(point.size) != point.root:
        mine, other = seen.root_at(point.size).hex()[:16], point.root.hex()[:16]
        text = f"{by} saw another log of {point.size} entries, with the root {other}… instead of {mine}…: "
        yield Alarm("split view", f"{text}different people are shown different histories.", wrong=True)


def removals(memory: Memory, seen: View) -> tuple[tuple[Alarm, ...], tuple[Change, ...]]:
    """What is gone since the last look, each an alarm, and every change."""
    if memory.snapshot is None:
        return (), ()
    changes = report_diff.compare(memory.snapshot, seen.snapshot)
    gone = [change for change in changes if change.how == "removed" and change.kind in GONE]
    alarms = [
        Alarm("removed", f"The {each.kind} {each.name} is gone; it said: {each.before}", wrong=True) for each in gone
    ]
    erased = [change for change in changes if change.kind == "statement"]
    alarms += [Alarm("erased", f"Statement {each.name} is {each.after}.", wrong=False) for each in erased]
    return tuple(alarms), changes


def deadlines(seen: View, *, now: datetime) -> Iterator[Alarm]:
    """What was due by now and is not there, by the monitor's own clock: a report that nobody renews grows late too."""
    made = datetime.strptime(seen.report.as_of, TIME).replace(tzinfo=UTC)
    published = _published(seen.report.catalog)
    last = made + timedelta(days=min(published.values(), default=DAYS))
    if now >= last:
        text = f"The last report is of {seen.report.as_of[:10]}; one was due by {last:%Y-%m-%d}."
        yield Alarm("late", text, wrong=True)
    if made > now + SKEW:
        yield Alarm("ahead", f"The report is of {seen.report.as_of}, which has not come yet.", wrong=True)
    for each in seen.report.derived["register"]["due"]:
        # The report itself is the publication that this requirement asks for, and was judged above.
        if each["requirement"] not in published:
            yield from _due(each, f"{now:%Y-%m-%d}")


def _due(each: Mapping[str, Any], today: str) -> Iterator[Alarm]:
    what = each["requirement"] or f"the {each['what']} of the release at index {each['release']}"
    whom = each["model"] or "the organisation"
    lasting = each["what"] != "promise" and each["met"] is not None
    if each["due"] is not None and each["due"] < today and not lasting:
        yield Alarm("late", f"{what} was due by {each['due']} for {whom}.", wrong=True)
    elif each["missed"]:
        yield Alarm("not met", f"{what} is not met for {whom}.", wrong=False)


def revocations(memory: Memory, seen: View) -> tuple[tuple[Alarm, ...], tuple[str, ...]]:
    """Keys that were revoked since the last look, and the ids of all that ever were; on a first look a remark."""
    known, first = frozenset(memory.revoked), memory.snapshot is None
    refused = {each.index for each in seen.history.refused}
    alarms, ids = [], []
    for material in seen.report.materials:
        entry = statements.read_entry(material.index, material.entry)
        if entry.predicate != KEY_EVENT_TYPE or material.index in refused:
            continue
        event = KeyEvent.parse(Envelope.parse(material.envelope).statement())
        if event.event != "revoked":
            continue
        id = f"{material.index}:{event.key.key_id}"
        ids.append(id)
        if id not in known:
            since = "" if event.compromised_since is None else f", compromised since index {event.compromised_since}"
            text = f"A key of {event.key.name} ({event.key.key_id[:16]}…) was revoked at index {material.index}{since}."
            alarms.append(Alarm("revoked key", text, wrong=not first))
    return tuple(alarms), tuple(ids)


def remembered(memory: Memory, seen: View, *, revoked: tuple[str, ...]) -> Memory:
    """The memory after a look at a log that extends what was seen before."""
    text = seen.report.checkpoint.decode()
    notes = tuple(each for each in memory.seen if each != text)
    return replace(memory, seen=(*notes, text)[-SEEN:], snapshot=seen.snapshot, revoked=revoked)


def contradicted(memory: Memory, seen: View) -> Memory:
    """The memory after a look at a log that contradicts what was seen: it keeps the proof, and follows no further."""
    text = seen.report.checkpoint.decode()
    notes = tuple(each for each in memory.evidence if each != text)
    return replace(memory, evidence=(*notes, text)[-SEEN:])


def _published(catalog: Mapping[str, Any]) -> Mapping[str, int]:
    """The requirements that a published report meets, and for how many days."""
    return {
        requirement["id"]: requirement["validity_days"]
        for commitment in catalog["commitments"]
        for requirement in commitment["requirements"]
        if requirement["predicate"] == publication.TYPE
    }


def _checksum(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical.encode(content)).hexdigest()
