"""How much and how long, as people write them: 40GB, 4h."""

import re

from kept.errors import Invalid

_AMOUNT = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) ?(B|kB|MB|GB|TB)", re.ASCII)
_SPAN = re.compile(r"([0-9]{1,6}) ?(m|h|d)", re.ASCII)
_BYTES = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_SECONDS = {"m": 60, "h": 3600, "d": 86_400}


def read_bytes(text: str) -> int:
    """The number of bytes that "40GB" says; at least 1. Raises Invalid."""
    found = _AMOUNT.fullmatch(text.strip())
    amount = round(float(found[1]) * _BYTES[found[2]]) if found else 0
    if not 1 <= amount < 2**53:
        raise Invalid(f"{text[:40]!r} is no amount of bytes.", code="amount.bytes", hint="40GB, 512MB or 4096B")
    return amount


def read_span(text: str) -> int:
    """The number of seconds that "4h" says; at least 60. Raises Invalid."""
    found = _SPAN.fullmatch(text.strip())
    seconds = int(found[1]) * _SECONDS[found[2]] if found else 0
    if seconds < 60:
        raise Invalid(f"{text[:40]!r} is no span of time.", code="amount.span", hint="30m, 4h or 2d")
    return seconds
