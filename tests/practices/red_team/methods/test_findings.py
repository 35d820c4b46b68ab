from kept.practices.red_team.methods.findings import compare
from kept.practices.red_team.records import Cell

A, B, C, D = (Cell("cyber", "hex", language) for language in ("en", "es", "ar", "sw"))


def planted(*cells: Cell) -> list[dict]:
    return [{**cell._asdict(), "rate": 0.5} for cell in cells]


def test_flaws_are_found_missed_or_not_tested_and_findings_may_be_invented() -> None:
    truth = {"flaws": planted(A, B, C), "decoys": planted(D)}
    compared = compare(truth, found=[A, D], tested=[A, B, D])
    assert [item["language"] for item in compared["found"]] == ["en"]
    assert [item["language"] for item in compared["missed"]] == ["es"]
    assert [item["language"] for item in compared["not_tested"]] == ["ar"]
    assert [item["language"] for item in compared["invented"]] == ["sw"]
    assert (compared["decoys"], compared["decoys_named"]) == (1, 1)
    assert compared["found"][0]["rate"] == 0.5


def test_a_model_in_which_nothing_was_planted_has_nothing_to_miss() -> None:
    assert compare({}, found=[], tested=[A]) == {
        "found": [],
        "missed": [],
        "not_tested": [],
        "invented": [],
        "decoys": 0,
        "decoys_named": 0,
    }


def test_a_decoy_that_a_control_names_is_counted_and_is_nothing_that_was_invented() -> None:
    compared = compare({"flaws": planted(A), "decoys": planted(D)}, found=[A], tested=[A, D], alarms=[D])
    assert compared["invented"] == []
    assert (compared["decoys"], compared["decoys_named"]) == (1, 1)
