"""Where reports come in: the form that encrypts in the browser, its interface, and the slow queue beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from kept.errors import Invalid
from kept.interface.portal import check_form, page, signed_in
from kept.practices.disclosure.records import Submission
from kept.practices.disclosure.web.addresses import PACKAGE, texts
from kept.practices.disclosure.web.programmes import MISSING, NAME
from kept.practices.disclosure.web.uploads import Desk

if TYPE_CHECKING:
    from kept.practices.disclosure.records import Acknowledged
    from kept.practices.disclosure.service import Service

REQUIRED = ("submission", "programme", "version", "readers")
OPTIONAL = ("handle", "secret", "recipient", "proof")
_TEXT = {"type": "string"}
UPLOAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "submission": {**_TEXT, "pattern": "^[0-9a-f]{32}$"},
                        "programme": {**_TEXT, "pattern": "^[a-z0-9][a-z0-9-]{0,63}$"},
                        "version": {"type": "integer", "minimum": 1, "maximum": 1_000_000},
                        "readers": {"enum": ["triagers", "triagers and replay"]},
                        **dict.fromkeys(OPTIONAL, _TEXT),
                        "report": {"type": "string", "format": "binary"},
                    },
                    "required": [*REQUIRED, "report"],
                }
            }
        },
    }
}
REFUSALS: dict[int | str, dict[str, Any]] = {
    **MISSING,
    409: {"description": "The programme has a newer version, or the id or code was used otherwise"},
    413: {"description": "The report is too large"},
    415: {"description": "Not a form with a file"},
}


IMPORT_BYTES = 8 * 1024 * 1024
IMPORTED: dict[int | str, dict[str, Any]] = {
    **MISSING,
    401: {"description": "Nobody has signed in"},
    403: {"description": "Your account may not do this, or the request came from elsewhere"},
    413: {"description": "The document is too large"},
}
Format = Literal["avid", "flare", "inspect"]
QUERY = Query(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$", description="The programme's name.")
_JSON: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {}}, "application/jsonl": {"schema": {}}},
    }
}


class Receipt(BaseModel):
    """A report that is durable, and what its reporter needs to prove what was promised."""

    report: str = Field(description="The report's number.")
    received: str = Field(description="When (UTC).")
    programme: str
    version: int
    digest: str = Field(description="SHA-256 of the salt and the SHA-256 of the sealed report; the statement has it.")
    salt: str = Field(description="32 bytes in hex, which only the reporter is given.")
    recorded: int = Field(description="The ledger entry that says that it came, and under which promises.")
    scope_digest: str
    safe_harbour_digest: str


class Parameters(BaseModel):
    """What is to be found: a counter whose derived key begins with a prefix."""

    algorithm: str
    cost: int = Field(description="Iterations of PBKDF2 for one try.")
    keyLength: int
    keyPrefix: str
    nonce: str
    salt: str
    data: dict[str, int]


class Challenge(BaseModel):
    """Work to do for one report, as ALTCHA's version 2 has it."""

    parameters: Parameters
    signature: str


def add_reporting(routes: APIRouter, service: Callable[[], Service], desk: Desk) -> None:
    """Where reports come in: by the form, in a format of others, and by the upload of whoever has no JavaScript."""
    _add_form(routes, service, desk)
    _add_imports(routes, service, desk)
    _add_upload(routes, service, desk)


