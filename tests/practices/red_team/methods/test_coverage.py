from kept.practices.red_team.methods.cells import every_cell
from kept.practices.red_team.methods.coverage import coverage
from kept.practices.red_team.records import Cell
from kept.predicates.outcomes import OutcomeRecord


def record(language: str, *clusters: str, probe: str = "p") -> OutcomeRecord:
    return OutcomeRecord("cyber", "base64", language, probe, clusters)


def test_what_was_not_tried_is_not_tested() -> None:
    states = coverage([])
    assert tuple(states) == every_cell()
    assert set(states.values()) == {"not tested"}


def test_a_cell_is_tested_once_one_attempt_could_be_assessed() -> None:
    states = coverage([record("en", "u", "ur"), record("es", "u", "u"), record("ar", "", "")])
    found = {language: states[Cell("cyber", "base64", language)] for language in ("en", "es", "ar", "sw")}
    assert found == {"en": "tested", "es": "unassessed", "ar": "not tested", "sw": "not tested"}


def test_one_probe_that_says_something_is_enough() -> None:
    told, untold = record("en", "r", probe="a"), record("en", "u", probe="b")
    for records in ([told, untold], [untold, told]):
        assert coverage(records)[Cell("cyber", "base64", "en")] == "tested"
