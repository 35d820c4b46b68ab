"""The weights room: keeps weights sealed, opens them to several people together, meters every byte, and watches."""

from kept.core.practice import Practice

PRACTICE = Practice(
    name="weights",
    title="Keep weights sealed, lease them by several people, meter and watch",
    service="kept.practices.weights.service:Service",
    commands="kept.practices.weights.cli:commands",
    commitments=("C3",),
    settings="kept.practices.weights.records:Settings",
    schema="kept.practices.weights.service.tables:SCHEMA",
)
