"""In which languages people are told: `words/` beside this module holds a TOML file for each, with the same texts."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

ENGLISH = "en"
LANGUAGES = (ENGLISH, "es", "fr", "de", "sw", "ar", "hi", "zh")


@cache
def words(language: str) -> Mapping[str, Mapping[str, str]]:
    """The tables of texts of one of the languages."""
    return _read(f"words/{language}.toml")


def counted(language: str, unit: str, count: int) -> str:
    """So many of a unit, in the form that the language has for that number (Unicode CLDR, cardinal plural rules)."""
    forms = _plurals()[language][unit]
    return str(forms.get(_form(language, count), forms["other"])).format(count=count)


@cache
def _plurals() -> Mapping[str, Any]:
    return _read("plurals.toml")


def _read(name: str) -> Mapping[str, Any]:
    return tomllib.loads((files("kept.core.notify") / name).read_text(encoding="utf-8"))


def _form(language: str, count: int) -> str:
    if language != "ar":
        return "one" if count == 1 else "other"
    if count in (1, 2):
        return ("one", "two")[count - 1]
    last = count % 100
    return "few" if 3 <= last <= 10 else "many" if last >= 11 else "other"
