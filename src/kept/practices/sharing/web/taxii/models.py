"""The resources of TAXII 2.1 as OpenAPI declares them; answers are written from stored bytes, not from these."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from kept.practices.sharing.web.taxii.negotiation import MEDIA_TYPE


class ErrorMessage(BaseModel):
    """Section 3.6.1."""

    title: str
    description: str
    error_code: str
    http_status: str


class Discovery(BaseModel):
    """Section 4.1.1."""

    title: str
    api_roots: list[str]
    default: str | None = None
    contact: str | None = None


class ApiRoot(BaseModel):
    """Section 4.2.1."""

    title: str
    versions: list[str]
    max_content_length: int


class StatusDetail(BaseModel):
    """Section 4.3.2."""

    id: str
    version: str
    message: str | None = None


class Status(BaseModel):
    """Section 4.3.1."""

    id: str
    status: str
    request_timestamp: str
    total_count: int
    success_count: int
    failure_count: int
    pending_count: int
    successes: list[StatusDetail] | None = None
    failures: list[StatusDetail] | None = None


class CollectionResource(BaseModel):
    """Section 5.2.1."""

    id: str
    title: str
    can_read: bool
    can_write: bool
    media_types: list[str]
    description: str | None = None


class Collections(BaseModel):
    """Section 5.1.1."""

    collections: list[CollectionResource]


class ManifestEntry(BaseModel):
    """Section 5.3.2."""

    id: str
    date_added: str
    version: str
    media_type: str


class Manifest(BaseModel):
    """Section 5.3.1."""

    more: bool | None = None
    next: str | None = None
    objects: list[ManifestEntry] | None = None


class Envelope(BaseModel):
    """Section 3.7."""

    more: bool | None = None
    next: str | None = None
    objects: list[dict[str, Any]] | None = None


class Versions(BaseModel):
    """Section 5.8.1."""

    more: bool | None = None
    next: str | None = None
    versions: list[str] | None = None


_REFUSED = {
    400: "What was asked is malformed",
    401: "Nobody that is known",
    403: "Not yours to do",
    404: "Nothing there, or nothing that you may see",
    406: "No media type that you accept",
    413: "The body is too long",
    415: "The body is of another media type",
    422: "A signature does not hold",
    429: "More than your allowance",
    503: "Out of reach now",
}
ANSWERS: dict[int | str, dict[str, Any]] = {
    status: {"description": what, "content": {MEDIA_TYPE: {"schema": ErrorMessage.model_json_schema()}}}
    for status, what in _REFUSED.items()
}
_RESOURCES: dict[str, type[BaseModel]] = {
    "discovery": Discovery,
    "root": ApiRoot,
    "status": Status,
    "collections": Collections,
    "collection": CollectionResource,
    "manifest": Manifest,
    "objects": Envelope,
    "object": Envelope,
    "bring": Status,
    "versions": Versions,
}


def described(name: str, *, status: int = 200) -> dict[str, Any]:
    """How a route is declared: its id, and the shape of what it answers."""
    model = _RESOURCES.get(name)
    schema: dict[str, Any] = model.model_json_schema() if model else {"type": "object"}
    answer = {"description": "As asked", "content": {MEDIA_TYPE: {"schema": schema}}}
    return {
        "operation_id": f"taxii_{name}",
        "response_model": None,
        "status_code": status,
        "responses": {status: answer},
    }
