"""Loads "module:attribute"; the only loader."""

import importlib
from typing import Any

from kept.errors import Invalid, Unavailable


def load(reference: str) -> Any:
    """The object that "module:attribute" names; an attribute may be dotted.

    Raises Invalid when the reference is malformed or names nothing, and Unavailable when the module
    needs a package that is not installed.
    """
    module_name, separator, attribute = reference.partition(":")
    if not (module_name and separator and attribute):
        raise Invalid(f"{reference!r} is not of the form module:attribute.", code="reference.malformed")
    try:
        found: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and module_name.startswith(error.name):
            raise Invalid(f"There is no module {module_name!r}.", code="reference.unknown") from error
        raise Unavailable(
            f"{module_name} needs the package {error.name!r}, which is not installed.",
            code="reference.missing-package",
            hint="Install the extra that provides it.",
        ) from error
    for part in attribute.split("."):
        try:
            found = getattr(found, part)
        except AttributeError as error:
            raise Invalid(f"{module_name} has no {attribute!r}.", code="reference.unknown") from error
    return found
