"""Indicators of STIX that differ by a number."""

import uuid
from typing import Any

TIME = "2026-11-22T07:30:00.000Z"


def indicator(number: int = 0, **more: Any) -> dict[str, Any]:
    """An indicator with an id and a pattern of its own, made at `TIME`; `more` is put over what it has."""
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{uuid.UUID(int=number, version=4)}",
        "created": TIME,
        "modified": TIME,
        "pattern": f"[file:name = 'x{number}']",
        "pattern_type": "stix",
        "valid_from": TIME,
        **more,
    }
