"""Written parts: a section, an author, a day and plain paragraphs."""

import pytest

from kept.core.statement import Statement
from kept.errors import Invalid
from kept.predicates.written_part import CONCEALED, ORGANISATION_WIDE, SECTIONS, WrittenPart

MODEL = "sha256:" + "ab" * 32
GOOD = {
    "section": "capabilities",
    "model": MODEL,
    "text": "It answers questions.\n\nIt does so in four languages.",
    "author": "R. Rivera",
    "role": "head of evaluation",
    "date": "2026-11-20",
    "issued": "2026-11-22T07:30:00Z",
    "by": "provider",
}


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_can_be_written_about_a_model(section: str) -> None:
    made = WrittenPart.of(**{**GOOD, "section": section})
    assert WrittenPart.parse(Statement.parse(made.to_statement().to_bytes())) == made


@pytest.mark.parametrize("section", SECTIONS)
def test_only_procedures_and_channels_can_be_written_for_all_models_at_once(section: str) -> None:
    if section in ORGANISATION_WIDE:
        assert WrittenPart.of(**{**GOOD, "section": section, "model": ""}).to_statement().subjects[0].name
        return
    with pytest.raises(Invalid, match="about a model"):
        WrittenPart.of(**{**GOOD, "section": section, "model": ""})


def test_a_part_whose_text_is_withheld_still_reads() -> None:
    assert set(CONCEALED) == {"text"}
    made = WrittenPart.of(**{name: value for name, value in GOOD.items() if name not in CONCEALED})
    assert made.text is None
    assert WrittenPart.parse(made.to_statement()) == made


@pytest.mark.parametrize(
    "change",
    [
        {"section": "capability"},
        {"text": ""},
        {"text": " \n\n "},
        {"text": "a\x00b"},
        {"text": "a\x1b[31mb"},
        {"text": "safe \u202etxet"},
        {"text": "x" * 100_000},
        {"author": "two\nlines"},
        {"author": "x" * 257},
        {"role": ""},
        {"date": "2026-13-01"},
        {"model": "assistant"},
        {"extra": True},
    ],
    ids=lambda change: f"{next(iter(change))}",
)
def test_anything_else_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(Invalid, match=next(iter(change))) as caught:
        WrittenPart.of(**{**GOOD, **change})
    assert caught.value.code == "predicate.malformed"
    assert len(caught.value.message) < 400


def test_what_looks_like_markup_or_runs_from_right_to_left_is_text() -> None:
    for text in (
        "<script>alert(1)</script>\n<img src=x onerror=alert(1)>",
        "مرحبا بالعالم",
        "Z\u0351\u036a\u0300" * 90,
    ):
        assert WrittenPart.of(**{**GOOD, "text": text}).text == text
