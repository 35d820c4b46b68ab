"""One event is enough to break a hard rule."""

from datetime import UTC, datetime

import pytest

from kept.practices.weights.methods.insiders.rules import broken, words
from kept.practices.weights.records.insiders import AccessEvent


@pytest.mark.parametrize(
    ("what", "rule"),
    [
        ({"outcome": "read", "lease": "ls-1"}, ""),
        ({"outcome": "read"}, "no lease"),
        ({"outcome": "refused", "code": "lease.none"}, "no lease"),
        ({"outcome": "refused", "code": "lease.ended"}, ""),
        ({"outcome": "refused", "code": "budget.over"}, "over budget"),
        ({"outcome": "refused", "code": "decoy.opened", "decoy": True}, "decoy"),
        ({"outcome": "request", "lease": "ls-1"}, ""),
        ({"outcome": "request", "lease": "ls-1", "decoy": True}, "decoy"),
        ({"outcome": "request", "lease": "ls-1", "code": "lease.break-glass"}, "broken glass"),
        ({"outcome": "approval", "lease": "ls-1"}, ""),
    ],
)
def test_an_event_breaks_a_rule_or_none(what, rule):
    assert broken(AccessEvent(datetime(2026, 11, 28, tzinfo=UTC), "p-1", **what), leases=True) == rule
    assert not rule or words(rule)


def test_a_log_that_knows_no_leases_misses_none():
    assert broken(AccessEvent(datetime(2026, 11, 28, tzinfo=UTC), "p-1", "read"), leases=False) == ""
