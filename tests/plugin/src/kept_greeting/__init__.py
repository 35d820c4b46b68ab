"""A room outside the package, with the same inner shape as every room."""

from kept.core.practice import Practice

PRACTICE = Practice(
    name="greeting",
    title="Greets, and records that it did",
    service="kept_greeting.service:Service",
    commands="kept_greeting.cli:commands",
    settings="kept_greeting.records:Settings",
    predicates=("kept_greeting.records:TYPE",),
    schema="kept_greeting.service:SCHEMA",
    followers={"greeting-counter": "kept_greeting.service:Service.counter"},
)
