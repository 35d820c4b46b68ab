"""Posted forms: bounded, and only from our own pages."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from kept.errors import Denied, Invalid
from kept.interface.pages import MediaTypeError, body
from kept.interface.portal.refilling import TYPED
from kept.interface.portal.visiting import visitor

if TYPE_CHECKING:
    from fastapi import Request

KIND = "application/x-www-form-urlencoded"
FIELDS = 512
_HEADER = "x-csrf"


class Fields(dict[str, str]):
    """The fields of a form by name; of a field that was given several times, the last, and all by `many`."""

    def __init__(self, given: list[tuple[str, str]]) -> None:
        super().__init__(given)
        self._given = given

    def many(self, name: str) -> tuple[str, ...]:
        """Every value of a field, in order."""
        return tuple(value for key, value in self._given if key == name)


async def form(request: Request, *, limit: int = 65536) -> Fields:
    """The fields of a posted form of at most `limit` bytes, which came from a page of ours.

    Raises TooLargeError, MediaTypeError, Invalid for one that can't be read, and Denied where the field `csrf` (or the
    header X-CSRF) isn't what this visitor was given.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != KIND:
        raise MediaTypeError("This isn't a form.", code="form.kind", hint=f"Send {KIND}.")
    data = await body(request, limit=limit, code="form.large")
    try:
        given = parse_qsl(data.decode(), keep_blank_values=True, errors="strict", max_num_fields=FIELDS)
    except ValueError as error:
        raise Invalid(f"The form can't be read, or has over {FIELDS} fields.", code="form.malformed") from error
    fields = Fields(given)
    check_form(request, fields.pop("csrf", ""))
    request.scope[TYPED] = fields
    return fields


def check_form(request: Request, token: str = "") -> None:
    """Raises Denied where a request didn't come from a page of ours, which `token`, or else X-CSRF, proves."""
    visiting = visitor(request)
    if visiting.by_key:
        return
    given = token or request.headers.get(_HEADER, "")
    if not (given.isascii() and given and hmac.compare_digest(given, visiting.csrf)):
        raise Denied(
            "The form is too old, or came from elsewhere.", code="form.foreign", hint="Load the page and send it again."
        )
