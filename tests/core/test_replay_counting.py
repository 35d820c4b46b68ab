"""Of a deterministic model, what was said twice counts once; what was never made counts as a failure."""

import pytest

from kept.core.model import Identity
from kept.core.replay import Attempt, Outcome, counted_of, outcomes_of

REMOTE = Identity("remote", "endpoint only", endpoint="https://api.example/v1")


def attempts(*said: tuple[Outcome, str]) -> list[Attempt]:
    return [Attempt(number, outcome, asked=each[:1], answered=each[1:]) for number, (outcome, each) in enumerate(said)]


@pytest.mark.parametrize(
    ("said", "planned", "counted", "deterministic"),
    [
        ([("s", "a1"), ("s", "a1"), ("s", "a1")], 3, "s", True),
        ([("s", "a1"), ("r", "b2"), ("s", "a1"), ("r", "b2")], 4, "sr", True),
        ([("s", "a1"), ("r", "a2"), ("s", "a1")], 3, "srs", False),
        ([("s", "a1"), ("s", "b2"), ("s", "c3")], 3, "sss", False),
        ([("s", "a1"), ("s", "a1")], 4, "suu", True),
        ([("u", "a"), ("s", "a1"), ("s", "a1")], 3, "u", True),
        ([("u", ""), ("u", ""), ("u", ""), ("s", "a1"), ("s", "a1")], 5, "uuus", True),
        ([], 2, "uu", False),
    ],
)
def test_what_counts(said: list[tuple[Outcome, str]], planned: int, counted: str, deterministic: bool) -> None:
    assert counted_of(attempts(*said), REMOTE, planned=planned) == (counted, deterministic)


def test_what_was_never_made_is_unassessed() -> None:
    assert outcomes_of(attempts(("s", "a1")), planned=3) == "suu"
