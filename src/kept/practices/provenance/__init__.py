"""The provenance room: marks what the model makes, and tells anyone whether it did."""

from kept.core.practice import Practice

PRACTICE = Practice(
    name="provenance",
    title="Mark what the model makes, and tell anyone whether it did",
    service="kept.practices.provenance.service:Service",
    commands="kept.practices.provenance.cli:commands",
    routes="kept.practices.provenance.web:router",
    commitments=("C5",),
    predicates=(
        "kept.predicates.provenance_coverage:TYPE",
        "kept.predicates.provenance_tool:TYPE",
        "kept.predicates.detector_evaluation:TYPE",
        "kept.predicates.marking_policy:TYPE",
        "kept.predicates.marking_summary:TYPE",
    ),
    offline=True,
    schema="kept.practices.provenance.service.tables:SCHEMA",
    settings="kept.practices.provenance.records:Settings",
    assessor="kept.practices.provenance.service:Service.assessor",
    founding="kept.practices.provenance.service:Service.found",
    backends={
        "checker": {"http": "kept.practices.provenance.backends.checkers:ask"},
        "index": {"file": "kept.practices.provenance.backends.index_files:MappedIndexes"},
        "picture": {
            "read": "kept.practices.provenance.backends.pictures:read",
            "write": "kept.practices.provenance.backends.pictures:write",
        },
        "sound": {
            "read": "kept.practices.provenance.backends.sounds:read",
            "write": "kept.practices.provenance.backends.sounds:write",
        },
        "film": {
            "mark": "kept.practices.provenance.backends.videos:marked",
            "detect": "kept.practices.provenance.backends.videos:detect",
            "stills": "kept.practices.provenance.backends.videos:stills",
            "frames": "kept.practices.provenance.backends.videos:frames",
        },
        # Where bulk jobs run; "ray" is also any ray://host:port.
        "engine": {
            "local": "kept.practices.provenance.backends.engines.local:LOCAL",
            "ray": "kept.practices.provenance.backends.engines.cluster:RAY",
        },
        "place": {"any": "kept.practices.provenance.backends.places:PLACES"},
        "verdicts": {
            "ready": "kept.practices.provenance.backends.verdict_tables:ready",
            "parquet": "kept.practices.provenance.backends.verdict_tables:encode",
        },
        "certificate-key": {
            "file": "kept.practices.provenance.backends.key_files:open_key",
            "pkcs11": "kept.practices.provenance.backends.tokens:open_key",
        },
        "manifest": {
            "sign": "kept.practices.provenance.backends.manifests:sign",
            "aside": "kept.practices.provenance.backends.manifests:manifest_for",
            "read": "kept.practices.provenance.backends.manifests:read",
        },
    },
)
