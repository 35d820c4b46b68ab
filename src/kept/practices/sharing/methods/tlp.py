"""What an object's markings say of how far it may go.

TLP 2.0 has five marking definitions and an extension that OASIS publishes for STIX 2.1; those of TLP 1 are part of
STIX 2.1 itself (section 7.2.1.4) and are read as the level of TLP 2.0 that is at least as strict.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kept.errors import Invalid
from kept.practices.sharing.records.markings import LEVELS, Tlp, strictest

EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
MARKINGS: Mapping[Tlp, str] = {
    "clear": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    "green": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "amber": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "amber+strict": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "red": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}
# A source that used AMBER of TLP 1 was free to set narrower limits in words that no program reads.
FORMER: Mapping[str, Tlp] = {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": "clear",
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": "green",
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": "amber+strict",
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "red",
}
_FORMER_WORDS: Mapping[str, Tlp] = {"white": "clear", "green": "green", "amber": "amber+strict", "red": "red"}
_KNOWN: Mapping[str, Tlp] = {**{reference: level for level, reference in MARKINGS.items()}, **FORMER}

Resolve = Callable[[str], Mapping[str, Any] | None]
"""The marking definition of an id, where it is at hand."""


def definition(level: Tlp) -> dict[str, Any]:
    """The marking definition of a level, as OASIS publishes it."""
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": MARKINGS[level],
        "created": "2022-10-01T00:00:00.000Z",
        "name": f"TLP:{level.upper()}",
        "extensions": {EXTENSION: {"extension_type": "property-extension", "tlp_2_0": level}},
    }


def references(thing: Any) -> set[str]:
    """The ids of all markings that an object names, for the whole or for a part."""
    if not isinstance(thing, Mapping):
        return set()
    found = set(_texts(thing.get("object_marking_refs")))
    granular = thing.get("granular_markings")
    for each in granular if isinstance(granular, list) else ():
        if isinstance(each, Mapping) and isinstance(each.get("marking_ref"), str):
            found.add(each["marking_ref"])
    return found


def level_of(thing: Mapping[str, Any], resolve: Resolve, *, default: Tlp) -> Tlp:
    """How far an object may go: the strictest of all its markings; `default` where it has none of TLP's.

    A marking of one part holds for the whole, since objects are never shown in parts. Raises Invalid for a marking
    that is not at hand or can't be read, since what it asks for can't be kept, and for a definition that bears the id
    of a level and says another.
    """
    known = _KNOWN.get(str(thing.get("id")))
    if known is not None and _stated(thing) != known:
        raise Invalid(f"{thing['id']} is TLP:{known.upper()}, and this says otherwise.", code="object.marking")
    if "object_marking_refs" not in thing and "granular_markings" not in thing:
        return "clear" if known else default
    check_shape(thing)
    found = [level for reference in references(thing) if (level := _level_of_marking(reference, resolve))]
    if found:
        return strictest(found[0], *found[1:])
    return "clear" if known else default


def gathered(definitions: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, Mapping[str, Any]]:
    """Marking definitions by their ids; of several with one id the strictest, so that nobody lowers what is marked."""
    found: dict[str, Mapping[str, Any]] = {}
    for name, each in definitions:
        if name not in found or _rank(_stated(each)) > _rank(_stated(found[name])):
            found[name] = each
    return found


def _level_of_marking(reference: str, resolve: Resolve) -> Tlp | None:
    if reference in _KNOWN:
        return _KNOWN[reference]
    marking = resolve(reference)
    if marking is None:
        raise Invalid(
            f"{reference[:100]} isn't known here, so what it asks for can't be kept.",
            code="object.marking",
            hint="Send the marking definition in the same envelope, or before.",
        )
    return _stated(marking)


def _stated(marking: Mapping[str, Any]) -> Tlp | None:
    """The level that a marking definition states, or None where it is about something else (a copyright, say).

    Of two that it states, the stricter.
    """
    return max(_by_extension(marking), _by_definition(marking), key=_rank)


def _rank(level: Tlp | None) -> int:
    return -1 if level is None else LEVELS.index(level)


def _by_extension(marking: Mapping[str, Any]) -> Tlp | None:
    extensions = marking.get("extensions")
    if not isinstance(extensions, Mapping) or EXTENSION not in extensions:
        return None
    extension = extensions[EXTENSION]
    word = extension.get("tlp_2_0") if isinstance(extension, Mapping) else None
    return next((level for level in LEVELS if level == word), "red")


def _by_definition(marking: Mapping[str, Any]) -> Tlp | None:
    if marking.get("definition_type") == "tlp":
        stated = marking.get("definition")
        word = stated.get("tlp") if isinstance(stated, Mapping) else None
        return _FORMER_WORDS.get(word, "red") if isinstance(word, str) else "red"
    return None


def check_shape(thing: Mapping[str, Any]) -> None:
    """Raises Invalid for markings that can't be read: to pass over them would be to show what they hide."""
    whole, parts = thing.get("object_marking_refs", []), thing.get("granular_markings", [])
    right = isinstance(whole, list) and all(isinstance(each, str) for each in whole)
    if not right or not isinstance(parts, list) or not all(map(_marks, parts)):
        raise Invalid(
            "Its markings can't be read, so what they ask for can't be kept.",
            code="object.marking",
            hint='"object_marking_refs" is a list of ids, and each of "granular_markings" has a "marking_ref".',
        )


def _marks(part: Any) -> bool:
    """Whether a granular marking names a marking, or else a language."""
    named = [part.get("marking_ref"), part.get("lang")] if isinstance(part, Mapping) else [None, None]
    return any(isinstance(each, str) for each in named) and all(each is None or isinstance(each, str) for each in named)


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
