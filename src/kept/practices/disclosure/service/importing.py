"""The verb `import_report`: what others wrote in a format of their own comes in as a report."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kept.core.actor import Actor, check_role
from kept.core.context import Context
from kept.core.reference import load
from kept.errors import Invalid
from kept.practices.disclosure import PRACTICE
from kept.practices.disclosure.methods.bundles import write_bundle
from kept.practices.disclosure.records import Acknowledged, Report, Settings, Submission
from kept.practices.disclosure.service.intake import Intake
from kept.practices.disclosure.service.opening import Opening


class Importing(Intake, Opening):
    """Reads reports of other formats."""

    _context: Context
    _settings: Settings

    def import_report(self, data: bytes, *, kind: str, programme: str, model: str = "", by: Actor) -> Acknowledged:
        """Take in a report that stands in AVID's format, in that of a flaw report, or as an Inspect dataset.

        It is sealed to the triage keys like any other, and released at once, since whoever imports it has read it.
        `model` is the name in kept.toml that it is about. Raises Invalid for another kind, for what is malformed, or
        for a model that isn't in scope, and otherwise as `receive` does.
        """
        check_role(by, "triage", to="import reports")
        latest = self.programme_show(programme)
        if model and latest.covers(model) is None:
            raise Invalid(
                f"The model {model[:64]!r} isn't in the scope of {programme}.",
                code="import.model",
                hint=f"In scope: {', '.join(each.name for each in latest.scope)}.",
            )
        plain = write_bundle(replace(read_foreign(data, kind), model=model))
        sealed: bytes = self._age("encrypt")(plain, [each.recipient for each in self._recipients(readers="triagers")])
        made = Submission(self._context.entropy(16).hex(), programme, latest.version, "triagers")
        done = self._submitted(made, sealed, route="staff", by=by.id)
        self._release(done.report, plain, by=by)
        return done


def read_foreign(data: bytes, kind: str) -> Report:
    """The report in a document of a kind. Raises Invalid for a kind that isn't known, or a malformed document."""
    readers = PRACTICE.backends["import"]
    if kind not in readers:
        raise Invalid(f"{kind[:40]!r} is no format.", code="import.kind", hint=f"Formats: {', '.join(readers)}.")
    read: Any = load(readers[kind])
    found: Report = read(data)
    return found
