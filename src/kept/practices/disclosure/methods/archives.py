"""Reads the archive of a report as strictly as the browser does (`bundles.js`): whoever made it is a stranger.

Its members are plain files, whose names and order are known beforehand; nothing else of a tar archive (POSIX.1-1988,
"ustar") is obeyed. The library's reader obeys more: extended headers cost it hours, or all of its stack.
"""

from __future__ import annotations

import re

BLOCK = 512
_NUMBER = re.compile(rb" *([0-7]{1,12})[\0 ]*")
_PLAIN = (b"0", b"\0")
_SUM = slice(148, 156)


def read_members(data: bytes, *, first: str, most: int) -> list[bytes]:
    """What the members hold: `first`, then files/1, files/2 and so on, at most `most` of them. Raises ValueError."""
    found: list[bytes] = []
    at = 0
    while at + BLOCK <= len(data) and any(block := data[at : at + BLOCK]):
        name = f"files/{len(found)}" if found else first
        if len(found) > most or not _is_plain(block, name.encode()):
            raise ValueError(f"its member {len(found)} is not the file {name}")
        at += BLOCK
        size = _number(block[124:136])
        if at + size > len(data):
            raise ValueError("it is cut off")
        found.append(data[at : at + size])
        at += -(-size // BLOCK) * BLOCK
    return found


def _is_plain(block: bytes, name: bytes) -> bool:
    """Whether a header is whole, and of a plain file that is called so."""
    whole = sum(block) - sum(block[_SUM]) + 8 * ord(" ")
    named = block[:100].partition(b"\0")[0] == name and not block[345:500].partition(b"\0")[0]
    return named and block[156:157] in _PLAIN and _number(block[_SUM]) == whole


def _number(field: bytes) -> int:
    match = _NUMBER.fullmatch(field)
    if match is None:
        raise ValueError("a number in it is none")
    return int(match[1], 8)
