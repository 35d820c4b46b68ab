"""What is wrong first in something that people wrote."""

from pydantic import ValidationError


def first_wrong(error: ValueError) -> str:
    """The place and the problem that a reader of TOML or a model names first, in one line."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "it"
    return f"{place}: {first['msg'].removeprefix('Value error, ')}"
