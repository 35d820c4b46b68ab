"""The provenance room: marks what the model makes, and tells anyone whether it did."""

from kept.core.practice import Practice

PRACTICE = Practice(
    name="provenance",
    title="Mark what the model makes, and tell anyone whether it did",
    service="kept.practices.provenance.service:Service",
    commands="kept.practices.provenance.cli:commands",
    commitments=("C5",),
    schema="kept.practices.provenance.service.tables:SCHEMA",
)
