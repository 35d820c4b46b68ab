"""Statements on weights, as the weights room records them."""

from typing import Any

from kept.core.estimate import clopper_pearson
from simulators.studies import MODEL

ISSUED = {"issued": "2026-11-22T07:30:00Z", "by": "provider"}
WEIGHTS, COPY = "sha256:" + "5a" * 32, "sha256:" + "6b" * 32
LEASE, PERSON = "sha256:" + "1c" * 32, "sha256:" + "2d" * 32
FILE = "4e" * 32


def custody(**more: Any) -> dict[str, Any]:
    """Weights that three people hold, of whom two open them."""
    return {
        "model": MODEL,
        "weights": WEIGHTS,
        "event": "checked",
        "sealed": True,
        "files": [FILE],
        "bytes": 2_000_000,
        "people_required": 2,
        "custodians": 3,
        "key": "file",
        "extent": "every byte",
        **ISSUED,
        **more,
    }


def lease(**more: Any) -> dict[str, Any]:
    """A lease that two people granted."""
    return {
        "lease": LEASE,
        "weights": WEIGHTS,
        "file": FILE,
        "kind": "read",
        "state": "granted",
        "break_glass": False,
        "attested": False,
        "requester": PERSON,
        "purpose": "sha256:" + "3f" * 32,
        "host": "sha256:" + "7c" * 32,
        "tensors": "all",
        "bytes": 40_000_000_000,
        "until": "2026-11-22T11:30:00Z",
        "people_required": 2,
        "approvals": 2,
        **ISSUED,
        **more,
    }


def approval(**more: Any) -> dict[str, Any]:
    """One of the two."""
    return {
        "lease": LEASE,
        "custodian": "sha256:" + "8d" * 32,
        "verdict": "approved",
        "signed": "sha256:" + "9e" * 32,
        **ISSUED,
        **more,
    }


def export(**more: Any) -> dict[str, Any]:
    """A copy that left with a fingerprint."""
    return {
        "weights": COPY,
        "parent": WEIGHTS,
        "lease": LEASE,
        "recipient": PERSON,
        "fingerprint": "kept weights fingerprint, version 1",
        "strength": 0.003,
        "tensors": 12,
        "marked": 10,
        "parameters": 4_200_000,
        "bytes": 8_400_000,
        **ISSUED,
        **more,
    }


def summary(**more: Any) -> dict[str, Any]:
    """What was read in a day."""
    return {
        "since": "2026-11-21T00:00:00Z",
        "until": "2026-11-22T00:00:00Z",
        "start": 0,
        "stop": 42,
        "root": "sha256:" + "ab" * 32,
        "reads": 40,
        "refused": 2,
        "bytes": 12_000_000,
        "reserved": 67_108_864,
        "people": 3,
        "leases": 2,
        "files": 1,
        "exports": 1,
        "decoys": 0,
        **ISSUED,
        **more,
    }


def alarm(**more: Any) -> dict[str, Any]:
    """Somebody opened a decoy."""
    return {
        "alarm": "a-0123456789abcdef",
        "tier": "rule",
        "reasons": ["decoy"],
        "person": PERSON,
        "state": "raised",
        "opened_by": 0,
        "events": 1,
        "bytes": 4096,
        "bound": None,
        "since": "2026-11-22T07:29:58Z",
        **ISSUED,
        **more,
    }


def exercise(
    noticed: int = 24, attempts: int = 27, accused: int = 2, innocent: int = 573, **more: Any
) -> dict[str, Any]:
    """So many simulated insiders were noticed."""
    return {
        "exercise": "x-0123456789abcdef",
        "state": "completed",
        "simulator": "kept insider simulator, version 1",
        "seeds": 3,
        "days": 120,
        "budget": 1.0,
        "attempts": attempts,
        "noticed": noticed,
        "tiers": [{"tier": "rule", "noticed": 12}, {"tier": "queue", "noticed": 23}],
        "innocent": innocent,
        "accused": accused,
        "bound": 0.01,
        "level": 0.95,
        "estimate": clopper_pearson(noticed, attempts, level=0.95).document(),
        "false_alarms": clopper_pearson(accused, innocent, level=0.95).document(),
        **ISSUED,
        **more,
    }


def drill(**more: Any) -> dict[str, Any]:
    """A lease was used past its time, and refused."""
    return {
        "drill": "d-0123456789abcdef",
        "scenario": "lease-past-its-time",
        "state": "passed",
        "answer": "refused",
        "code": "lease.expired",
        "seconds": 0.02,
        "weights": WEIGHTS,
        "software": "kept 0.1.0",
        **ISSUED,
        **more,
    }


def posture(**more: Any) -> dict[str, Any]:
    """The first level is reached, the second isn't."""
    return {
        "framework": "RAND, Securing AI Model Weights, 2024",
        "catalog": "sha256:" + "cd" * 32,
        "size": 3,
        "level": 1,
        "measures": [
            {"id": "encrypted-at-rest", "level": 1, "reading": "met", "evidence": [2]},
            {"id": "several-people", "level": 2, "reading": "stale", "evidence": [1]},
            {"id": "guarded-premises", "level": 2, "reading": "not evidenced", "evidence": []},
        ],
        "met": 1,
        **ISSUED,
        **more,
    }
