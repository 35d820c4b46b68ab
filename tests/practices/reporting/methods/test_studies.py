"""Statements by outsiders in a report: figures are computed again, and who signed is not taken from their words."""

from typing import Any

import pytest

from kept.errors import Invalid, Unverified
from kept.practices.reporting.methods.studies import READERS, studies
from kept.practices.reporting.records import Known
from kept.predicates import defensive_study, expert_sign_off, external_finding, uplift_study
from simulators import studies as outsiders

KINDS = {
    external_finding.TYPE: outsiders.finding(),
    expert_sign_off.TYPE: outsiders.sign_off(),
    uplift_study.TYPE: outsiders.counted_uplift(),
    defensive_study.TYPE: outsiders.defence(),
}


def known(predicate: str, fields: dict[str, Any] | None, *, role: str = "tester", index: int = 9) -> Known:
    return Known(index, predicate, outsiders.MODEL, fields, actors=("red-lab",), roles=frozenset({role}))


def test_every_kind_has_a_reader() -> None:
    assert set(KINDS) <= set(READERS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.split("/")[-2])
def test_the_assurance_follows_from_the_keys(kind: str) -> None:
    (theirs,) = studies([known(kind, KINDS[kind])])
    assert (theirs["assurance"], theirs["index"], theirs["domain"]) == ("third party", 9, KINDS[kind]["domain"])
    (ours,) = studies([known(kind, {**KINDS[kind], "signed_by": "provider"}, role="provider")])
    assert ours["assurance"] == "self"
    assert ours["figures"] == theirs["figures"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.split("/")[-2])
def test_the_provider_cannot_pose_as_an_outsider(kind: str) -> None:
    with pytest.raises(Unverified, match="index 9 says that outsiders signed it"):
        studies([known(kind, KINDS[kind], role="provider")])


def test_what_is_about_another_model_or_rests_on_the_future_fails() -> None:
    other = {**KINDS[external_finding.TYPE], "model": "sha256:" + "8" * 64}
    with pytest.raises(Unverified, match="another model"):
        studies([known(external_finding.TYPE, other)])
    with pytest.raises(Unverified, match="recorded after it"):
        studies([known(expert_sign_off.TYPE, KINDS[expert_sign_off.TYPE], index=5)])
    with pytest.raises(Unverified, match="recorded after it"):
        studies([known(uplift_study.TYPE, KINDS[uplift_study.TYPE], index=3)])


def test_a_wrong_figure_fails_and_a_wrong_shape_is_malformed() -> None:
    wrong = {**KINDS[external_finding.TYPE], "succeeded": 2}
    with pytest.raises(Unverified, match="its own counts give"):
        studies([known(external_finding.TYPE, wrong)])
    with pytest.raises(Invalid, match="malformed"):
        studies([known(external_finding.TYPE, {**wrong, "attempts": "40"})])


def test_other_statements_and_erased_ones_are_passed_over() -> None:
    assert studies([known("https://kept.example/predicates/other/v1", {}), known(expert_sign_off.TYPE, None)]) == []
