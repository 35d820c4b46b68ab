"""The only loader."""

import pytest

from kept.core.reference import load
from kept.errors import Invalid


def test_it_loads_what_is_named() -> None:
    assert load("pathlib:Path.home").__name__ == "home"


@pytest.mark.parametrize("reference", ["", "pathlib", ":Path", "pathlib:", "no.such.module:x", "pathlib:Missing"])
def test_what_is_malformed_or_missing_is_invalid(reference: str) -> None:
    with pytest.raises(Invalid):
        load(reference)
