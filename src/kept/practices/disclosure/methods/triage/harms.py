"""The severity of a harm by an AI system: a published scale of four small tables, each complete.

CVSS scores what happens to a machine. A model that talks somebody into harm has no metric there; this scale asks about
people instead. A worse answer never lowers the severity. The tables stand in `data/ai-harms.toml`, and docs/triage.md
says what each answer means.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from kept.errors import Invalid
from kept.practices.disclosure.methods.triage.decisions import Ask, Table, document, read

SEVERITIES = ("low", "medium", "high", "critical")
ASKED = ("kind", "recovery", "reach", "ease", "safeguards")


@dataclass(frozen=True, slots=True)
class Harm:
    """The severity of a harm, and the steps that lead to it."""

    severity: str
    consequence: str
    exposure: str
    version: str


@cache
def tables() -> Mapping[str, Table]:
    """The tables of the scale by id, in the order in which they are read."""
    return {each["id"]: read(each) for each in document("ai-harms")["tables"]}


@cache
def version() -> str:
    """The version of the scale that ships with this package."""
    return str(document("ai-harms")["version"])


def asks() -> tuple[Ask, ...]:
    """What a person answers, in order; the other questions follow from these."""
    held = {ask.name: ask for table in tables().values() for ask in table.asks}
    return tuple(held[name] for name in ASKED)


def rate(answers: Mapping[str, str]) -> Harm:
    """The severity for one answer to each of `ASKED`. Raises Invalid for answers that are missing or others."""
    if unknown := sorted(set(answers) - set(ASKED)):
        raise Invalid(
            f"The scale of harms doesn't ask about {unknown[0][:40]!r}.",
            code="triage.answer",
            hint=f"It asks about {', '.join(ASKED)}.",
        )
    held = dict(answers)
    for table in tables().values():
        held[table.id] = table.decide({ask.name: held.get(ask.name, "") for ask in table.asks})
    return Harm(held["severity"], held["consequence"], held["exposure"], version())
