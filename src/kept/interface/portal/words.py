"""What pages say, in the reader's language: beside a room's modules, `words/` holds one TOML file for each language.

A file has tables of texts: `t.front.title` in a template is the text `title` of the table `front`. The texts of the
frame are always there. English has every text, and so has every other language: a test compares them.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from sys import modules
from types import MappingProxyType
from typing import Any

FRAME = "kept.interface.portal"
# Each called as those who speak it call it.
LANGUAGES: Mapping[str, str] = {
    "en": "English",
    "es": "Español",
    "fr": "Français",
    "de": "Deutsch",
    "sw": "Kiswahili",
    "ar": "العربية",
    "hi": "हिन्दी",
    "zh": "中文",
}


@cache
def languages(package: str) -> tuple[str, ...]:
    """The languages that a package's pages speak: those of its files, or English alone where it has none."""
    folder = files(package) / "words"
    return tuple(tag for tag in LANGUAGES if (folder / f"{tag}.toml").is_file()) or ("en",)


@cache
def words(language: str, package: str = FRAME) -> Mapping[str, Any]:
    """What a package's templates see: the texts of the frame and its own, in a language that it speaks."""
    english = {**texts(FRAME, "en"), **texts(package, "en")}
    own = {**texts(FRAME, language), **texts(package, language)}
    return MappingProxyType({table: _over(said, own.get(table, {})) for table, said in english.items()})


def _over(english: Any, own: Any) -> Any:
    """A table with the texts that a language has, and in English what it lacks."""
    if not isinstance(english, Mapping):
        return own or english
    return {name: _over(said, own.get(name, {})) for name, said in english.items()}


@cache
def spoken_by(module: str) -> str:
    """The package whose pages a module answers for: the nearest around it that has words, or "" for none."""
    names = module.split(".")
    around = (".".join(names[:end]) for end in range(len(names), 0, -1))
    return next((each for each in around if hasattr(modules.get(each), "__path__") and texts(each, "en")), "")


def refusal(language: str, module: str, code: str) -> str:
    """What a room's pages say, in their table `refusal`, of an error: by its code, else by what that begins with.

    `module` is where the handler stands; "" where nothing is said of it.
    """
    package = spoken_by(module)
    while package:
        said = texts(package, language).get("refusal", {})
        if found := said.get(code) or said.get(code.partition(".")[0]):
            return str(found)
        package = spoken_by(package.rpartition(".")[0])
    return ""


@cache
def texts(package: str, language: str) -> Mapping[str, Any]:
    """The texts of a package alone, as its file has them; none where there is no such file."""
    file = files(package) / "words" / f"{language}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
