"""`kept disclosure triage …`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from kept.interface.terminal import current_actor, emit, json_option, wait_for
from kept.practices.disclosure.cli.quarantine import add_quarantine
from kept.practices.disclosure.cli.summing import add_summing
from kept.practices.disclosure.cli.vendors import add_vendors

if TYPE_CHECKING:
    from kept.practices.disclosure.records.triage import Case, Event
    from kept.practices.disclosure.service import Service

REASON = click.option("--reason", required=True, help="Why; the reporter reads it, unless the command says otherwise.")


def add_triage(room: click.Group, service: Callable[[], Service]) -> None:
    """The group `triage`, and those beside it."""

    @room.group(help="Answer for reports, assess them, and see them through; every change is kept in a chain.")
    def triage() -> None:
        pass

    _add_reading(triage, service)
    _add_judging(triage, service)
    _add_moves(triage, service)
    _add_terms(triage, service)
    add_vendors(room, service)
    add_quarantine(room, service)
    add_summing(room, service)


def _add_reading(triage: click.Group, service: Callable[[], Service]) -> None:
    @triage.command(name="list", help="List cases, the oldest first.")
    @click.option("--state", default="", help="Only those in this state.")
    @click.option("--assignee", default="", help="Only those that this person answers for.")
    @click.option("--overdue", is_flag=True, help="Only those with a clock that has run out.")
    @click.option("--after", default="", help="Go on after this case.")
    @json_option
    def listed(state: str, assignee: str, overdue: bool, after: str) -> None:
        found = service().triage_list(state=state, assignee=assignee, overdue=overdue, after=after, by=current_actor())
        emit(found, [_line(each) for each in found] or ["No case."])

    @triage.command(help="Show a case, its clocks and its events.")
    @click.argument("case")
    @json_option
    def show(case: str) -> None:
        _emit(service().triage_show(case, by=current_actor()))

    @triage.command(help="Show what the reporter of a case sees of it.")
    @click.argument("case")
    @json_option
    def progress(case: str) -> None:
        found = service().triage_progress(case)
        emit(found, [f"{found.id}: {found.words}", *(_happened(each.at, each) for each in found.events)])

    @triage.command(help="Check that no event of a case, or of any, was changed or left out.")
    @click.argument("case", required=False, default="")
    @json_option
    def audit(case: str) -> None:
        found = service().triage_audit(case, by=current_actor())
        lines = [f"{each.case}: {each.events} events hold, {each.erased} texts were erased" for each in found]
        emit(found, lines or ["No case."])


def _add_judging(triage: click.Group, service: Callable[[], Service]) -> None:
    @triage.command(help="Say that somebody answers for a report.")
    @click.argument("case")
    @json_option
    def acknowledge(case: str) -> None:
        _emit(service().triage_acknowledge(case, by=current_actor()))

    @triage.command(help="Say how grave it is, by CVSS 4.0, by the scale of harms, and by SSVC's decision tables.")
    @click.argument("case")
    @click.option("--cvss", default="", help="A vector of CVSS 4.0.")
    @click.option("--harm", multiple=True, metavar="ASK=ANSWER", help="kind, recovery, reach, ease, safeguards.")
    @click.option("--ssvc", multiple=True, metavar="TABLE:ASK=ANSWER", help="An answer of a decision table.")
    @click.option("--severity", default="", help="Another severity than the scales say; takes a reason.")
    @click.option("--reason", default="", help="Why; the reporter reads it.")
    @json_option
    def assess(case: str, cvss: str, harm: tuple[str, ...], ssvc: tuple[str, ...], severity: str, reason: str) -> None:
        tables: dict[str, dict[str, str]] = {}
        for each in ssvc:
            table, _, rest = each.partition(":")
            tables.setdefault(table, {}).update(_pairs([rest]))
        _emit(
            service().triage_assess(
                case,
                cvss=cvss,
                harm=_pairs(harm),
                ssvc=tables,
                severity=severity,
                reason=reason,
                by=current_actor(),
            )
        )

    @triage.command(help="Say that models no longer show a weakness, and record it for each; the reporter is told.")
    @click.argument("case")
    @click.option("--model", "models", multiple=True, required=True, help="A model by its name in kept.toml.")
    @click.option("--version", required=True, help="What its makers call the version.")
    @click.option("--how", required=True, help="model, safeguard, system prompt, configuration or withdrawn.")
    @click.option("--evidence", multiple=True, type=int, help="The entry of a replay that shows it.")
    @click.option("--reason", default="", help="In words; the reporter and all vendors read it.")
    @json_option
    def fix(case: str, models: tuple[str, ...], version: str, how: str, evidence: tuple[int, ...], reason: str) -> None:
        made = service().triage_fix(
            case, models=models, version=version, how=how, evidence=evidence, reason=reason, by=current_actor()
        )
        _emit(wait_for(made))


def _add_moves(triage: click.Group, service: Callable[[], Service]) -> None:
    @triage.command(help="Say who answers for a case, by their id.")
    @click.argument("case")
    @click.argument("to")
    @json_option
    def assign(case: str, to: str) -> None:
        _emit(service().triage_assign(case, to, by=current_actor()))

    @triage.command(
        help="Move a case: assessing, reproduced, not reproduced, out of scope, fixing, regressed, reopened."
    )
    @click.argument("case")
    @click.argument("to")
    @REASON
    @json_option
    def move(case: str, to: str, reason: str) -> None:
        _emit(service().triage_move(case, to.replace("-", " "), reason=reason, by=current_actor()))

    @triage.command(help="Say that a case is the same weakness as an older one.")
    @click.argument("case")
    @click.argument("into")
    @REASON
    @json_option
    def merge(case: str, into: str, reason: str) -> None:
        _emit(service().triage_merge(case, into, reason=reason, by=current_actor()))

    @triage.command(help="Write something that the triage team alone reads.")
    @click.argument("case")
    @click.argument("text")
    @json_option
    def note(case: str, text: str) -> None:
        _emit(service().triage_note(case, text, by=current_actor()))

    @triage.command(help="End a case.")
    @click.argument("case")
    @REASON
    @json_option
    def close(case: str, reason: str) -> None:
        _emit(service().triage_close(case, reason=reason, by=current_actor()))

    @triage.command(help="Erase what was written with an event, for good; the chain still holds.")
    @click.argument("case")
    @click.argument("number", type=int)
    @REASON
    @json_option
    def erase(case: str, number: int, reason: str) -> None:
        _emit(service().triage_erase(case, number, reason=reason, by=current_actor()))


def _add_terms(triage: click.Group, service: Callable[[], Service]) -> None:
    @triage.command(help="Stop the clocks until the reporter writes, for at most as long as kept.toml allows.")
    @click.argument("case")
    @REASON
    @json_option
    def wait(case: str, reason: str) -> None:
        _emit(service().triage_wait(case, reason=reason, by=current_actor()))

    @triage.command(help="Let the clocks run again though the reporter didn't write.")
    @click.argument("case")
    @json_option
    def resume(case: str) -> None:
        _emit(service().triage_resume(case, by=current_actor()))

    @triage.command(help="Give a clock more days, before it runs out.")
    @click.argument("case")
    @click.argument("clock")
    @click.argument("days", type=int)
    @REASON
    @json_option
    def extend(case: str, clock: str, days: int, reason: str) -> None:
        _emit(service().triage_extend(case, clock, days, reason=reason, by=current_actor()))

    @triage.command(help="Keep a case unspoken of until a day.")
    @click.argument("case")
    @click.option("--until", required=True, metavar="YYYY-MM-DD", help="The day on which it ends, UTC.")
    @REASON
    @json_option
    def embargo(case: str, until: str, reason: str) -> None:
        _emit(service().triage_embargo(case, until=until, reason=reason, by=current_actor()))

    @triage.command(help="End the embargo of a case before its day.")
    @click.argument("case")
    @REASON
    @json_option
    def lift(case: str, reason: str) -> None:
        _emit(service().triage_lift(case, reason=reason, by=current_actor()))

    @triage.command(name="break", help="Record that somebody spoke before the day, and where.")
    @click.argument("case")
    @REASON
    @json_option
    def broken(case: str, reason: str) -> None:
        _emit(service().triage_break(case, reason=reason, by=current_actor()))


def _pairs(given: list[str] | tuple[str, ...]) -> dict[str, str]:
    """ "ask=answer" as a mapping; the service refuses what is none."""
    found = {}
    for each in given:
        name, _, value = each.partition("=")
        found[name.strip()] = value.strip()
    return found


def _line(case: Case) -> str:
    late = f"  OVERDUE: {', '.join(case.overdue)}" if case.overdue else ""
    return f"{case.id}  {case.received}  {case.state}  {case.severity or '-'}  {case.assignee or '-'}{late}"


def _emit(case: Case) -> None:
    lines = [_line(case)]
    if case.merged_into:
        lines.append(f"Merged into {case.merged_into}")
    if case.embargo != "none":
        lines.append(f"Embargo: {case.embargo}{f', until {case.embargo_until}' if case.embargo == 'holds' else ''}")
    lines += [f"{each.clock}: {each.standing}{f', due {each.due}' if each.due else ''}" for each in case.clocks]
    lines += [_happened(f"{each.number}. {each.at}", each, by=each.by) for each in case.events]
    lines.append(f"Next: {', '.join(case.moves)}")
    emit(case, lines)


def _happened(when: str, event: Event, *, by: str = "") -> str:
    parts = (when, event.kind, by, _more(event.details), "(erased)" if event.erased else event.text)
    return "  ".join(filter(None, parts))


def _more(details: Mapping[str, Any]) -> str:
    """What an event tells of beside its words: a day, a clock, another case."""
    told = {name: ("no", "yes")[value] if isinstance(value, bool) else value for name, value in details.items()}
    plain = [f"{name} {value}" for name, value in told.items() if isinstance(value, str | int) and value != ""]
    return f"({', '.join(plain)})" if plain else ""
