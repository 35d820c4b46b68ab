"""What members say to each other, as notes of STIX 2.1 with a published extension: drafts, comments, votes, assents."""

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pydantic import ValidationError

from kept.errors import Invalid
from kept.practices.sharing.methods.groups.deciding import check_draft
from kept.practices.sharing.methods.objects.identifiers import id_of
from kept.practices.sharing.records.group_notes import Said
from kept.practices.sharing.records.groups import Draft, Rules, Vote

EXTENSION = id_of("extension-definition", "working-group")
# Controls, and the marks that turn the order of what follows.
_UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def written(
    said: Mapping[str, Any], *, author: str, content: str, now: str, parts: tuple[str, ...], markings: tuple[str, ...]
) -> dict[str, Any]:
    """A note that says something in a group; `parts` name it, so that it is the same however often it is sent.

    Raises Invalid for what no member could read, so that nothing is said that nobody hears.
    """
    document = {
        "type": "note",
        "spec_version": "2.1",
        "id": id_of("note", author, *parts),
        "created_by_ref": author,
        "created": now,
        "modified": now,
        "abstract": f"working group: {said['what']}",
        "content": content,
        "object_refs": [author],
        "object_marking_refs": sorted(markings),
        "extensions": {EXTENSION: {"extension_type": "property-extension", **said}},
    }
    said_in(document)
    return document


def said_in(document: Any) -> Said | None:
    """What a note says in a group, or None for any other object. Raises Invalid for one that can't be read."""
    extensions = document.get("extensions") if isinstance(document, Mapping) else None
    if not isinstance(extensions, Mapping) or EXTENSION not in extensions or document.get("type") != "note":
        return None
    try:
        return Said.model_validate(extensions[EXTENSION])
    except ValidationError as error:
        raise _malformed(error) from error


def _malformed(error: ValidationError) -> Invalid:
    first = error.errors(include_url=False)[0]
    place, given = ".".join(str(part) for part in first["loc"]) or "it", first["input"]
    unseen = _UNSEEN.search(given) if isinstance(given, str) else None
    if unseen is None:
        return Invalid(f"A note of a working group is malformed: {place}: {first['msg']}.", code="groups.note")
    line, character = given.count("\n", 0, unseen.start()) + 1, f"U+{ord(unseen[0]):04X}"
    return Invalid(
        f"What is said in a working group is plain text, and line {line} of {place} holds {character}.",
        code="groups.note",
        hint="Take it out; where it is a tab (U+0009), write spaces.",
    )


def draft_in(said: Said) -> Draft:
    """The draft that a note proposes. Raises Invalid for one that can't stand, or whose digest is another's."""
    if said.text is None or said.text.digest != said.draft:
        raise Invalid("The note proposes no text, or another than it names.", code="groups.note")
    told = said.text.model_dump()
    return check_draft(Draft(**{**told, "members": tuple(told["members"]), "rules": Rules(**told["rules"])}))


def vote_in(said: Said, *, id: str, signer: str) -> Vote:
    """The vote that a note casts; `signer` is the organisation whose pinned key signed it. Raises Invalid."""
    if said.choice is None or said.cast is None:
        raise Invalid("The note casts no vote.", code="groups.note")
    return Vote(id, said.draft, said.member, said.choice, said.cast, signer, said.note)


def document_of(draft: Draft) -> dict[str, Any]:
    """A draft as plain JSON values."""
    return {**asdict(draft), "members": list(draft.members)}
