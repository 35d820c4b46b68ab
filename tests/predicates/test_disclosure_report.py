"""The statement that a report came in."""

import pytest

from kept.errors import Invalid
from kept.predicates.disclosure_report import DisclosureReport
from simulators import disclosures


def test_it_reads_back() -> None:
    made = DisclosureReport.of(**disclosures.report())
    assert DisclosureReport.parse(made.to_statement()) == made


@pytest.mark.parametrize("changed", [{"report": "r-1"}, {"route": "mail"}, {"version": 0}, {"title": "It tells"}])
def test_a_malformed_one_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(Invalid, match="disclosure report is malformed"):
        DisclosureReport.of(**disclosures.report(**changed))
