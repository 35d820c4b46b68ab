"""Statements whose figures or standing follow from what they say: read, and computed again."""

from collections.abc import Mapping, Sequence
from typing import Any

from kept.errors import Unverified
from kept.practices.reporting.methods.postures import computed_again
from kept.practices.reporting.records import Known
from kept.predicates import (
    dataset_measurement,
    defensive_study,
    detector_evaluation,
    disclosure_fix,
    disclosure_replay,
    disclosure_replay_plan,
    disclosure_reward,
    disclosure_summary,
    expert_sign_off,
    external_finding,
    imported_evaluation,
    insider_exercise,
    provenance_coverage,
    security_drill,
    security_posture,
    sharing_acknowledgement,
    sharing_adoption,
    sharing_release,
    sharing_replay_plan,
    sharing_sighting,
    uplift_study,
    weights_custody,
)
from kept.predicates.dataset_measurement import DatasetMeasurement
from kept.predicates.defensive_study import DefensiveStudy
from kept.predicates.detector_evaluation import DetectorEvaluation
from kept.predicates.disclosure_fix import DisclosureFix
from kept.predicates.disclosure_replay import DisclosureReplay
from kept.predicates.disclosure_replay_plan import DisclosureReplayPlan
from kept.predicates.disclosure_reward import DisclosureReward
from kept.predicates.disclosure_summary import DisclosureSummary
from kept.predicates.expert_sign_off import ExpertSignOff
from kept.predicates.external_finding import ExternalFinding
from kept.predicates.imported_evaluation import ImportedEvaluation
from kept.predicates.insider_exercise import InsiderExercise
from kept.predicates.provenance_coverage import ProvenanceCoverage
from kept.predicates.security_drill import SecurityDrill
from kept.predicates.security_posture import SecurityPosture
from kept.predicates.sharing_acknowledgement import SharingAcknowledgement
from kept.predicates.sharing_adoption import SharingAdoption
from kept.predicates.sharing_release import SharingRelease
from kept.predicates.sharing_replay_plan import SharingReplayPlan
from kept.predicates.sharing_sighting import SharingSighting
from kept.predicates.study import Checked
from kept.predicates.uplift_study import UpliftStudy
from kept.predicates.weights_custody import WeightsCustody

READERS: Mapping[str, type[Checked]] = {
    external_finding.TYPE: ExternalFinding,
    expert_sign_off.TYPE: ExpertSignOff,
    uplift_study.TYPE: UpliftStudy,
    defensive_study.TYPE: DefensiveStudy,
    imported_evaluation.TYPE: ImportedEvaluation,
    dataset_measurement.TYPE: DatasetMeasurement,
    provenance_coverage.TYPE: ProvenanceCoverage,
    detector_evaluation.TYPE: DetectorEvaluation,
    insider_exercise.TYPE: InsiderExercise,
    security_drill.TYPE: SecurityDrill,
    security_posture.TYPE: SecurityPosture,
    weights_custody.TYPE: WeightsCustody,
    disclosure_replay.TYPE: DisclosureReplay,
    disclosure_reward.TYPE: DisclosureReward,
    disclosure_fix.TYPE: DisclosureFix,
    disclosure_summary.TYPE: DisclosureSummary,
    sharing_sighting.TYPE: SharingSighting,
    sharing_release.TYPE: SharingRelease,
    sharing_adoption.TYPE: SharingAdoption,
    sharing_acknowledgement.TYPE: SharingAcknowledgement,
}
SELF, THIRD_PARTY = "self", "third party"


def studies(known: Sequence[Known]) -> list[dict[str, Any]]:
    """What the report tells of each such statement, in the log's order.

    Raises Invalid for a malformed one, and Unverified where a figure is not what its counts give, where it is about
    another model than its entry, says "outside" and is signed by the provider, rests on what came after it, is not
    what was announced or planned before it, or reads measures otherwise than the statements before it give.
    """
    told = []
    announced: dict[int, DatasetMeasurement] = {}
    for each in known:
        if each.predicate in READERS and each.fields:
            read = READERS[each.predicate].parse(each.statement())
            told.append(_study(each, read))
            if isinstance(read, SecurityPosture):
                told[-1]["state"] = computed_again(read, each.index, known)
            if isinstance(read, DatasetMeasurement):
                _check_announced(read, announced, each.index)
    _check_planned(known)
    _check_sighted(known)
    return told


def _check_planned(known: Sequence[Known]) -> None:
    """Each replay is what the plan before it says, one for each conversation on each version. Raises Unverified."""
    plans: dict[int, DisclosureReplayPlan] = {}
    replayed: set[tuple[int, str, int | None]] = set()
    for each in known:
        if each.predicate == disclosure_replay_plan.TYPE and each.fields:
            plans[each.index] = DisclosureReplayPlan.parse(each.statement())
        if each.predicate != disclosure_replay.TYPE or not each.fields:
            continue
        read = DisclosureReplay.parse(each.statement())
        plan, place = plans.get(read.plan), (read.plan, read.model, read.conversation)
        if plan is None or place in replayed:
            raise _wrong(f"the {read.called} at index {each.index}", "is not what was planned, or is there twice")
        read.check_planned(plan)
        replayed.add(place)


def _check_sighted(known: Sequence[Known]) -> None:
    """Each sighting of a shared pattern is what the one plan before it says. Raises Unverified."""
    plans: dict[int, SharingReplayPlan] = {}
    for each in known:
        if each.predicate == sharing_replay_plan.TYPE and each.fields:
            plans[each.index] = SharingReplayPlan.parse(each.statement())
        if each.predicate == sharing_sighting.TYPE and each.fields:
            read = SharingSighting.parse(each.statement())
            plan = plans.pop(read.plan, None)
            if plan is None:
                raise _wrong(f"the {read.called} at index {each.index}", "is not what was planned, or is there twice")
            read.check_planned(plan)


def _check_announced(read: DatasetMeasurement, announced: dict[int, DatasetMeasurement], index: int) -> None:
    """A finished measurement was announced as it was made, and is finished once. Raises Unverified."""
    if read.plan is None:
        announced[index] = read
        return
    plan = announced.pop(read.plan, None)
    if plan is None or plan.announced != read.announced:
        raise _wrong(f"the {read.called} at index {index}", "is not what was announced before it, or is there twice")


def _study(each: Known, read: Checked) -> dict[str, Any]:
    fields = each.fields or {}
    where = f"the {read.called} at index {each.index}"
    if fields.get("model", "") != each.model:
        raise _wrong(where, "is about another model than its entry names")
    if fields.get("signed_by") == "outside" and "provider" in each.roles:
        raise _wrong(where, "says that outsiders signed it, and the provider did")
    if any(index >= each.index for index in read.sees):
        raise _wrong(where, "rests on what was recorded after it")
    read.check()
    return {
        "index": each.index,
        "predicate": each.predicate,
        "model": each.model,
        "domain": fields.get("domain", ""),
        "state": fields.get("state", ""),
        "assurance": SELF if "provider" in each.roles else THIRD_PARTY,
        "figures": read.figures,
    }


def _wrong(where: str, what: str) -> Unverified:
    return Unverified(f"{where[:1].upper()}{where[1:]} {what}.", code="report.study")
