"""The verbs of the written parts, and of the release report that binds them."""

from __future__ import annotations

from kept.core.actor import Actor
from kept.core.trust.reading import nearest
from kept.errors import Conflict, Invalid
from kept.practices.reporting.methods.governance.reading import readable
from kept.practices.reporting.methods.governance.sections import current, reports
from kept.practices.reporting.records import Written
from kept.practices.reporting.service.room import Room
from kept.predicates.release_report import ReleaseReport
from kept.predicates.written_part import CONCEALED, ORGANISATION_WIDE, SECTIONS, Section, WrittenPart


class Writing(Room):
    """Records what people write, and what a report is made of."""

    def write(
        self, section: str, text: str, *, author: str, role: str, model: str = "", date: str = "", by: Actor
    ) -> Written:
        """Record the text of a section about a model, or about the whole organisation, by its author and day.

        An earlier text of the same section stays in the log as history. Raises Invalid for a section that doesn't
        exist (naming the nearest) and for a text that is empty, too long or can't be seen; NotFound for the model.
        """
        if section not in SECTIONS:
            raise Invalid(
                f"There is no section {section[:64]!r}.", code="section.unknown", hint=nearest(section, SECTIONS)
            )
        found = self._model(model) if model else {"id": "", "name": ""}
        issued = self._now()
        made = WrittenPart.of(
            section=section,
            model=found["id"],
            text=text.replace("\r\n", "\n").strip(),
            author=author.strip(),
            role=role.strip(),
            date=date or issued[:10],
            issued=issued,
            by=by.id,
        )
        statement = made.to_statement(model_name=found["name"])
        index = self._record(statement, model=made.model, conceal=CONCEALED, by=by)
        return Written(index, made.section, made.model)

    def release_report(self, model: str, *, withdraw: str = "", by: Actor) -> Written:
        """Bind the written parts of a model, as they stand now, into its report; or withdraw the one that stands.

        Raises NotFound for the model, and Conflict where nothing is written, or no report stands that could go.
        """
        found = self._model(model)
        known = self._known()
        issued = self._now()
        if withdraw.strip():
            if found["id"] not in current(known, reports(known)):
                raise Conflict(f"No report of {found['name']} stands.", code="release-report.none")
            made = ReleaseReport.binding({}, model=found["id"], reason=withdraw.strip(), issued=issued, by=by.id)
        else:
            parts: dict[Section, int] = {}
            for each, part in readable(known, WrittenPart):
                wide = not part.model and part.section in ORGANISATION_WIDE
                own = part.section in parts and known[parts[part.section]].model
                if part.text is not None and (part.model == found["id"] or (wide and not own)):
                    parts[part.section] = each.index
            if not parts:
                raise Conflict(
                    f"Nothing is written about {found['name']}.",
                    code="release-report.empty",
                    hint="Write its sections: kept reporting write",
                )
            ordered = {section: parts[section] for section in SECTIONS if section in parts}
            made = ReleaseReport.binding(ordered, model=found["id"], issued=issued, by=by.id)
        index = self._record(made.to_statement(model_name=found["name"]), model=made.model, by=by)
        sections = tuple(part.section for part in made.parts)
        return Written(index, "", made.model, sections, tuple(each for each in SECTIONS if each not in sections))
