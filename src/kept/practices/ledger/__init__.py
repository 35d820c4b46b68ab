"""The ledger room: keeps the other rooms honest; checkpoints, proofs, witnesses, keys, export."""

from kept.core.practice import Practice

PRACTICE = Practice(
    name="ledger",
    title="Prove what was recorded, have it witnessed, hand it out",
    service="kept.practices.ledger.service:Service",
    commands="kept.practices.ledger.cli:commands",
    routes="kept.practices.ledger.web:router",
    predicates=("kept.predicates.key_event:TYPE", "kept.predicates.erasure:TYPE"),
    settings="kept.practices.ledger.records:Settings",
    backends={
        "witness-client": {
            "http": "kept.practices.ledger.backends.http:ask",
            "https": "kept.practices.ledger.backends.http:ask",
        },
        "cosigner": {
            "ed25519": "kept.practices.ledger.backends.ed25519:open_cosigner",
            "ml-dsa-44": "kept.practices.ledger.backends.ml_dsa_44:open_cosigner",
        },
    },
)
