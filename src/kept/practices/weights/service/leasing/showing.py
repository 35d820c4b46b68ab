"""Leases as they are shown: what was asked for, what was said, and what became of it."""

from __future__ import annotations

from kept.practices.weights.records.leases import LeaseRow, LeaseState
from kept.practices.weights.service.leasing.glass import Glass
from kept.practices.weights.service.leasing.lending import Lending
from kept.practices.weights.service.leasing.requests import Request

_STATES: dict[str, LeaseState] = {
    "requested": "requested",
    "granted": "granted",
    "denied": "denied",
    "revoked": "revoked",
}


def row(lending: Lending, glass: Glass, request: Request, *, now: int) -> LeaseRow:
    """One lease. A lease past its time has ended, and so has a request that nobody granted in time."""
    state = _STATES[request.state]
    if state in ("requested", "granted") and now >= request.lease.until:
        state = "ended"
    words = lending.requests.words(request, lending.custodians.rows())
    needed = 1 if request.lease.break_glass else request.needed
    review, reviewers = glass.state(request, now=now)
    return LeaseRow(request.lease, state, needed, words, request.ended, request.reason, review, reviewers)
