"""Reads an advisory that people wrote in TOML, and what the store keeps of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kept.errors import Invalid
from kept.practices.disclosure.methods.advisories.avid import DOMAINS, VIEWS
from kept.practices.disclosure.methods.written import first_wrong, read_toml
from kept.practices.disclosure.records.advisories import (
    Advisory,
    AdvisoryDraft,
    Decision,
    Link,
    Product,
    Remediation,
    Remedy,
    Reproduction,
    Revision,
    Standing,
)
from kept.practices.disclosure.records.programmes import Severity
from kept.practices.disclosure.records.triage import Cvss
from kept.predicates.predicate import Day, Digest, Line, Prose

LIMIT = 256 * 1024
ID = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"

_Domain = Annotated[str, Field(pattern=f"^({'|'.join(DOMAINS)})$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Product(_Part):
    family: Line
    version: Line
    standing: Standing
    digest: Digest | Literal[""] = ""


class _Remediation(_Part):
    remedy: Remedy
    text: Prose
    date: Day


class _Link(_Part):
    label: Line
    url: Annotated[str, Field(pattern=r"^https://[^\s<>\"]+$", max_length=2000)]


class _Written(_Part):
    id: Annotated[str, Field(pattern=ID)]
    title: Line
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")]
    severity: Severity
    summary: Prose
    details: Prose
    received: Day
    fixed: Day | Literal[""] = ""
    cve: Annotated[str, Field(pattern=r"^(CVE-[0-9]{4}-[0-9]{4,})?$")] = ""
    weakness: Annotated[str, Field(pattern=r"^(CWE-[1-9][0-9]{0,5}: [^\s].{0,200})?$")] = ""
    cvss: Annotated[str, Field(pattern=r"^(CVSS:4\.0(/[A-Z]{1,3}:[A-Za-z]+)+)?$", max_length=300)] = ""
    domains: tuple[_Domain, ...] = Field(default=(), max_length=3)
    views: tuple[Line, ...] = Field(default=(), max_length=16)
    reports: tuple[Annotated[str, Field(pattern=r"^r-[0-9a-f]{16}$")], ...] = Field(default=(), max_length=256)
    credits: tuple[Line, ...] = Field(default=(), max_length=256)
    products: tuple[_Product, ...] = Field(min_length=1, max_length=256)
    remediations: tuple[_Remediation, ...] = Field(min_length=1, max_length=64)
    links: tuple[_Link, ...] = Field(default=(), max_length=64)


def read_draft(data: bytes, *, where: str, score: Callable[[str], Cvss]) -> AdvisoryDraft:
    """The advisory written in TOML of at most 256 KiB; `score` scores a CVSS vector.

    Raises Invalid, naming `where` and what is wrong in it, and what `score` raises.
    """
    if len(data) > LIMIT:
        raise Invalid(f"{where} has {len(data)} bytes; at most {LIMIT} are read.", code="advisory.too-large")
    try:
        written = _Written.model_validate(read_toml(data))
    except (ValidationError, ValueError) as error:
        raise Invalid(
            f"{where} is no advisory: {first_wrong(error)}.",
            code="advisory.malformed",
            hint="Begin with the example: kept disclosure advisory example",
        ) from error
    _check(written, where)
    made = written.model_dump(exclude={"cvss", "reports", "products", "remediations", "links", "summary", "details"})
    advisory = Advisory(
        **made,
        summary=written.summary.strip(),
        details=written.details.strip(),
        products=tuple(Product(**each.model_dump()) for each in written.products),
        remediations=tuple(Remediation(**each.model_dump()) for each in written.remediations),
        links=tuple(Link(**each.model_dump()) for each in written.links),
        score=score(written.cvss) if written.cvss else None,
    )
    return AdvisoryDraft(advisory, written.reports)


def advisory_of(document: Mapping[str, Any]) -> Advisory:
    """The advisory whose fields these plain JSON values are, read back from the store."""
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in document.items()
    }
    for name, kind in (("products", Product), ("remediations", Remediation), ("links", Link), ("revisions", Revision)):
        values[name] = tuple(kind(**each) for each in values[name])
    for name, part in (("score", Cvss), ("reproduction", Reproduction)):
        values[name] = part(**values[name]) if values[name] else None
    if held := values.get("decision"):
        answers = tuple((ask, answer) for ask, answer in held["answers"])
        values["decision"] = Decision(**{**held, "answers": answers})
    return Advisory(**values)


def _check(written: _Written, where: str) -> None:
    wrong = ""
    if unknown := [each for each in written.views if each not in VIEWS]:
        wrong = f"views: {unknown[0]!r} is no view of the AVID taxonomy"
    elif len({(each.family, each.version) for each in written.products}) != len(written.products):
        wrong = "products names one version twice"
    elif written.fixed and written.fixed < written.received:
        wrong = "it was fixed before it was received"
    elif written.fixed and not any(each.standing == "fixed" for each in written.products):
        wrong = f"it was fixed, and no version is; standing is one of {', '.join(get_args(Standing))}"
    elif written.credits and not written.reports:
        wrong = "credits needs the reports whose reporters are named"
    if wrong:
        raise Invalid(f"{where} is no advisory: {wrong}.", code="advisory.malformed")
