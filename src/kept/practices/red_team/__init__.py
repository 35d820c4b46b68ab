"""The red-team room: attacks a model, measures with honest statistics, shows what was not tested."""

from kept.core.practice import Practice

PRACTICE = Practice(
    name="red_team",
    title="Attack a model, measure what holds, show what was not tested",
    service="kept.practices.red_team.service:Service",
    commands="kept.practices.red_team.cli:commands",
    routes="kept.practices.red_team.web:router",
    commitments=("C1",),
    predicates=(
        "kept.predicates.campaign_plan:TYPE",
        "kept.predicates.campaign_result:TYPE",
        "kept.predicates.judge_calibration:TYPE",
        "kept.predicates.external_finding:TYPE",
        "kept.predicates.expert_sign_off:TYPE",
        "kept.predicates.uplift_study:TYPE",
        "kept.predicates.defensive_study:TYPE",
        "kept.predicates.preregistration:TYPE",
        "kept.predicates.comparison:TYPE",
        "kept.predicates.imported_evaluation:TYPE",
        "kept.predicates.dataset_measurement:TYPE",
    ),
    signers={
        "kept.predicates.external_finding:TYPE": ("tester",),
        "kept.predicates.expert_sign_off:TYPE": ("tester", "expert"),
        "kept.predicates.uplift_study:TYPE": ("tester", "expert"),
        "kept.predicates.defensive_study:TYPE": ("tester", "expert"),
    },
    settings="kept.practices.red_team.records:Settings",
    schema="kept.practices.red_team.service.tables:SCHEMA",
    assessor="kept.practices.red_team.service:Service",
    backends={
        "labels": {"jsonl": "kept.practices.red_team.backends.labels:LABELS"},
        "evaluation": {
            "garak": "kept.practices.red_team.backends.garak:read",
            "inspect": "kept.practices.red_team.backends.inspect_log:read",
            "promptfoo": "kept.practices.red_team.backends.promptfoo:read",
        },
        "evaluation-run": {"inspect": "kept.practices.red_team.backends.inspect_log:run"},
        "files": {
            "digest": "kept.practices.red_team.backends.reading:digest_of",
            "whole": "kept.practices.red_team.backends.reading:whole",
        },
    },
    offers=("outcomes", "replayer"),
)
