"""The programmes for programs: every published version, as it stands in the statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from kept.practices.disclosure.methods.programmes import published_document

if TYPE_CHECKING:
    from kept.practices.disclosure.records import Programme
    from kept.practices.disclosure.service import Service

NAME = Path(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$", description="The programme's name.")
MISSING: dict[int | str, dict[str, Any]] = {
    400: {"description": "The request is malformed"},
    404: {"description": "There is no such programme, or no such version of it"},
    429: {"description": "Too many requests by this caller; Retry-After says when to come back"},
}


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


def add_programmes(routes: APIRouter, service: Callable[[], Service]) -> None:
    """GET `/programmes` and `/programmes/{name}`."""

    @routes.get("/programmes", responses={429: MISSING[429]})
    def programmes() -> Programmes:
        """Every programme that takes reports."""
        return Programmes(programmes=[told(each) for each in service().programme_list()])

    @routes.get("/programmes/{name}", responses=MISSING)
    def programme(name: str = NAME, version: int = Query(0, ge=0, le=1_000_000)) -> PublicProgramme:
        """A version of a programme; 0 stands for the latest."""
        return told(service().programme_show(name, version=version))


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
