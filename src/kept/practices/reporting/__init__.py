"""The reporting room: a public report whose every figure links to evidence, its verifier, and the release gate."""

from kept.core.practice import Practice

PRACTICE = Practice(
    name="reporting",
    title="Publish a report that anyone can verify, and gate releases",
    service="kept.practices.reporting.service:Service",
    commands="kept.practices.reporting.cli:commands",
    routes="kept.practices.reporting.web:router",
    commitments=("C6",),
    predicates=(
        "kept.predicates.approval:TYPE",
        "kept.predicates.dispute:TYPE",
        "kept.predicates.dispute_answer:TYPE",
        "kept.predicates.gate_decision:TYPE",
        "kept.predicates.gate_override:TYPE",
        "kept.predicates.gate_veto:TYPE",
        "kept.predicates.mapping_confirmation:TYPE",
        "kept.predicates.publication:TYPE",
        "kept.predicates.release:TYPE",
        "kept.predicates.release_report:TYPE",
        "kept.predicates.report_diff:TYPE",
        "kept.predicates.scope_decision:TYPE",
        "kept.predicates.supersession:TYPE",
        "kept.predicates.withholding:TYPE",
        "kept.predicates.written_part:TYPE",
    ),
    signers={
        "kept.predicates.approval:TYPE": ("reviewer", "trust-and-safety"),
        "kept.predicates.dispute:TYPE": ("outsider", "tester"),
        "kept.predicates.gate_veto:TYPE": ("trust-and-safety",),
        "kept.predicates.mapping_confirmation:TYPE": ("reviewer", "tester"),
    },
    settings="kept.practices.reporting.records:Settings",
    promoted={
        "status": "Show the state of each commitment, and what is missing.",
        "verify": "Check a published report, offline and without a workspace.",
        "monitor": "Watch a published report: removed claims, missed deadlines, split views, revoked keys.",
        "gate": "Answer whether a model may be released: exit 1 when not.",
    },
    backends={
        "folder": {"file": "kept.practices.reporting.backends.filesystem:FOLDER"},
        "source": {
            "http": "kept.practices.reporting.backends.http:HTTP",
            "https": "kept.practices.reporting.backends.http:HTTP",
        },
        "state": {"file": "kept.practices.reporting.backends.state:STATE"},
        "format": {
            "json": "kept.practices.reporting.backends.json:JSON",
            "html": "kept.practices.reporting.backends.html:HTML",
        },
        # Signed copies, for reading and for other tools: no verifier makes them again.
        "copy": {
            "card": "kept.practices.reporting.backends.card:CARD",
            "oscal": "kept.practices.reporting.backends.oscal:OSCAL",
            "pdf": "kept.practices.reporting.backends.pdf:PDF",
        },
    },
    needs={"outcomes": "kept.practices.reporting.ports:Outcomes"},
)
