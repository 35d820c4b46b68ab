"""What the check page says, in each language that it speaks; `words/` holds one file for each."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "es", "fr", "de", "sw", "ar", "hi", "zh")


@cache
def texts(language: str) -> dict[str, Any]:
    """The texts of a language, as its file has them: nested names, and `{organisation}` and `{megabytes}` in places."""
    file = files(__package__) / "words" / f"{language}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def spoken(language: str, **values: str) -> dict[str, Any]:
    """The texts of a language with `values` where they belong."""
    found: dict[str, Any] = _filled(texts(language), values)
    return found


def names() -> dict[str, str]:
    """Each language by its tag, called as those who speak it call it."""
    return {language: texts(language)["name"] for language in LANGUAGES}


def _filled(told: Any, values: dict[str, str]) -> Any:
    if isinstance(told, dict):
        return {name: _filled(text, values) for name, text in told.items()}
    return told.format(**values)
