"""What a bulk job is about: which names a pattern means, where an output goes, and by what a job is known again."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from kept.core import canonical
from kept.errors import Invalid

_MAGIC = re.compile(r"[*?\[]")
_PART = re.compile(r"\[(?P<not>!?)(?P<set>[^\]]+)\]|(?P<stars>\*+)|(?P<one>\?)|(?P<text>.)", re.DOTALL)


def split(pattern: str) -> tuple[str, str]:
    """The folder or file before the first wildcard of a pattern, and the rest, which is "" where there is none.

    Raises Invalid for an empty pattern, or ".." after a wildcard, which would lead out of the folder again.
    """
    scheme, found, path = pattern.rpartition("://") if "://" in pattern else ("", "", pattern)
    parts = path.split("/")
    first = next((number for number, part in enumerate(parts) if _MAGIC.search(part)), len(parts))
    base, rest = "/".join(parts[:first]), "/".join(part for part in parts[first:] if part not in ("", "."))
    if ".." in rest.split("/"):
        raise Invalid(f"The pattern {pattern!r} leads out of its folder.", code="bulk.pattern", hint="Leave out '..'.")
    if not base and path.startswith("/"):
        base = "/"
    if not (base or rest):
        raise Invalid("A pattern is empty.", code="bulk.pattern", hint="Name files, or a folder: 'in/**'")
    return f"{scheme}{found}{base}", rest


def matcher(rest: str) -> re.Pattern[str]:
    """Which names below a folder are meant: `*` and `?` stay within a part, `**` goes through any number of them."""
    parts = rest.split("/")
    made = "".join(_part(part, last=number == len(parts) - 1) for number, part in enumerate(parts))
    return re.compile(made, re.DOTALL)


def unsafe(name: str) -> str:
    """Why a name can't be put below another folder; "" where it can."""
    if not name or any(part in ("", ".", "..") for part in name.split("/")):
        return "Its name leads out of its folder."
    if "\\" in name or any(ord(letter) < 32 for letter in name):
        return "Its name holds a letter that no file name should."
    if any(0xD800 <= ord(letter) < 0xE000 for letter in name):
        return "Its name is not UTF-8."
    return ""


def job_id(kind: str, **about: Any) -> str:
    """The id by which the same job is found again: "b-" and 64 bits of the SHA-256 of what it is about."""
    document: Mapping[str, Any] = {"kind": kind, **about}
    return f"b-{sha256(canonical.encode(document)).hexdigest()[:16]}"


def _part(part: str, *, last: bool) -> str:
    if part == "**":
        return ".*" if last else "(?:[^/]+/)*"
    made = "".join(_piece(found) for found in _PART.finditer(part))
    return made if last else f"{made}/"


def _piece(found: re.Match[str]) -> str:
    if found["set"]:
        inner = found["set"].replace("\\", "\\\\").replace("^", "\\^").replace("[", "\\[")
        return f"[{'^/' if found['not'] else ''}{inner}]"
    if found["stars"]:
        return "[^/]*"
    return "[^/]" if found["one"] else re.escape(found["text"])
