"""The JSON schema of every predicate, in the few words that the browser's verifier is taught."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import kept.predicates
from kept.predicates.predicate import Predicate

# What a schema says to people; the rest says what a value must be.
UNSAID = frozenset({"title", "description", "default", "examples", "discriminator"})
SAID = frozenset(
    {
        "$defs", "$ref", "additionalProperties", "anyOf", "const", "enum", "exclusiveMaximum", "exclusiveMinimum",
        "items", "maxItems", "maxLength", "maximum", "minItems", "minLength", "minimum", "oneOf", "pattern",
        "prefixItems", "properties", "required", "type",
    }
)  # fmt: skip
NAMED = frozenset({"$defs", "properties"})


@cache
def schemas() -> Mapping[str, Mapping[str, Any]]:
    """By predicate type, what its fields must be; rules over several fields stand in its own module alone."""
    for module in iter_modules(kept.predicates.__path__):
        import_module(f"{kept.predicates.__name__}.{module.name}")
    return {each.of_type: _bare(each.model_json_schema()) for each in _every(Predicate)}


def _every(kind: type[Predicate]) -> Iterator[type[Predicate]]:
    for each in kind.__subclasses__():
        yield from _every(each)
        if "of_type" in each.__dict__:
            yield each


def _bare(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_bare(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {
        key: {name: _bare(each) for name, each in value.items()} if key in NAMED else _bare(value)
        for key, value in schema.items()
        if key not in UNSAID
    }
