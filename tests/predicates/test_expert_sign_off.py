"""An expert's opinion: what was seen, its limits, and dissent in words."""

import pytest

from kept.errors import Invalid
from kept.predicates.expert_sign_off import ExpertSignOff
from simulators import studies


def test_a_sign_off_goes_through_a_statement_and_back() -> None:
    found = ExpertSignOff.of(**studies.sign_off())
    found.check()
    assert ExpertSignOff.parse(found.to_statement()) == found
    assert (found.sees, found.figures) == ((0, 2, 5), {})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"opinion": "dissents", "dissent": ""}, "written out"),
        ({"opinion": "supports with reservations", "dissent": ""}, "written out"),
        ({"opinion": "supports", "dissent": "but"}, "written out"),
        ({"opinion": "perhaps"}, "opinion"),
        ({"seen": []}, "seen"),
        ({"seen": [2, 2]}, "rising order"),
        ({"seen": [5, 2]}, "rising order"),
        ({"limits": ""}, "limits"),
        ({"expert": ""}, "expert"),
    ],
)
def test_what_cannot_be_is_malformed(change: dict, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        ExpertSignOff.of(**studies.sign_off(**change))
