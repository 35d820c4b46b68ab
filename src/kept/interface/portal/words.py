"""What the portal's own frame says, in each language that it speaks; `words/` holds one file for each."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

LANGUAGES = ("en",)
_HERE = "kept.interface.portal"


@cache
def words(language: str, package: str = "") -> Mapping[str, Any]:
    """The texts of a language: those of the frame, and beside them those of a package that has a folder `words`.

    What a package hasn't translated is said in English.
    """
    found = dict(_read(_HERE, "en")) | _read(_HERE, language)
    if package:
        found |= dict(_read(package, "en")) | _read(package, language)
    return MappingProxyType(found)


def _read(package: str, language: str) -> dict[str, Any]:
    file = files(package) / "words" / f"{language}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
