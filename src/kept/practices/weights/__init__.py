"""The weights room: keeps weights sealed, opens them to several people together, meters every byte, and watches."""

from kept.core.practice import Practice

PRACTICE = Practice(
    name="weights",
    title="Keep weights sealed, lease them by several people, meter and watch",
    service="kept.practices.weights.service:Service",
    commands="kept.practices.weights.cli:commands",
    routes="kept.practices.weights.web:router",
    commitments=("C3",),
    predicates=(
        "kept.predicates.weights_custody:TYPE",
        "kept.predicates.weights_lease:TYPE",
        "kept.predicates.weights_approval:TYPE",
        "kept.predicates.weights_export:TYPE",
        "kept.predicates.access_summary:TYPE",
        "kept.predicates.insider_alarm:TYPE",
        "kept.predicates.insider_exercise:TYPE",
        "kept.predicates.security_drill:TYPE",
        "kept.predicates.security_posture:TYPE",
    ),
    signers={
        # Custodians whose keys are on machines of their own sign what they say themselves.
        "kept.predicates.weights_approval:TYPE": ("custodian",),
        "kept.predicates.weights_lease:TYPE": ("custodian",),
    },
    settings="kept.practices.weights.records:Settings",
    assessor="kept.practices.weights.service:Service.assessor",
    schema="kept.practices.weights.service.tables:SCHEMA",
    backends={
        "attestation": {
            "measured": "kept.practices.weights.backends.attestation.measured:verify",
        },
        "broker": {
            "serve": "kept.practices.weights.backends.broker.serving:serve",
            "client": "kept.practices.weights.backends.broker_client:connected",
            "remote": "kept.practices.weights.backends.broker_client:connected_remotely",
            "weights": "kept.practices.weights.backends.broker_client:reading",
            "export": "kept.practices.weights.backends.broker_client.exporting:export",
            "files": "kept.practices.weights.backends.broker.files:OpenFiles",
        },
        "access-log": {
            "cert": "kept.practices.weights.backends.access_logs.cert:read_folder",
            "csv": "kept.practices.weights.backends.access_logs.mapped:read_csv",
            "jsonl": "kept.practices.weights.backends.access_logs.mapped:read_lines",
        },
        "suspect": {"open": "kept.practices.weights.backends.suspects:opened"},
        "range": {
            "folder": "kept.practices.weights.backends.ranges:folder",
            "new": "kept.practices.weights.backends.ranges:new",
            "weights": "kept.practices.weights.backends.ranges:weights",
            "copy": "kept.practices.weights.backends.ranges:copy",
            "leak": "kept.practices.weights.backends.ranges:leak",
            "change": "kept.practices.weights.backends.ranges:change",
        },
        "container": {
            "seal": "kept.practices.weights.backends.containers.sealing:seal",
            "remove": "kept.practices.weights.backends.containers.appearing:remove",
            "check": "kept.practices.weights.backends.containers.checking:check",
            "describe": "kept.practices.weights.backends.containers.keys:describe",
            "rekey": "kept.practices.weights.backends.containers.keys:replace_keys",
            "identify": "kept.practices.weights.backends.containers.reading:identify",
            "open": "kept.practices.weights.backends.containers.reading:open_sealed",
        },
        "model-signature": {
            "parts": "kept.practices.weights.backends.models_on_disk:parts_of",
            "digests": "kept.practices.weights.backends.models_on_disk:digests_of",
            "private": "kept.practices.weights.backends.models_on_disk:private_key",
            "public": "kept.practices.weights.backends.models_on_disk:public_key",
            "read": "kept.practices.weights.backends.models_on_disk:read_signature",
            "write": "kept.practices.weights.backends.models_on_disk:write_signature",
        },
    },
)
