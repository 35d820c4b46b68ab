"""The written parts of a report: the current one of each section, and the release reports that bind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kept.errors import Unverified
from kept.practices.reporting.methods.governance.reading import earlier, every, readable
from kept.practices.reporting.records import Known
from kept.predicates.release_report import STATES, ReleaseReport
from kept.predicates.written_part import ORGANISATION_WIDE, SECTIONS, WrittenPart

Parts = Mapping[int, tuple[Known, WrittenPart]]


@dataclass(frozen=True, slots=True)
class Reported:
    """A release report that can be read, and which of the promised contents its parts still state."""

    known: Known
    report: ReleaseReport
    stated: Mapping[str, bool]

    @property
    def sections(self) -> Mapping[str, int]:
        """The part that it binds for each section, by ledger index."""
        return {part.section: part.index for part in self.report.parts}


def reports(known: Sequence[Known]) -> tuple[Reported, ...]:
    """Every release report that can be read.

    Raises Unverified for one that binds what is no earlier written part of the same section about its model.
    A part that was erased, withheld or voided since states nothing any more.
    """
    parts = _parts(known)
    return tuple(_reported(each, report, known, parts) for each, report in readable(known, ReleaseReport))


def current(known: Sequence[Known], found: Sequence[Reported]) -> Mapping[str, Reported]:
    """By model, the report that stands: the last one, unless it is withdrawn or can't be read."""
    last = {each.model: each.index for each in known if each.predicate == ReleaseReport.of_type}
    return {
        each.known.model: each
        for each in found
        if last[each.known.model] == each.known.index and not each.report.withdrawn
    }


def sections(known: Sequence[Known], models: Sequence[str], standing: Mapping[str, Reported]) -> list[dict[str, Any]]:
    """For the organisation (an empty model) and each model: every section, by whom and when, or that it is missing."""
    parts = _parts(known)
    lost = [each for each, part in every(known, WrittenPart) if part is None]
    found = []
    for model in ("", *models):
        wanted = SECTIONS if model else ORGANISATION_WIDE
        report = standing.get(model)
        listed = [_section(section, model, parts, report) for section in wanted]
        found.append(
            {
                "model": model,
                "report": report.known.index if report else None,
                "sections": listed,
                "missing": [each["section"] for each in listed if each["state"] != "written"],
                "unreadable": [each.index for each in lost if each.model == model],
            }
        )
    return found


def _section(section: str, model: str, parts: Parts, report: Reported | None) -> dict[str, Any]:
    own = _written(section, model, parts) or (_written(section, "", parts) if section in ORGANISATION_WIDE else [])
    if not own:
        return {"section": section, "state": "not written", "part": None, "bound": False, "history": []}
    *older, (index, known, part) = own
    return {
        "section": section,
        "state": "withheld" if part.text is None else "written",
        "part": {
            "index": index,
            "model": part.model,
            "author": part.author,
            "role": part.role,
            "date": part.date,
            "issued": part.issued,
            "actors": list(known.actors),
            "text": part.text,
        },
        "bound": report is not None and report.sections.get(section) == index,
        "history": [{"index": index, "author": old.author, "date": old.date} for index, _, old in older],
    }


def _written(section: str, model: str, parts: Parts) -> list[tuple[int, Known, WrittenPart]]:
    return [
        (index, known, part)
        for index, (known, part) in parts.items()
        if part.section == section and part.model == model
    ]


def _parts(known: Sequence[Known]) -> Parts:
    return {each.index: (each, part) for each, part in readable(known, WrittenPart)}


def _reported(each: Known, report: ReleaseReport, known: Sequence[Known], parts: Parts) -> Reported:
    stating = set()
    for bound in report.parts:
        found = earlier(known, bound.index, than=each, called=ReleaseReport.called)
        _, part = parts.get(bound.index, (None, None))
        fits = found.predicate == WrittenPart.of_type and found.model in ("", each.model)
        if not fits or (part is not None and part.section != bound.section):
            raise Unverified(
                f"The release report at index {each.index} binds the statement {bound.index} as its {bound.section}, "
                "which is no such part about its model.",
                code="report.part",
            )
        if part is not None and part.text is not None:
            stating.add(bound.section)
    return Reported(each, report, {name: section in stating for name, section in STATES.items()})
