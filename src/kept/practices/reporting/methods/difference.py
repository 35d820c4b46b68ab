"""Where two JSON values differ: what was computed, and what is stated."""

from collections.abc import Mapping
from typing import Any

from kept.practices.reporting.methods.audit import TOLERANCE


def differ(computed: Any, stated: Any, where: str) -> str:
    """Where two JSON values first differ, or nothing; numbers are equal within 1e-9."""
    if isinstance(computed, Mapping) and isinstance(stated, Mapping):
        if set(computed) != set(stated):
            odd = sorted(set(computed) ^ set(stated), key=str)[0]
            return f"{where} {'lacks' if odd in computed else 'has'} {str(odd)[:120]!r}"
        inner = (differ(value, stated[key], f"{where}.{key}") for key, value in computed.items())
        return next((found for found in inner if found), "")
    if isinstance(computed, list | tuple) and isinstance(stated, list | tuple):
        if len(computed) != len(stated):
            return f"{where} has {len(stated)} items instead of {len(computed)}"
        inner = (differ(*pair, f"{where}[{at}]") for at, pair in enumerate(zip(computed, stated, strict=True)))
        return next((found for found in inner if found), "")
    return "" if _equal(computed, stated) else f"{where} is {_shown(stated)}, not {_shown(computed)}"


def _equal(computed: Any, stated: Any) -> bool:
    if isinstance(computed, bool) or isinstance(stated, bool):
        return computed is stated
    if isinstance(computed, int | float) and isinstance(stated, int | float):
        return abs(computed - stated) <= TOLERANCE
    return bool(computed == stated)


def _shown(value: Any) -> str:
    return repr(value)[:80]
