"""Canonical JSON: the one encoding that is hashed and signed, and a bounded strict reader for foreign JSON."""

import json
import math
import re
from itertools import accumulate
from typing import Any

from kept.errors import Invalid

DEPTH = 64
LARGEST = 2**53 - 1
"""The largest whole number that every reader of JSON holds exactly (RFC 7493, section 2.2)."""
# Made once: `json.dumps` would make another for every value.
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_ESCAPED, _TEXT = re.compile(rb"\\."), re.compile(rb'"[^"]*"')
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_STEPS = {byte: 1 if byte in b"[{" else -1 for byte in b"[]{}"}


def encode(value: Any) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces; raises ValueError for NaN and infinities."""
    return _ENCODER.encode(value).encode()


def decode(data: bytes, *, limit: int, what: str, values: int = 0) -> Any:
    """The JSON value in `data`, at most `limit` bytes, nested at most 64 deep, numbers finite, no key repeated.

    With `values`, at most about so many of them: the shortest take thirty times their own length in memory. Raises
    Invalid, naming `what` was read and where it is wrong.
    """
    if len(data) > limit:
        raise Invalid(f"{what} has {len(data)} bytes; at most {limit} are read.", code="json.too-large")
    if values:
        _check_values(data, what, values)
    _check_depth(data, what)
    try:
        return json.loads(data.decode(), object_pairs_hook=_object, parse_constant=_constant, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise Invalid(f"{what} is not UTF-8 at byte {error.start}.", code="json.malformed") from error
    except ValueError as error:
        raise Invalid(f"{what} is not valid JSON: {error}.", code="json.malformed") from error


def whole(value: Any) -> int | None:
    """The whole number that a JSON value says, however it is written (48, 48.0), as ECMAScript reads it.

    None for anything else, and beyond ±(2^53 - 1), where readers differ.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and abs(value) <= LARGEST else None


def numbers(value: Any) -> Any:
    """The JSON value with every whole number as an int, as ECMAScript reads it, whichever way it was written."""
    if isinstance(value, float):
        return value if (found := whole(value)) is None else found
    if isinstance(value, dict):
        return {name: numbers(each) for name, each in value.items()}
    if isinstance(value, list):
        return [numbers(each) for each in value]
    return value


def _check_values(data: bytes, what: str, most: int) -> None:
    if _marks(data) > most and _marks(_without_texts(data)) > most:
        raise Invalid(f"{what} holds more than {most} values.", code="json.too-many")


def _marks(data: bytes) -> int:
    """How many marks there are that begin a value, of which each has one at most."""
    return sum(map(data.count, (b",", b"[", b"{", b":")))


def _without_texts(data: bytes) -> bytes:
    return _TEXT.sub(b"", _ESCAPED.sub(b"", data))


def _check_depth(data: bytes, what: str) -> None:
    if data.count(b"[") + data.count(b"{") <= DEPTH:
        return
    # Brackets outside texts. Each step takes the innermost pairs away, one level or two: far faster than to count.
    brackets = left = _without_texts(data).translate(None, _NO_BRACKETS)
    for _ in range(DEPTH // 2):
        left = left.replace(b"[]", b"").replace(b"{}", b"")
        if not left:
            return
    if max(accumulate(map(_STEPS.__getitem__, brackets))) > DEPTH:
        raise Invalid(f"{what} is nested more than {DEPTH} deep.", code="json.too-deep")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object repeats a key")
    return found


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text[:32]} is beyond all numbers")
    return value


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")
