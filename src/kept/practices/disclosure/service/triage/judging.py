"""The verb that says how grave a weakness is, by published scales."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from kept.core.actor import Actor, check_role
from kept.core.reference import load
from kept.errors import Invalid
from kept.practices.disclosure.methods.triage import harms
from kept.practices.disclosure.methods.triage.decisions import SSVC, ssvc
from kept.practices.disclosure.methods.triage.states import allowed
from kept.practices.disclosure.records.triage import Assessment, Case, Cvss
from kept.practices.disclosure.service.triage.casebook import Casebook
from kept.practices.disclosure.service.triage.reading import Reading

CVSS_SEVERITIES = {"none": "low", "low": "low", "medium": "medium", "high": "high", "critical": "critical"}


class Judging(Reading):
    """Assesses cases."""

    def triage_assess(
        self,
        case: str,
        *,
        cvss: str = "",
        harm: Mapping[str, str] | None = None,
        ssvc: Mapping[str, Mapping[str, str]] | None = None,
        severity: str = "",
        reason: str = "",
        by: Actor,
    ) -> Case:
        """Say how grave a weakness is: by a CVSS 4.0 vector, by the scale of harms, and by decision tables.

        The severity is the graver of the two scales. Where a triager says another, that takes a reason, which is kept
        beside what the scales say. `ssvc` holds the answers for each table by its name. The reporter is told the
        severity. A case that was waiting to be looked at is now being assessed.

        Raises Denied without the role, NotFound, Invalid for answers that are none or where nothing was assessed, and
        Unavailable where the package cvss is missing.
        """
        check_role(by, "triage", to="assess reports")
        found = self._assessment(cvss, harm or {}, ssvc or {}, severity=severity, reason=reason)

        def work(connection: Connection) -> None:
            book = Casebook(self._context)
            if "assessing" in allowed(book.row(connection, case).state):
                book.append(connection, case, "assessing", by=by.id, audience="reporter")
            book.append(
                connection,
                case,
                "assessed",
                by=by.id,
                audience="reporter",
                details=found.document(),
                text=reason.strip(),
            )

        return self._changed(case, work)

    def _assessment(
        self,
        cvss: str,
        harm: Mapping[str, str],
        tables: Mapping[str, Mapping[str, str]],
        *,
        severity: str,
        reason: str,
    ) -> Assessment:
        score: Cvss | None = load(self._context.backends["score"]["cvss4"])(cvss) if cvss else None
        scales = [CVSS_SEVERITIES[score.severity]] if score else []
        answers = dict(harm)
        if harm:
            rated = harms.rate(harm)
            scales.append(rated.severity)
            answers |= {"severity": rated.severity, "version": rated.version}
        decided = {name: {**given, "outcome": ssvc(name).decide(given)} for name, given in tables.items()}
        return Assessment(_severity(scales, severity, reason), score, answers, decided)


def _severity(scales: list[str], said: str, reason: str) -> str:
    """The graver of the scales, or what was said in its stead, with a reason."""
    if said and said not in harms.SEVERITIES:
        raise Invalid(
            f"{said[:40]!r} is no severity.", code="triage.severity", hint=f"Severities: {', '.join(harms.SEVERITIES)}."
        )
    found = max(scales, key=harms.SEVERITIES.index, default="")
    if said and said != found and not reason.strip():
        raise Invalid(
            f"The scales say {found or 'nothing'}, and another severity takes a reason.", code="triage.severity"
        )
    if not (said or found):
        raise Invalid(
            "Nothing says how grave it is.",
            code="triage.severity",
            hint="Give a CVSS vector, answers to the scale of harms, or a severity with a reason; "
            f"tables: {', '.join(SSVC)}.",
        )
    return said or found
