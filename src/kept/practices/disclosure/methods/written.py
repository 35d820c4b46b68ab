"""What people write in TOML, read with bounds, and what is wrong first in it."""

import re
import tomllib
from typing import Any

from pydantic import ValidationError

PARTS = 16
"""How many parts a dotted key has at most: to read one takes time that grows with their cube."""
_PART = r"""(?:[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
_LONG_KEY = re.compile(rf"(?<![\w-])(?:{_PART}[ \t]*+\.[ \t]*+){{{PARTS},}}")


def read_toml(data: bytes) -> dict[str, Any]:
    """The table in TOML whose size the caller has bounded. Raises ValueError, saying what is wrong."""
    text = data.decode()
    if found := _LONG_KEY.search(text):
        raise ValueError(f"a key has more than {PARTS} parts (at line {text.count(chr(10), 0, found.start()) + 1})")
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("its lists or tables are nested too deeply") from error


def first_wrong(error: ValueError) -> str:
    """The place and the problem that a reader of TOML or a model names first, in one line."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "it"
    return f"{place}: {first['msg'].removeprefix('Value error, ')}"
