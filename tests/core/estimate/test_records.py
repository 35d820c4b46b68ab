"""An estimate is checked as it is made, and its document reads back."""

import json
import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.core.estimate import Estimate, clopper_pearson, rate
from kept.errors import Invalid

clusters_of_outcomes = st.lists(st.text(alphabet="sru", max_size=6), max_size=30)


@given(clusters_of_outcomes)
def test_a_document_reads_back(clusters: list[str]) -> None:
    found = rate(clusters)
    assert Estimate.parse(json.loads(json.dumps(found.document()))) == found


@pytest.mark.parametrize("level", [0, 1, 0.0, 1.0, -0.5, math.nan, math.inf, "0.95", True])
def test_a_level_outside_zero_and_one_is_refused(level: object) -> None:
    with pytest.raises(Invalid, match="confidence level") as caught:
        clopper_pearson(1, 2, level=level)
    assert caught.value.code == "estimate.level"


@pytest.mark.parametrize(
    "change",
    [{"value": math.nan}, {"high": math.inf}, {"low": 0.9}, {"n": -1}, {"level": 1.0}, {"method": ""}, {"value": "1"}],
)
def test_a_document_that_is_no_estimate_is_refused(change: dict[str, object]) -> None:
    good = clopper_pearson(3, 10).document()
    with pytest.raises(Invalid):
        Estimate.parse(good | change)
    with pytest.raises(Invalid):
        Estimate.parse({"value": 0.1})


def test_importing_estimates_loads_nothing_heavy() -> None:
    probe = "import sys, kept.core.estimate; print(sorted({'numpy', 'scipy', 'pydantic'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout == "[]\n"
