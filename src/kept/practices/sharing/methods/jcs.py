"""RFC 8785, the JSON Canonicalization Scheme: one spelling of a JSON value, whoever wrote it."""

import json
import math
from typing import Any

from kept.core.canonical import LARGEST

# The C encoder's spelling is that of RFC 8785 wherever there is no fraction and no key beyond the basic plane.
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_TEXT = json.JSONEncoder(ensure_ascii=False).encode
_PLAIN_BELOW = "\ud800"


def canonical(value: Any) -> bytes:
    """The bytes of a JSON value. Raises ValueError for what JSON's readers can't hold."""
    text = _ENCODER.encode(value) if _is_plain(value) else _written(value)
    return text.encode()


def _is_plain(value: Any) -> bool:
    kind = type(value)
    if kind is str:
        return True
    if kind is dict:
        for key, each in value.items():
            # Texts, by far the most, are plain without being asked.
            if key >= _PLAIN_BELOW or (type(each) is not str and not _is_plain(each)):
                return False
        return True
    if kind is list:
        return all(map(_is_plain, value))
    return kind is not float and (kind is not int or abs(value) <= LARGEST)


def _written(value: Any) -> str:
    if isinstance(value, dict):
        ordered = sorted(value.items(), key=lambda item: item[0].encode("utf-16-be"))
        return "{" + ",".join(f"{_TEXT(key)}:{_written(each)}" for key, each in ordered) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    if isinstance(value, float):
        return number(value)
    return _large(value) if type(value) is int and abs(value) > LARGEST else _ENCODER.encode(value)


def _large(value: int) -> str:
    """A whole number past 2^53, which readers hold as a double: only where that loses nothing."""
    try:
        held = float(value)
    except OverflowError as error:
        raise ValueError(f"a number of {value.bit_length()} bits is beyond what JSON's readers hold") from error
    spelt = number(held)
    if int(held) != value and spelt != str(value):
        raise ValueError(f"{value} is beyond what every reader of JSON holds exactly")
    return spelt


def number(value: float) -> str:
    """A number as ECMAScript writes it (ECMA-262, Number::toString; RFC 8785, section 3.2.2.3)."""
    if math.isnan(value) or math.isinf(value):
        raise ValueError(f"{value} is no number of JSON")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = fraction.rstrip("0")
    # The digits without their leading zeros, and how many of them stand before the point.
    digits, point = whole + fraction, len(whole) + int(exponent or 0)
    stripped = digits.lstrip("0")
    point -= len(digits) - len(stripped)
    digits = stripped.rstrip("0")
    return sign + _placed(digits, point)


def _placed(digits: str, point: int) -> str:
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    power = point - 1
    tail = f".{digits[1:]}" if count > 1 else ""
    return f"{digits[0]}{tail}e{'+' if power > 0 else '-'}{abs(power)}"
