"""The disclosure room: strangers report weaknesses, which are replayed, rewarded, fixed and published."""

from kept.core.practice import Practice

PRACTICE = Practice(
    name="disclosure",
    title="Hear of weaknesses from strangers, check them, reward them, publish them",
    service="kept.practices.disclosure.service:Service",
    commands="kept.practices.disclosure.cli:commands",
    routes="kept.practices.disclosure.web:router",
    roots={"/.well-known/security.txt": "kept.practices.disclosure.web.security_txt:router"},
    commitments=("C4",),
    predicates=(
        "kept.predicates.disclosure_advisory:TYPE",
        "kept.predicates.disclosure_fix:TYPE",
        "kept.predicates.disclosure_programme:TYPE",
        "kept.predicates.disclosure_replay:TYPE",
        "kept.predicates.disclosure_replay_plan:TYPE",
        "kept.predicates.disclosure_report:TYPE",
        "kept.predicates.disclosure_reward:TYPE",
        "kept.predicates.disclosure_summary:TYPE",
    ),
    settings="kept.practices.disclosure.records:Settings",
    schema="kept.practices.disclosure.service.tables:SCHEMA",
    assessor="kept.practices.disclosure.service:Service.assessor",
    chores=("sweep",),
    works=("work",),
    dues="dues",
    needs={"replayer": "kept.practices.disclosure.ports:Replayer"},
    followers={"disclosure-releases": "kept.practices.disclosure.service:Service.releases"},
    backends={
        "likeness": {"minhash": "kept.practices.disclosure.backends.minhash:signature"},
        "replay-worker": {
            "alone": "kept.core.confinement.worker:alone",
            "confine": "kept.core.confinement.worker:confine",
            "process": "kept.core.confinement.worker:process",
        },
        "score": {"cvss4": "kept.practices.disclosure.backends.cvss4:score"},
        "age": {
            "check": "kept.practices.disclosure.backends.age:check_recipient",
            "decrypt": "kept.practices.disclosure.backends.age:decrypt",
            "encrypt": "kept.practices.disclosure.backends.age:encrypt",
            "identities": "kept.practices.disclosure.backends.age:read_identities",
            "new": "kept.practices.disclosure.backends.age:new_identity",
            "recipient": "kept.practices.disclosure.backends.age:recipient_of",
        },
        "import": {
            "avid": "kept.practices.disclosure.backends.imports.avid:read",
            "flare": "kept.practices.disclosure.backends.imports.flare:read",
            "inspect": "kept.practices.disclosure.backends.imports.inspect_samples:read",
        },
        "work": {
            "challenge": "kept.practices.disclosure.backends.altcha:challenge",
            "check": "kept.practices.disclosure.backends.altcha:check",
        },
    },
)
