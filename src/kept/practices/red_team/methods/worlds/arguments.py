"""The arguments of a tool call: a small part of JSON schema, and a reader that is total."""

import json
import math
from collections.abc import Mapping
from typing import Any

LIMIT = 4096  # characters of a call's arguments that are read
Schema = Mapping[str, Any]


class RefusedError(Exception):
    """The world does not do what it was asked; the text is what the agent is told. It never leaves the worlds."""


def text(about: str, *, most: int = 200) -> Schema:
    """A text of at most `most` characters."""
    return {"type": "string", "description": about, "maxLength": most}


def number(about: str, *, low: float, high: float) -> Schema:
    """A number from `low` to `high`."""
    return {"type": "number", "description": about, "minimum": low, "maximum": high}


def whole(about: str, *, low: int, high: int) -> Schema:
    """A whole number from `low` to `high`."""
    return {"type": "integer", "description": about, "minimum": low, "maximum": high}


def flag(about: str) -> Schema:
    """True or false."""
    return {"type": "boolean", "description": about}


def parameters(**properties: Schema) -> Schema:
    """The JSON schema of a call that takes exactly these, all of them."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def document_of(written: str) -> dict[str, Any] | None:
    """The JSON object that a model wrote as arguments (nothing stands for an empty one), or None if it wrote none."""
    if len(written) > LIMIT:
        return None
    if not written.strip():
        return {}
    try:
        found = json.loads(written, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def read(written: str, schema: Schema) -> dict[str, Any]:
    """The arguments of a call; raises RefusedError, saying what is wrong, for any that the schema does not describe."""
    if len(written) > LIMIT:
        raise RefusedError(f"the arguments have {len(written)} characters; at most {LIMIT} are read")
    found = document_of(written)
    if found is None:
        raise RefusedError("the arguments are not a JSON object")
    properties = schema["properties"]
    for name in found:
        if name not in properties:
            raise RefusedError(f"there is no parameter {name[:40]!r}; there are: {', '.join(properties) or 'none'}")
    for name, wanted in properties.items():
        if name not in found:
            raise RefusedError(f"the parameter {name!r} is missing")
        if wrong := _wrong(found[name], wanted):
            raise RefusedError(f"the parameter {name!r} is not {wrong}")
    return found


def _wrong(value: Any, wanted: Schema) -> str:
    """What a value should have been, or nothing where it is."""
    kind = wanted["type"]
    if kind == "string":
        most = wanted["maxLength"]
        return "" if isinstance(value, str) and len(value) <= most else f"a text of at most {most} characters"
    if kind == "boolean":
        return "" if isinstance(value, bool) else "true or false"
    low, high = wanted["minimum"], wanted["maximum"]
    kinds, called = (int, "a whole number") if kind == "integer" else ((int, float), "a number")
    if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
        return f"{called} from {low} to {high}"
    return "" if math.isfinite(value) else f"{called} from {low} to {high}"


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")
