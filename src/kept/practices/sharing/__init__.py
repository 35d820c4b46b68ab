"""The sharing room: tells others of a weakness by shared standards, and hears of theirs."""

from kept.core.practice import Practice

PRACTICE = Practice(
    name="sharing",
    title="Share weaknesses with companies and governments, by STIX and TAXII",
    service="kept.practices.sharing.service:Service",
    commands="kept.practices.sharing.cli:commands",
    routes="kept.practices.sharing.web:router",
    roots={"/taxii2": "kept.practices.sharing.web.taxii:router"},
    metered=("/taxii2/",),
    clients="client_certificates",
    commitments=("C2",),
    predicates=(
        "kept.predicates.sharing_acknowledgement:TYPE",
        "kept.predicates.sharing_adoption:TYPE",
        "kept.predicates.sharing_channel:TYPE",
        "kept.predicates.sharing_release:TYPE",
        "kept.predicates.sharing_replay_plan:TYPE",
        "kept.predicates.sharing_sighting:TYPE",
    ),
    needs={"replayer": "kept.practices.sharing.ports:Replayer"},
    chores=("notices_look",),
    works=("work",),
    dues="dues",
    assessor="kept.practices.sharing.service:Service",
    settings="kept.practices.sharing.records:Settings",
    schema="kept.practices.sharing.service.tables:SCHEMA",
    backends={
        "server": {
            "taxii": "kept.practices.sharing.backends.taxii_client:opened",
            "strangers": "kept.practices.sharing.backends.taxii_client:strangers",
        },
        "object-import": {
            "stix": "kept.practices.sharing.backends.formats.bundles:read",
            "atlas": "kept.practices.sharing.backends.formats.bundles:read_atlas",
            "misp": "kept.practices.sharing.backends.formats.misp:read",
            "avid": "kept.practices.sharing.backends.formats.avid:read",
            "nova": "kept.practices.sharing.backends.formats.rules:read",
        },
        "replay-worker": {
            "alone": "kept.core.confinement.worker:alone",
            "confine": "kept.core.confinement.worker:confine",
            "process": "kept.core.confinement.worker:process",
        },
        "prompts": {"jsonl": "kept.practices.sharing.backends.files:logged"},
        "overlap": {
            "ask": "kept.practices.sharing.backends.private_sets:ask",
            "answer": "kept.practices.sharing.backends.private_sets:answer",
            "learn": "kept.practices.sharing.backends.private_sets:learn",
        },
        "object-export": {
            "stix": "kept.practices.sharing.backends.formats.bundles:write",
            "misp": "kept.practices.sharing.backends.formats.misp:write",
            "avid": "kept.practices.sharing.backends.formats.avid:write",
        },
    },
)
