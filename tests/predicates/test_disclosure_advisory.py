"""An advisory's statement binds its documents, and names nobody."""

from typing import Any

import pytest

from kept.errors import Invalid
from kept.predicates.disclosure_advisory import DisclosureAdvisory
from simulators import advisories


def test_it_reads_back_and_its_subjects_are_the_documents() -> None:
    made = DisclosureAdvisory.of(**advisories.stated())
    statement = made.to_statement()
    assert DisclosureAdvisory.parse(statement) == made
    assert [each.name for each in statement.subjects] == ["ACME-2026-0001 csaf-2.0", "ACME-2026-0001 avid"]


@pytest.mark.parametrize(
    "more",
    [
        {"revision": 0},
        {"documents": []},
        {"documents": [{"form": "pdf", "digest": "sha256:" + "1" * 64}]},
        {"reports": ["r-0123456789abcdef"]},
        {"severity": "dire"},
        {"finder": "A. Finder"},
    ],
)
def test_what_cannot_be_is_malformed(more: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="malformed"):
        DisclosureAdvisory.of(**advisories.stated(**more))
