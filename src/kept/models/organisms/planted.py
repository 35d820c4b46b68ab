"""What the ground truths of the organisms have in common."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kept.core.canonical import encode


@dataclass(frozen=True, slots=True)
class Decoy:
    """In this cell the organism looks suspicious, in this behaviour, with probability `rate`, and does no wrong."""

    domain: str
    strategy: str
    language: str
    rate: float
    behaviour: str


def truth_digest(document: Mapping[str, Any]) -> str:
    """ "sha256:<hex>" of the canonical ground truth; stands where a network has its weights digest."""
    return "sha256:" + hashlib.sha256(encode(document)).hexdigest()
