"""Statements on marking, as the provenance room records them."""

from typing import Any

from kept.predicates.detector_evaluation import share_document
from kept.predicates.provenance_coverage import share
from simulators.studies import MODEL

ISSUED = {"issued": "2026-11-22T07:30:00Z", "by": "provider"}
EVALUATION = "e-0123456789abcdef"
ALGORITHM = "kept image mark, version 1"


def coverage(found: int = 118, n: int = 120, **more: Any) -> dict[str, Any]:
    """How much of what a model made was found again."""
    figure = share(found, n, level=0.95)
    return {
        "evaluation": EVALUATION,
        "model": MODEL,
        "media": "image",
        "algorithm": ALGORITHM,
        "attacks": ["jpeg-50", "crop-half"],
        "level": 0.95,
        "n": n,
        "found": found,
        "low": figure.low,
        "estimate": figure.document(),
        "user_data": False,
        **ISSUED,
        **more,
    }


def evaluation(**more: Any) -> dict[str, Any]:
    """How well marks are found under two attacks."""
    attacks = [("jpeg-50", 60, 60), ("crop-half", 58, 60)]
    return {
        "evaluation": EVALUATION,
        "media": "image",
        "algorithm": ALGORITHM,
        "sample": "stand-ins",
        "software": "kept 0.1.0",
        "gate": 1e-9,
        "keys": 1,
        "level": 0.95,
        "attacks": [{"attack": name, **share_document(found, n, level=0.95)} for name, found, n in attacks],
        "overall": share_document(118, 120, level=0.95),
        "unmarked": share_document(0, 120, level=0.95),
        **ISSUED,
        **more,
    }


def policy(**more: Any) -> dict[str, Any]:
    """What is in force."""
    return {
        "media": [{"media": "image", "algorithm": ALGORITHM}],
        "keys": [{"id": "mk-01234567", "state": "current", "changed": "2026-11-22T07:30:00Z"}],
        "payload_bits": 64,
        "gate": 1e-9,
        "manifest": "signed by a development chain",
        "fingerprint": True,
        "registry": True,
        "rotate_after": 10_000,
        "user_data": False,
        "words": "We mark every picture.",
        **ISSUED,
        **more,
    }


def summary(**more: Any) -> dict[str, Any]:
    """One batch."""
    return {
        "batch": "b-0123456789abcdef",
        "since": "2026-11-22T07:00:00Z",
        "until": "2026-11-22T07:30:00Z",
        "pieces": 12,
        "marked": [{"model": MODEL, "media": "image", "key": "mk-01234567", "count": 11}],
        "failures": [{"code": "media.empty", "count": 1}],
        **ISSUED,
        **more,
    }


def tool(**more: Any) -> dict[str, Any]:
    """A public check page."""
    return {
        "url": "https://check.example/",
        "what": "A page where anyone drops a file and sees the verdict.",
        "public": True,
        "probes": [{"content": "marked", "media": "image", "right": 1, "asked": 1}],
        **ISSUED,
        **more,
    }
