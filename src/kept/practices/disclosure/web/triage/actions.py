"""What can be done from the page of a case: the verb of the service for each form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, get_args

from kept.core.actor import Actor
from kept.errors import Invalid
from kept.interface.portal import Fields
from kept.practices.disclosure.methods.triage import harms
from kept.practices.disclosure.methods.triage.decisions import SSVC
from kept.predicates.disclosure_fix import How

if TYPE_CHECKING:
    from kept.practices.disclosure.records.triage import Case
    from kept.practices.disclosure.service import Service

BY_HAND = ("assessing", "reproduced", "not reproduced", "out of scope", "fixing", "regressed", "reopened")
"""The moves that a form offers; `triage_move` takes no others."""
HOWS: tuple[str, ...] = get_args(How)
"""What may have been changed where a weakness is fixed."""
Action = Callable[["Service", str, Fields, Actor], object]
"""Returns a text that is shown this once, or anything else; or what gives that, where models are opened for it."""


def _assess(service: Service, case: str, given: Fields, by: Actor) -> object:
    """The fields "harm:<ask>" and "ssvc:<table>:<ask>" are answers; a table without any isn't asked."""
    harm = _answers(given, "harm:")
    tables = {name: _answers(given, f"ssvc:{name}:") for name in SSVC}
    return service.triage_assess(
        case,
        cvss=given.get("cvss", "").strip(),
        harm=harm if set(harm) & set(harms.ASKED) else None,
        ssvc={name: answers for name, answers in tables.items() if answers},
        severity=given.get("severity", ""),
        reason=given.get("reason", ""),
        by=by,
    )


def _extend(service: Service, case: str, given: Fields, by: Actor) -> object:
    days = number(given.get("days", ""), "days")
    return service.triage_extend(case, given.get("clock", ""), days, reason=given.get("reason", ""), by=by)


def _invite(service: Service, case: str, given: Fields, by: Actor) -> object:
    days = number(given.get("days", ""), "days")
    return service.vendors_invite(case, given.get("name", ""), side=given.get("side", ""), days=days, by=by).token


def _share(service: Service, case: str, given: Fields, by: Actor) -> object:
    chosen = given.many("vendor")
    if not chosen:
        raise Invalid("Nobody was chosen.", code="vendors.nobody", hint="Tick who is to be told.")
    return service.vendors_share(case, given.get("text", ""), vendors=chosen, by=by)


async def _fix(service: Service, case: str, given: Fields, by: Actor) -> object:
    """Say that models no longer show a weakness; `evidence` are entries with spaces between."""
    entries = [number(each, "evidence") for each in given.get("evidence", "").split()]
    known = models_of(service, service.triage_show(case, by=by))
    if other := [each for each in given.many("model") if each not in known]:
        raise Invalid(
            f"{other[0][:64]!r} is no model of this case.", code="triage.fix", hint="Choose one of its scope."
        )
    return await service.triage_fix(
        case,
        models=given.many("model"),
        version=given.get("version", "").strip(),
        how=given.get("how", ""),
        evidence=entries,
        reason=given.get("reason", ""),
        by=by,
    )


ACTIONS: Mapping[str, Action] = {
    "acknowledge": lambda service, case, given, by: service.triage_acknowledge(case, by=by),
    "assess": _assess,
    "assign": lambda service, case, given, by: service.triage_assign(case, given.get("to", ""), by=by),
    "move": lambda service, case, given, by: service.triage_move(case, given.get("to", ""), reason=_why(given), by=by),
    "merge": lambda service, case, given, by: service.triage_merge(
        case, given.get("into", "").strip(), reason=_why(given), by=by
    ),
    "wait": lambda service, case, given, by: service.triage_wait(case, reason=_why(given), by=by),
    "resume": lambda service, case, given, by: service.triage_resume(case, by=by),
    "extend": _extend,
    "embargo": lambda service, case, given, by: service.triage_embargo(
        case, until=given.get("until", ""), reason=_why(given), by=by
    ),
    "lift": lambda service, case, given, by: service.triage_lift(case, reason=_why(given), by=by),
    "break": lambda service, case, given, by: service.triage_break(case, reason=_why(given), by=by),
    "note": lambda service, case, given, by: service.triage_note(case, given.get("text", ""), by=by),
    "close": lambda service, case, given, by: service.triage_close(case, reason=_why(given), by=by),
    "fix": _fix,
    "erase": lambda service, case, given, by: service.triage_erase(
        case, number(given.get("number", ""), "number"), reason=_why(given), by=by
    ),
    "reply": lambda service, case, given, by: service.reply(case, given.get("text", ""), by=by),
    "audit": lambda service, case, given, by: service.triage_audit(case, by=by)[0],
    "credit": lambda service, case, given, by: service.credit_give(case, given.get("name", ""), by=by),
    "uncredit": lambda service, case, given, by: service.credit_withdraw(case, by=by),
    "name": lambda service, case, given, by: service.contest_name(case, given.get("name", "").strip(), by=by),
    "shut": lambda service, case, given, by: service.receipt_close(case, by=by),
    "discard": lambda service, case, given, by: service.discard(case, by=by),
    "invite": _invite,
    "renew": lambda service, case, given, by: service.vendors_renew(_vendor(service, case, given, by), by=by).token,
    "revoke": lambda service, case, given, by: service.vendors_revoke(
        _vendor(service, case, given, by), reason=_why(given), by=by
    ),
    "share": _share,
}


def models_of(service: Service, case: Case) -> tuple[str, ...]:
    """The models in the scope of the programme that a case came under, as the workspace names them."""
    if not case.programme:
        return ()
    return tuple(each.name for each in service.programme_show(case.programme, version=case.version).scope)


def _vendor(service: Service, case: str, given: Fields, by: Actor) -> str:
    """The vendor of a form, who must be one of this case."""
    chosen = given.get("vendor", "")
    if chosen not in [each.id for each in service.vendors_list(case, by=by)]:
        raise Invalid("Nobody of this case was chosen.", code="vendors.nobody", hint="Choose one of its vendors.")
    return chosen


def _why(given: Fields) -> str:
    return given.get("reason", "")


def _answers(given: Fields, prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): value for name, value in given.items() if name.startswith(prefix) and value}


def number(text: str, name: str) -> int:
    """A whole number of a form. Raises Invalid."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 6):
        raise Invalid(f"The field {name} is no whole number.", code="triage.number")
    return int(text)
