"""The published extensions: one for each kind of object, by which any reader of STIX 2.1 knows its fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel

from kept.errors import Invalid
from kept.practices.sharing.methods.objects.identifiers import id_of
from kept.practices.sharing.records.contents import (
    CapabilityNotice,
    Circumvention,
    Content,
    Incident,
    Mitigation,
    ReplaySighting,
)
from kept.practices.sharing.records.group_notes import Said

SCHEMAS = "https://kept.example/docs/schemas"
VERSION = "1.0.0"
_PUBLISHED = "2026-11-29T00:00:00.000Z"
PUBLISHER = id_of("identity", "kept")


@cache
def _id_of(name: str) -> str:
    """The id of an extension definition by its name, which every object that is read is asked for."""
    return id_of("extension-definition", name)


@dataclass(frozen=True, slots=True)
class Answer:
    """An extension of what members answer each other with: its name, the STIX object it extends, and what it holds."""

    name: str
    object_type: str
    content: type[BaseModel]
    description: str

    @property
    def id(self) -> str:
        """The id of its extension definition."""
        return _id_of(self.name)

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of what it holds."""
        return _schema(self.name, self.content)


ANSWERS: Mapping[str, Answer] = {
    each.name: each
    for each in (
        Answer(
            "replay-sighting", "sighting", ReplaySighting, "How often a shared pattern worked on a receiver's model."
        ),
        Answer("working-group", "note", Said, "A draft, a comment, a vote or an assent in a working group."),
    )
}


@dataclass(frozen=True, slots=True)
class Definition:
    """An extension: of which STIX object, whether it makes a type of its own, and what it holds."""

    name: str
    object_type: str
    content: type[Content]
    description: str
    own_type: bool = False

    @property
    def id(self) -> str:
        """The id of its extension definition."""
        return _id_of(self.name)

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of what it holds."""
        return _schema(self.name, self.content)


def _schema(name: str, content: type[BaseModel]) -> dict[str, Any]:
    found = content.model_json_schema(mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{SCHEMAS}/{name}.json",
        **found,
    }


DEFINITIONS: Mapping[str, Definition] = {
    each.name: each
    for each in (
        Definition(
            "circumvention-pattern",
            "indicator",
            Circumvention,
            "How the safeguards of an AI system are circumvented: a template with typed slots, and fingerprints.",
        ),
        Definition("ai-incident", "incident", Incident, "Harm that an AI system did, or nearly did."),
        Definition(
            "dangerous-capability-notice",
            "dangerous-capability-notice",
            CapabilityNotice,
            "A model can do something dangerous; receivers acknowledge the notice by a time that it names.",
            own_type=True,
        ),
        Definition(
            "ai-mitigation", "course-of-action", Mitigation, "What helps against a circumvention, and what it costs."
        ),
    )
}


def definition_objects() -> tuple[dict[str, Any], ...]:
    """The publisher's identity and the extension definitions, as STIX objects; the same bytes for everyone."""
    times = {"created": _PUBLISHED, "modified": _PUBLISHED}
    publisher = {"type": "identity", "spec_version": "2.1", "id": PUBLISHER, **times}
    publisher |= {"name": "kept", "identity_class": "system", "description": "Publishes the extensions of kept."}
    published: tuple[Definition | Answer, ...] = (*DEFINITIONS.values(), *ANSWERS.values())
    return publisher, *(
        {
            "type": "extension-definition",
            "spec_version": "2.1",
            "id": each.id,
            "created_by_ref": PUBLISHER,
            **times,
            "name": each.name,
            "description": each.description,
            "schema": f"{SCHEMAS}/{each.name}.json",
            "version": VERSION,
            "extension_types": ["new-sdo" if isinstance(each, Definition) and each.own_type else "property-extension"],
        }
        for each in published
    )


def check_published(document: Mapping[str, Any]) -> None:
    """Raises Invalid for an object with the id of one that is published here, which says something else.

    Whoever looks an extension up would go by it.
    """
    published = _published().get(str(document.get("id")))
    if published is None or all(document.get(name) == said for name, said in published.items() if name in _SAID):
        return
    raise Invalid(
        f"{document['id']} is {published['name']}, and this says otherwise.",
        code="object.extension",
        hint="Give an extension of your own an id of its own.",
    )


_SAID = frozenset({"type", "name", "schema", "created_by_ref", "extension_types", "identity_class"})


@cache
def _published() -> Mapping[str, Mapping[str, Any]]:
    return {each["id"]: each for each in definition_objects()}
