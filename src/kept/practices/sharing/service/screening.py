"""Nothing that came from a user is shared: what an object says in words is scanned wherever it is made or goes out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

from kept.errors import Invalid

_SHOWN = 8
# What is no text of somebody's: names of things, times, and what follows from a template or is chosen from a list.
_UNSAID = frozenset(
    "id type spec_version created modified valid_from valid_until url external_id sketch minhash examples "
    "extension_type fingerprinting pattern_type hashes selectors".split()
)
_REFERENCES = ("_ref", "_refs")
# In a finished object that is sent on, what looks so is a template's encoded text rather than somebody's secret.
_ENCODED = frozenset({"random token", "identifier"})


class FromUserError(Invalid):
    """What was to be shared holds what came from a user: `found` says by place what it is, and never its words."""

    def __init__(self, message: str, *, found: Mapping[str, tuple[str, ...]], code: str = "", hint: str = "") -> None:
        super().__init__(message, code=code, hint=hint)
        self.found = found


def screen(texts: Mapping[str, str], *, but: Set[str] = frozenset()) -> None:
    """Raises FromUserError where texts, each by its place, hold what may have come from a user and isn't let be."""
    from kept.practices.sharing.methods.scanning import scan

    found = {where: tuple(each for each in scan(text) if each.kind not in but) for where, text in texts.items()}
    told = [f"{each.kind} at {where} {each.start}–{each.end}" for where, some in found.items() for each in some]
    if told:
        raise FromUserError(
            f"It holds what may have come from a user: {'; '.join(told[:_SHOWN])}.",
            found={
                where: tuple(f"{each.kind} {each.start}–{each.end}" for each in some[:_SHOWN])
                for where, some in found.items()
                if some
            },
            code="scan.found",
            hint="Replace it by a slot, or leave it out.",
        )


def check_shared(document: Mapping[str, Any]) -> None:
    """Raises Invalid or Unverified for an object with a published extension that nobody could read, or that holds
    what came from a user; any other object is its author's matter."""
    from kept.practices.sharing.methods.objects import kind_of, read

    if kind_of(document) is not None:
        read(document)
        screen(words_of(document), but=_ENCODED)


def words_of(document: Mapping[str, Any]) -> dict[str, str]:
    """All that an object says in words, by where it says it."""
    return dict(_said(document, "", _followed(document)))


def _followed(document: Mapping[str, Any]) -> str | None:
    """The expression that follows from an object's template, which says nothing else."""
    from kept.practices.sharing.methods.objects import kind_of, read
    from kept.practices.sharing.methods.templates import pattern_of
    from kept.practices.sharing.records.contents import Circumvention

    if kind_of(document) is None:
        return None
    try:
        content = read(document).content
    except Invalid:
        return None
    return pattern_of(content.turns) if isinstance(content, Circumvention) else None


def _said(thing: Any, where: str, followed: str | None) -> Iterator[tuple[str, str]]:
    if isinstance(thing, str):
        yield where or "it", thing
    elif isinstance(thing, Mapping):
        for name, value in thing.items():
            said = name not in _UNSAID and not name.endswith(_REFERENCES)
            if said and not (name == "pattern" and value == followed):
                # The id of an extension is no place that anybody would look for.
                yield from _said(value, where if name.startswith("extension") else f"{where} {name}".strip(), followed)
    elif isinstance(thing, list):
        for number, value in enumerate(thing, 1):
            yield from _said(value, f"{where} {number}".strip(), followed)
