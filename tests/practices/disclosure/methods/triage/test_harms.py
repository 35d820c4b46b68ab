"""The scale of harms is complete, and a worse answer never makes a harm milder."""

import itertools

import pytest

from kept.errors import Invalid
from kept.practices.disclosure.methods.triage.harms import ASKED, SEVERITIES, asks, rate, tables

EVERY = list(itertools.product(*(ask.values for ask in asks())))
ORDERED = {"recovery", "reach", "ease", "safeguards"}


def answers(combination: tuple[str, ...]) -> dict[str, str]:
    return dict(zip(ASKED, combination, strict=True))


def test_every_combination_has_a_severity_and_every_severity_is_reached() -> None:
    assert len(EVERY) == 11 * 3 * 3 * 3 * 3
    assert {rate(answers(each)).severity for each in EVERY} == set(SEVERITIES)
    assert [len(table.rows) for table in tables().values()] == [11, 12, 9, 36]


def test_a_worse_answer_never_lowers_the_severity() -> None:
    held = {ask.name: ask.values for ask in asks()}
    for combination in EVERY:
        own = answers(combination)
        severity = SEVERITIES.index(rate(own).severity)
        for name in ORDERED:
            at = held[name].index(own[name])
            for worse in held[name][at + 1 :]:
                assert SEVERITIES.index(rate({**own, name: worse}).severity) >= severity


def test_a_heavier_kind_never_lowers_it_either() -> None:
    weights = list(tables()["harm"].outcomes)
    kinds = sorted(asks()[0].values, key=lambda kind: weights.index(tables()["harm"].rows[(kind,)]))
    for rest in itertools.product(*(ask.values for ask in asks()[1:])):
        found = [SEVERITIES.index(rate(answers((kind, *rest))).severity) for kind in kinds]
        assert found == sorted(found)


@pytest.mark.parametrize(
    ("told", "severity"),
    [
        ("nuisance, undone, one, expert, none", "low"),
        ("privacy, lasting, some, practised, some", "medium"),
        ("crime, lasting, many, anyone, all", "high"),
        ("health, irreversible, many, anyone, some", "critical"),
        ("mass harm, undone, one, expert, none", "medium"),
        ("mass harm, irreversible, many, anyone, all", "critical"),
    ],
)
def test_examples(told: str, severity: str) -> None:
    assert rate(answers(tuple(told.split(", ")))).severity == severity


def test_wrong_answers_are_named() -> None:
    own = answers(EVERY[0])
    with pytest.raises(Invalid, match="'reach' has no answer 'far'"):
        rate({**own, "reach": "far"})
    with pytest.raises(Invalid, match="'ease' has no answer"):
        rate({name: value for name, value in own.items() if name != "ease"})
    with pytest.raises(Invalid, match="doesn't ask about 'severity'"):
        rate({**own, "severity": "low"})
