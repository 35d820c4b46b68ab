"""The page for people says what the data say."""

from pathlib import Path

from kept.core.commitments import catalog, crosswalk
from kept.core.commitments.describe import markdown

PAGE = Path(__file__).parents[3] / "docs" / "commitments.md"


def test_the_page_is_what_the_data_give() -> None:
    remedy = (
        "write it again: python -c 'from kept.core.commitments.describe import markdown; print(markdown(), end=\"\")'"
    )
    assert PAGE.read_text(encoding="utf-8") == markdown(), remedy


def test_every_requirement_and_every_comparison_is_on_it() -> None:
    page = markdown()
    for commitment in catalog.load():
        assert commitment.summary in page
        assert all(requirement.text in page for requirement in commitment.requirements)
    assert all(row.note in page for row in crosswalk.rows())
