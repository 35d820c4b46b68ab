"""Vendors up and down the supply chain who take part in a case."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Side = Literal["upstream", "downstream"]
"""Upstream: what we build on. Downstream: who builds on us."""
Status = Literal["unknown", "investigating", "affected", "not affected", "fixed"]
SIDES: tuple[Side, ...] = ("upstream", "downstream")
STATUSES: tuple[Status, ...] = ("unknown", "investigating", "affected", "not affected", "fixed")


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor in a case: what they say, and since when they keep the embargo; times are UTC, "" for never."""

    id: str
    case: str
    name: str
    side: str
    invited: str
    until: str
    accepted: str
    revoked: str
    status: str
    statement: str


@dataclass(frozen=True, slots=True)
class Invited:
    """A vendor who was invited, and the token that lets them in: it is shown once and kept nowhere."""

    vendor: Vendor
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Shared:
    """Something that a vendor was told: when, and what."""

    at: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class VendorView:
    """What one vendor sees of a case: nothing but that there is one until they keep the embargo, where one holds."""

    case: str
    vendor: Vendor
    embargo: str
    embargo_until: str
    must_accept: bool
    shared: tuple[Shared, ...]
