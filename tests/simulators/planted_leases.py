"""Leases and sealed files that a test plants, for what decides about them; the real ones have their own tests."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from kept.errors import Denied
from kept.practices.weights.records.access import Kind, TensorPlace
from kept.practices.weights.records.sealed import Description

FILE = "ab" * 32
TENSORS = {
    "blocks.0.weight": TensorPlace("F32", (250,), 0, 1000),
    "blocks.1.weight": TensorPlace("F32", (250,), 1000, 2000),
    "head.weight": TensorPlace("F32", (2, 2), 2000, 2016),
}


@dataclass(frozen=True)
class PlantedLease:
    id: str = "lease-1"
    holder: str = "alice"
    file: str = FILE
    kind: Kind = "read"
    tensors: str = "*"
    bytes: int = 10_000
    purpose: str = "eval run 12"
    runtime: str = "inference"
    recipient: str = ""
    until: int = 1 << 40


@dataclass
class PlantedKeyholder:
    """Holds leases by their number; `revoked` ones are refused from the next question on."""

    leases: dict[str, PlantedLease] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)
    asked: int = 0

    def add(self, **changes: object) -> PlantedLease:
        lease = replace(PlantedLease(), **changes)
        self.leases[lease.id] = lease
        return lease

    def lease(self, lease: str, now: datetime) -> PlantedLease:
        self.asked += 1
        if lease not in self.leases or lease in self.revoked:
            raise Denied("There is no such lease in force.", code="lease.none")
        return self.leases[lease]

    def file_key(self, lease: str, now: datetime, *, envelope: bytes | None = None) -> bytearray:
        self.lease(lease, now)
        return bytearray(b"k" * 32)


@dataclass
class PlantedSealed:
    """Data whose byte at place n is n modulo 251."""

    size: int = 2016
    tensors: Mapping[str, TensorPlace] = field(default_factory=lambda: TENSORS)
    closed: bool = False
    headers: tuple[bytes, ...] = ()

    def read_into(self, start: int, stop: int, out: memoryview) -> None:
        out[:] = bytes(place % 251 for place in range(start, stop))

    def close(self) -> None:
        self.closed = True


class PlantedContainers:
    """Every place holds the file that its name says."""

    def describe(self, place: str) -> Description:
        return Description(place, place, b"s" * 32, "ff" * 32, b"{}", 1)

    def open(self, place: str, key: bytearray) -> PlantedSealed:
        return PlantedSealed()
