"""The programmes for people and for programs: every published version, as it stands in the statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, PlainTextResponse
from pydantic import BaseModel, Field

from kept.core.money import minor
from kept.interface.portal import page
from kept.practices.disclosure.methods.programmes import published_document
from kept.practices.disclosure.web.addresses import PACKAGE, texts

if TYPE_CHECKING:
    from kept.practices.disclosure.records import Programme
    from kept.practices.disclosure.service import Service

NAME = Path(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$", description="The programme's name.")
MISSING: dict[int | str, dict[str, Any]] = {
    400: {"description": "The request is malformed"},
    404: {"description": "There is no such programme, or no such version of it"},
    429: {"description": "Too many requests by this caller; Retry-After says when to come back"},
    503: {"description": "Nobody can read reports here yet, or the store is out of reach"},
}
Readers = Literal["triagers", "triagers and replay"]


class PublicProgramme(BaseModel):
    """A published version of a programme; `digest` is the SHA-256 of the canonical JSON of `document`."""

    name: str
    version: int
    active: bool = Field(description="Whether it takes reports.")
    published: str = Field(description="When (UTC).")
    digest: str
    scope_digest: str
    rules_digest: str
    safe_harbour_digest: str
    recorded: list[int] = Field(description="The ledger entries of its statements, one for each model.")
    document: dict[str, Any] = Field(description="All that it says.")


class Programmes(BaseModel):
    """The programmes that take reports."""

    programmes: list[PublicProgramme]


class Recipients(BaseModel):
    """The public keys of age to which a report is encrypted."""

    recipients: list[str]


def add_programmes(routes: APIRouter, service: Callable[[], Service]) -> None:
    """The public page at `/`, `/programmes`, and the keys at `/recipients` and `/recipients.txt`."""

    @routes.get("/", include_in_schema=False)
    def public(request: Request) -> HTMLResponse:
        told = texts(programmes=service().programme_list(), minor=minor)
        return page(request, PACKAGE, "public.html.j2", public=True, **told)

    @routes.get("/programmes", responses={429: MISSING[429], 503: MISSING[503]})
    def programmes() -> Programmes:
        """Every programme that takes reports."""
        return Programmes(programmes=[told(each) for each in service().programme_list()])

    @routes.get("/programmes/{name}", responses=MISSING)
    def programme(name: str = NAME, version: int = Query(0, ge=0, le=1_000_000)) -> PublicProgramme:
        """A version of a programme; 0 stands for the latest."""
        return told(service().programme_show(name, version=version))

    @routes.get("/recipients", responses={each: MISSING[each] for each in (400, 429, 503)})
    def recipients(readers: Readers = "triagers") -> Recipients:
        """The keys to encrypt a report to: the triage team's, and the isolated replay worker's where it may read."""
        return Recipients(recipients=list(service().recipients(readers=readers)))

    @routes.get("/recipients.txt", response_class=PlainTextResponse, responses={429: MISSING[429], 503: MISSING[503]})
    def recipients_file() -> PlainTextResponse:
        """The triage team's keys as a recipients file of age: `age -R recipients.txt`."""
        lines = ["# To whom reports of weaknesses are encrypted.", *service().recipients(readers="triagers")]
        return PlainTextResponse("\n".join(lines) + "\n")


def told(made: Programme) -> PublicProgramme:
    """The programme for the public."""
    return PublicProgramme(
        name=made.name,
        version=made.version,
        active=made.active,
        published=made.published,
        digest=made.digest,
        scope_digest=made.scope_digest,
        rules_digest=made.rules_digest,
        safe_harbour_digest=made.safe_harbour_digest,
        recorded=list(made.recorded),
        document=published_document(made.draft, made.scope, version=made.version, active=made.active),
    )
