"""Every language says everything, and everything that can be found has words, a picture and a tone."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from kept.interface.pages import direction
from kept.interface.portal import address
from kept.practices.provenance import records
from kept.practices.provenance.methods import verdict
from kept.practices.provenance.web import answer, page
from kept.practices.provenance.web.words import LANGUAGES, names, spoken, texts

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "provenance" / "verdicts.json").read_text("utf-8"))
KINDS = {answer.kind(row[4], row[5]) for row in VECTORS}
CODES = set(re.findall(r'"([a-z]+-[a-z]+)"', Path(verdict.__file__).read_text("utf-8").partition("def _conflicts")[2]))


def flat(told: Any, at: str = "") -> dict[str, str]:
    if isinstance(told, str):
        return {at: told}
    return {name: text for key, value in told.items() for name, text in flat(value, f"{at}.{key}").items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text_with_the_same_places_to_fill(language: str) -> None:
    def places(text: str) -> list[str]:
        return sorted(re.findall(r"{(\w+)}", text))

    english, own = flat(texts("en")), flat(texts(language))
    assert own.keys() == english.keys()
    assert {name: places(text) for name, text in own.items()} == {name: places(text) for name, text in english.items()}
    assert all(text.strip() == text and text for text in own.values())


def test_no_language_leaves_sentences_in_english() -> None:
    english = flat(texts("en"))
    for language in LANGUAGES[1:]:
        same = {name for name, text in flat(texts(language)).items() if text == english[name]}
        assert not same, language


def test_each_script_is_its_own() -> None:
    scripts = {"zh": "\u4e00-\u9fff", "ar": "\u0600-\u06ff", "hi": "\u0900-\u097f"}
    for language, letters in scripts.items():
        for name, text in flat(texts(language)).items():
            assert re.search(f"[{letters}]", text), (language, name)
    assert [direction(language) for language in LANGUAGES].count("rtl") == 1
    assert list(names()) == list(LANGUAGES)


def test_everything_that_can_be_found_has_words_a_picture_and_a_tone() -> None:
    words = texts("en")
    assert set(words["verdict"]) == KINDS == set(page.TONES)
    assert set(words["conflicts"]) == CODES
    assert set(words["manifest"]) == {*get_args(records.ManifestState), "development"}
    assert set(words["mark"]) == set(get_args(records.WatermarkState))
    assert set(words["origin"]) == set(get_args(records.Origin))
    assert set(words["certainty"]) == set(answer.BANDS)
    assert set(words["unchecked"]) == set(get_args(answer.Axis))
    for kind in KINDS:
        assert address(page.PACKAGE, f"{kind}.svg")


def test_the_values_stand_in_the_texts_and_are_not_read_as_places() -> None:
    told = spoken("en", organisation="A {odd} name", megabytes="7")
    assert told["page"]["title"] == "Was this made with the AI of A {odd} name?"
    assert "Up to 7 MB" in told["page"]["formats"]


def test_nothing_found_is_never_said_to_be_no_ai() -> None:
    sayings = {
        "en": "“Nothing found” is never “not AI”",
        "es": "«No se encontró nada» nunca significa «no es IA»",
        "fr": "« Rien trouvé » ne veut jamais dire « pas de l’IA »",
        "de": "„Nichts gefunden“ heißt nie „keine KI“",
        "zh": "“没有发现”绝不等于“不是人工智能生成”",
        "ar": "«لم نجد شيئًا» لا تعني أبدًا «ليس من صنع الذكاء الاصطناعي»",
        "hi": "“कुछ नहीं मिला” का अर्थ “एआई से नहीं बना” कभी नहीं होता",
        "sw": "“Hakuna kilichopatikana” kamwe haimaanishi “si AI”",
    }
    for language, saying in sayings.items():
        assert saying in texts(language)["verdict"]["none-unknown"]["limits"]
        assert saying in texts(language)["limits"]["nothing"]
