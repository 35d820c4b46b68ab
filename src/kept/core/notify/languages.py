"""In which languages people are told: `words/` beside this module holds one TOML file for each, with the same texts."""

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
    text = (files("kept.core.notify") / "words" / f"{language}.toml").read_text(encoding="utf-8")
    found: dict[str, Any] = tomllib.loads(text)
    return found


def counted(language: str, unit: str, count: int) -> str:
    """So many of a unit, in the form that the language has for that number (Unicode CLDR, cardinal plural rules)."""
    forms = words(language)[unit]
    return forms.get(_form(language, count), forms["other"]).format(count=count)


def _form(language: str, count: int) -> str:
    if language != "ar":
        return "one" if count == 1 else "other"
    if count in (1, 2):
        return ("one", "two")[count - 1]
    last = count % 100
    return "few" if 3 <= last <= 10 else "many" if last >= 11 else "other"