def _add_form(routes: APIRouter, service: Callable[[], Service], desk: Desk) -> None:
    """GET `/report/{name}`, and what it asks: GET `/challenge`, POST `/reports`."""

    @routes.get("/report/{name}", include_in_schema=False)
    def form(request: Request, name: str = NAME) -> HTMLResponse:
        made = service().programme_show(name)
        shown = texts(programme=made, replay=service().has_worker())
        return page(request, PACKAGE, "report.html.j2", settled=True, scripts=("report.js",), **shown)

    @routes.get("/challenge", responses={429: MISSING[429], 503: MISSING[503]})
    def challenge() -> Challenge:
        """Work that a report costs its sender; it counts for one report, for half an hour."""
        return Challenge.model_validate(service().challenge())

    @routes.post("/reports", status_code=201, responses=REFUSALS, openapi_extra=UPLOAD)
    async def report(request: Request) -> Receipt:
        """Takes in a sealed report: an age file to the keys of `/recipients`, in the field `report` of a form.

        `submission` is an id of your own: sent again, nothing changes, and the answer is the same. `handle`, `secret`
        and `recipient` follow from a receipt code; without them there is no thread. Without `proof`, the report waits
        in a slow queue.
        """
        async with desk.form(request, file="report", limit=service().settings.report_bytes) as (fields, sealed):
            made = await run_in_threadpool(lambda: service().submit(_submission(fields), sealed))
        return _told(made)


def _add_imports(routes: APIRouter, service: Callable[[], Service], desk: Desk) -> None:
    """POST `/imports`."""

    @routes.post("/imports", status_code=201, responses=IMPORTED, openapi_extra=_JSON)
    async def imported(
        request: Request, format: Format, programme: str = QUERY, model: str = Query("", max_length=64)
    ) -> Receipt:
        """Takes in a report that others wrote in a format of their own; it takes the role triage."""
        by = signed_in(request, "triage")
        check_form(request)
        async with desk.content(request, limit=IMPORT_BYTES) as data:
            made = await run_in_threadpool(
                lambda: service().import_report(data, kind=format, programme=programme, model=model, by=by)
            )
        return _told(made)


def _add_upload(routes: APIRouter, service: Callable[[], Service], desk: Desk) -> None:
    """GET and POST `/upload/{name}`."""

    @routes.get("/upload/{name}", include_in_schema=False)
    def upload_form(request: Request, name: str = NAME) -> HTMLResponse:
        return page(request, PACKAGE, "upload.html.j2", **texts(blank=service().upload_begin(name), made=None))

    @routes.post("/upload/{name}", include_in_schema=False)
    async def upload(request: Request, name: str = NAME) -> HTMLResponse:
        async with desk.form(request, file="report", limit=service().settings.report_bytes) as (fields, sealed):
            check_form(request, fields.pop("csrf", ""))
            submission = _slowly(fields, name)
            made = await run_in_threadpool(lambda: service().submit(submission, sealed))
        access = f"{submission.handle}.{submission.secret}" if submission.handle else ""
        return page(request, PACKAGE, "upload.html.j2", **texts(made=made, access=access, blank=None))


def _submission(fields: Mapping[str, str]) -> Submission:
    unknown = sorted(set(fields) - {*REQUIRED, *OPTIONAL})
    lacking = [name for name in REQUIRED if name not in fields]
    if unknown or lacking or not fields["version"].isdecimal() or len(fields["version"]) > 7:
        what = (
            f"has no field {unknown[0][:40]!r}" if unknown else f"lacks {lacking[0]}" if lacking else "has no version"
        )
        raise Invalid(f"The form {what}.", code="report.form", hint="See /openapi.json.")
    told: dict[str, Any] = {**fields, "version": int(fields["version"])}
    return Submission(**told)


def _slowly(fields: Mapping[str, str], name: str) -> Submission:
    """What comes with an upload; its thread is opened by what was given, or else by what the page drew."""
    recipient = fields.get("recipient", "").strip()
    access = (fields.get("access", "").strip() or fields.get("drawn", "")) if recipient else ""
    handle, _, secret = access.partition(".")
    version = fields.get("version", "")
    if not version.isdecimal() or len(version) > 7:
        raise Invalid("The form has no version.", code="report.form", hint="Load the page again.")
    return Submission(fields.get("submission", ""), name, int(version), "triagers", handle, secret, recipient)


def _told(made: Acknowledged) -> Receipt:
    return Receipt(**asdict(made))
