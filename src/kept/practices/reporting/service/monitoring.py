"""The verb that watches what somebody publishes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kept.core.context import Clock, format_time
from kept.core.reference import load
from kept.core.trust import Trust
from kept.errors import Invalid, NotFound, Unavailable, Unverified
from kept.practices.reporting import PRACTICE
from kept.practices.reporting.methods import material, statements, watching
from kept.practices.reporting.methods.snapshot import snapshot
from kept.practices.reporting.methods.watching import Memory, Sighting, View
from kept.practices.reporting.ports import Folder, Source, State
from kept.practices.reporting.records import Alarm, Files, Look, MonitorAlarmed
from kept.practices.reporting.service.checked import Checked, check
from kept.practices.reporting.service.room import Room

SECONDS = 300.0


class Monitoring(Room):
    """Watches reports, also those of other organisations."""

    @staticmethod
    async def monitor(
        where: str,
        *,
        state: Path,
        trust: Path | None,
        clock: Clock,
        against: Sequence[Path] = (),
        every: float = 0.0,
        times: int = 1,
        told: Callable[[Look], None] | None = None,
    ) -> tuple[Look, ...]:
        """Look at a published report (an address or a folder) `times` times, `every` so many seconds.

        `state` is the file of what was seen before; `against` are files of what others saw: states of other monitors,
        or checkpoints as signed notes. `told` hears of each look. Raises MonitorAlarmed once all looks are done when
        one found something wrong, Unavailable when none could be taken, and Invalid, NotFound or Unverified for a bad
        address, trust file or state.
        """
        if times < 1 or every < 0:
            raise Invalid("A monitor looks at least once, and never backwards in time.", code="monitor.times")
        watch = _Watch(where, state, Trust.load(trust) if trust else None, clock, tuple(against))
        looks: list[Look] = []
        for number in range(times):
            if number:
                await asyncio.sleep(every)
            looks.append(await watch.look())
            if told is not None:
                told(looks[-1])
        wrong = [alarm for look in looks for alarm in look.alarms if alarm.wrong]
        if wrong:
            raise MonitorAlarmed(wrong, looks=tuple(looks))
        if all(look.answer == "unavailable" for look in looks):
            raise Unavailable(looks[-1].alarms[0].text, code="monitor.unavailable", hint="Try again later.")
        return tuple(looks)


@dataclass(frozen=True, slots=True)
class _Watch:
    """One watched place."""

    where: str
    state: Path
    trust: Trust | None
    clock: Clock
    against: tuple[Path, ...]

    async def look(self) -> Look:
        """Take one look; what is wrong is told in it, and remembered."""
        memory = self._memory()
        at = format_time(self.clock())
        try:
            checked = check(await self._fetch(), trust=self.trust, now=self.clock())
        except Unavailable as error:
            return Look(at, self.where, "unavailable", (Alarm("unavailable", error.message, wrong=False),))
        except NotFound as error:
            if memory.snapshot is None:
                raise
            return self._wrong(
                memory, at, Alarm("gone", f"{error.message} It was there on {memory.looked}.", wrong=True)
            )
        except (Unverified, Invalid) as error:
            if isinstance(error, Invalid) and error.code == "monitor.address":
                raise
            return self._wrong(memory, at, Alarm("unverified", error.message, wrong=True))
        return self._judge(memory, at, checked)

    def _judge(self, memory: Memory, at: str, checked: Checked) -> Look:
        seen = _view(checked, self.trust)
        if memory.snapshot is not None and memory.snapshot["origin"] != seen.report.origin:
            text = f"The log is {seen.report.origin}; before, it was {memory.snapshot['origin']}."
            return self._wrong(memory, at, Alarm("another log", text, wrong=True), checked=checked)
        own = [Sighting(watching.OWN, text) for text in memory.seen]
        forks = [*watching.split_views(seen, own), *watching.split_views(seen, self._others())]
        forked = any(alarm.wrong for alarm in forks)
        gone, changes = watching.removals(memory, seen)
        revoked, ids = watching.revocations(memory, seen)
        alarms = (*forks, *gone, *watching.deadlines(seen, now=self.clock()), *revoked, *self._remarks(checked))
        after = watching.contradicted(memory, seen) if forked else watching.remembered(memory, seen, revoked=ids)
        self._remember(after.alarmed(alarms, at=at))
        wrong = any(alarm.wrong for alarm in alarms)
        return _told(Look(at, self.where, "wrong" if wrong else "fine", alarms, changes=changes), checked)

    def _remarks(self, checked: Checked) -> Iterator[Alarm]:
        generator = str(checked.report["generator"])[:64]
        if checked.unchecked:
            yield Alarm("unchecked", f"{generator} made index.html, whose words can't be checked here.", wrong=False)
        if self.trust is not None and self.trust.witnesses.minimum and checked.verdict.witnessed is None:
            yield Alarm("unwitnessed", "Fewer witnesses cosigned the log in time than are asked for.", wrong=False)

    def _wrong(self, memory: Memory, at: str, alarm: Alarm, *, checked: Checked | None = None) -> Look:
        self._remember(memory.alarmed([alarm], at=at))
        look = Look(at, self.where, "wrong", (alarm,))
        return _told(look, checked) if checked else look

    async def _fetch(self) -> Files:
        scheme, separator, _ = self.where.partition("://")
        if not separator:
            reader: Folder = load(PRACTICE.backends["folder"]["file"])
            return reader.read(Path(self.where))
        if scheme.lower() not in PRACTICE.backends["source"]:
            raise Invalid(
                f"Nothing that stands at {scheme[:20]!r} can be watched.",
                code="monitor.address",
                hint=f"Name a folder, or an address by {' or '.join(PRACTICE.backends['source'])}.",
            )
        source: Source = load(PRACTICE.backends["source"][scheme.lower()])
        return await source.fetch(self.where, seconds=SECONDS)

    def _memory(self) -> Memory:
        store = _store()
        data = store.read(self.state)
        if data is None:
            return Memory(self.where)
        found = Memory.parse(data, what=str(self.state))
        if found.where != self.where:
            raise Invalid(
                f"{self.state} remembers {found.where}, not {self.where}.",
                code="monitor.where",
                hint="Keep one state file for each place.",
            )
        return found

    def _remember(self, memory: Memory) -> None:
        _store().write(self.state, memory.to_bytes())

    def _others(self) -> list[Sighting]:
        found = []
        for path in self.against:
            data = _store().read_other(path)
            if data.lstrip().startswith(b"{"):
                found += [Sighting(str(path), text) for text in Memory.parse(data, what=str(path)).seen]
            else:
                found.append(Sighting(str(path), data.decode(errors="replace")))
        return found


def _view(checked: Checked, trust: Trust | None) -> View:
    report = material.read(checked.encoded)
    entries = [statements.read_entry(each.index, each.entry) for each in report.materials]
    trusted = trust or Trust.from_document(report.declared)
    history = statements.history(report.materials, entries, trusted)
    return watching.view(report, snapshot(checked.report, checked.encoded), history)


def _told(look: Look, checked: Checked) -> Look:
    verdict = checked.verdict
    return look.of(verdict.answer, as_of=verdict.as_of, log=verdict.log, witnessed=verdict.witnessed)


def _store() -> State:
    found: State = load(PRACTICE.backends["state"]["file"])
    return found
