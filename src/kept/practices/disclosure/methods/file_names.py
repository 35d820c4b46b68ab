"""File names that strangers give, made harmless: no folder, nothing unseen, nothing reserved."""

from __future__ import annotations

import re
import unicodedata

LIMIT = 120
BYTES = 200
"""In UTF-8: file systems take 255, of which the one that writes needs some for itself."""
FALLBACK = "file"
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
_ODD = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')


def harmless_name(given: str) -> str:
    """A name without folders, controls, marks that turn text, quotes, leading dots or trailing ones; never empty.

    At most 120 characters and 200 bytes, of which an extension is kept.
    """
    last = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2]
    seen = "".join(letter for letter in last if unicodedata.category(letter)[0] not in "CZ" or letter == " ")
    name = _ODD.sub("_", seen).strip(" .")
    if len(name) > LIMIT or len(name.encode()) > BYTES:
        stem, dot, extension = name.rpartition(".")
        extension = dot + extension if stem and len(extension) <= 16 else ""
        stem = name.removesuffix(extension)[: LIMIT - len(extension)]
        while len((stem + extension).encode()) > BYTES:
            stem = stem[:-1]
        name = stem.rstrip(" .") + extension
    if not name:
        return FALLBACK
    return f"_{name}" if _RESERVED.fullmatch(name) else name


def distinct_names(given: list[str]) -> list[str]:
    """The names made harmless, each once: a number is put before those that would stand twice."""
    taken: set[str] = set()
    found = []
    for name in map(harmless_name, given):
        chosen, number = name, 1
        while chosen.casefold() in taken:
            number += 1
            chosen = f"{number}-{name}"
        taken.add(chosen.casefold())
        found.append(chosen)
    return found
