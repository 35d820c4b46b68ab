"""Every language has every text, with the same places to fill, and is written in its own script."""

import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

import kept
from kept.interface.pages import RIGHT_TO_LEFT
from kept.interface.portal.words import FRAME, LANGUAGES, languages, texts, words

PROMISED = {"en", "es", "fr", "de", "ar", "hi", "zh"}
SCRIPTS = {"zh": "\u4e00-\u9fff", "ar": "\u0600-\u06ff", "hi": "\u0900-\u097f"}
# Names that are the same in every language, and what is filled in.
SAME = re.compile(r"(?:[\W\d_]|{\w+}|security\.txt|OpenAPI|JSON|CVSS|UTC)*")
PACKAGES = sorted(
    ".".join(folder.parent.relative_to(Path(kept.__file__).parents[1]).parts)
    for folder in Path(kept.__file__).parent.rglob("words")
    if folder.is_dir()
)
EVERY = [(package, language) for package in PACKAGES for language in languages(package)]


def flat(told: Any, at: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(told, str):
        yield at, told
    else:
        for key, value in told.items():
            yield from flat(value, f"{at}.{key}" if at else key)


def places(text: str) -> list[str]:
    return sorted(re.findall(r"{(\w*)}", text))


@pytest.mark.parametrize("package", PACKAGES)
def test_public_pages_speak_the_promised_languages(package: str) -> None:
    assert languages(package)[0] == "en"
    assert set(languages(package)) >= PROMISED
    held = {file.name.removesuffix(".toml") for file in (files(package) / "words").iterdir()}
    assert held == set(languages(package)), "a file for a language that nobody is offered"


@pytest.mark.parametrize(("package", "language"), EVERY)
def test_every_language_has_every_text_with_the_same_places_to_fill(package: str, language: str) -> None:
    english, own = dict(flat(texts(package, "en"))), dict(flat(texts(package, language)))
    assert own.keys() == english.keys()
    assert {name: places(text) for name, text in own.items()} == {name: places(text) for name, text in english.items()}
    assert all(text and text.strip() == text for text in own.values())


@pytest.mark.parametrize(("package", "language"), [one for one in EVERY if one[1] != "en"])
def test_no_language_leaves_sentences_in_english(package: str, language: str) -> None:
    english = dict(flat(texts(package, "en")))
    same = {
        name for name, text in flat(texts(package, language)) if text == english.get(name) and not SAME.fullmatch(text)
    }
    assert not {name for name in same if " " in english[name]}


@pytest.mark.parametrize(("package", "language"), [one for one in EVERY if one[1] in SCRIPTS])
def test_each_script_is_its_own(package: str, language: str) -> None:
    for name, text in flat(texts(package, language)):
        assert SAME.fullmatch(text) or re.search(f"[{SCRIPTS[language]}]", text), (name, text)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_text_has_a_name_that_a_template_would_take_for_something_else(package: str) -> None:
    """`t.front.items` would be a method of the table."""

    def names(told: Mapping[str, Any]) -> Iterator[str]:
        for key, value in told.items():
            yield key
            if isinstance(value, Mapping):
                yield from names(value)

    assert not set(names(texts(package, "en"))) & set(dir(dict))


@pytest.mark.parametrize("package", [package for package in PACKAGES if package != FRAME])
def test_a_rooms_words_leave_those_of_the_frame_as_they_are(package: str) -> None:
    assert not texts(package, "en").keys() & texts(FRAME, "en").keys()


def test_what_a_language_lacks_is_said_in_english() -> None:
    assert words("sw", "kept.interface")["frame"] == words("sw")["frame"] != words("en")["frame"]
    assert words("xx")["frame"] == words("en")["frame"]


def test_a_package_without_words_speaks_english() -> None:
    assert languages("kept.interface") == ("en",)
    assert texts("kept.interface", "en") == {}


def test_those_who_read_from_right_to_left_are_known() -> None:
    assert set(LANGUAGES) & RIGHT_TO_LEFT == {"ar"}
