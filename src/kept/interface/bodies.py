"""JSON bodies that are objects of a declared shape: bounded before they are read, and refused in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from kept.core import canonical
from kept.errors import Invalid
from kept.interface.pages import MediaTypeError, body

if TYPE_CHECKING:
    from fastapi import Request

KIND = "application/json"
Shape = TypeVar("Shape", bound=BaseModel)


async def read_json(request: Request, shape: type[Shape], *, limit: int) -> Shape:
    """What a body of at most `limit` bytes says. The framework would read as much of it as anybody sends.

    Raises TooLargeError, MediaTypeError for what says that it is no JSON, and Invalid, naming the field that is wrong.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != KIND:
        raise MediaTypeError("The body isn't JSON.", code="web.request", hint=f"Send {KIND}.")
    data = await body(request, limit=limit)
    try:
        return shape.model_validate(canonical.decode(data, limit=limit, what="The body"))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in ("body", *first["loc"]))
        raise Invalid(f"{place}: {first['msg']}.", code="web.request") from error


def declared(shape: type[BaseModel]) -> dict[str, Any]:
    """The body as OpenAPI declares it."""
    return {"requestBody": {"required": True, "content": {KIND: {"schema": shape.model_json_schema()}}}}
