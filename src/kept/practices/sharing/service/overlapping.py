"""What two organisations have seen alike, learnt without showing what only one of them has seen."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from kept.core.context import Context
from kept.core.reference import load
from kept.errors import NotFound
from kept.practices.sharing.service.tables.library import LIBRARY

HASHES = 16
"""How many hashes of each pattern's sketch are compared: two that share half of them are taken for alike."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for another organisation, the secret that reads its answer, and how many patterns and hashes it has."""

    request: bytes
    secret: bytes
    patterns: int
    items: int


@dataclass(frozen=True, slots=True)
class Alike:
    """How many of a pattern's compared hashes the other organisation has, too."""

    id: str
    name: str
    shared: int
    of: int


class Overlapping:
    """The verbs about private overlap."""

    _context: Context

    def overlap_ask(self) -> Asked:
        """Ask which of the patterns made here another organisation has, too.

        Whoever answers learns how many hashes are asked about. Raises NotFound where no pattern was made here, and
        Unavailable without the extra `overlap`.
        """
        items = self._overlap_items()
        if not items:
            raise NotFound("No pattern was made here.", code="overlap.empty", hint="kept sharing object new jailbreak")
        distinct = sorted({item for _, each in items.values() for item in each})
        request, secret = self._overlap_backend("ask")(distinct)
        return Asked(request, secret, len(items), len(distinct))

    def overlap_answer(self, request: bytes) -> bytes:
        """Answer another organisation, which learns what both have and how many hashes there are here, and no more.

        Raises Invalid or Unavailable.
        """
        items = sorted({item for _, each in self._overlap_items().values() for item in each})
        answer: bytes = self._overlap_backend("answer")(request, items)
        return answer

    def overlap_learn(self, answer: bytes, secret: bytes) -> tuple[Alike, ...]:
        """What the other organisation has of each pattern made here, the most alike first. Raises Invalid."""
        common: frozenset[str] = self._overlap_backend("learn")(answer, secret)
        found = [
            Alike(named, name, len(common.intersection(items)), len(items))
            for named, (name, items) in self._overlap_items().items()
        ]
        return tuple(sorted(found, key=lambda each: (-each.shared / each.of, each.name)))

    def _overlap_items(self) -> Mapping[str, tuple[str, frozenset[str]]]:
        from kept.practices.sharing.methods.fingerprints import decode
        from kept.practices.sharing.methods.objects import read
        from kept.practices.sharing.records.contents import Circumvention

        found = {}
        for body in self._overlap_bodies():
            shared = read(json.loads(body))
            if not isinstance(shared.content, Circumvention):
                continue
            least = decode(shared.content.sketch)[:HASHES].tolist()
            found[shared.id] = (shared.name, frozenset(f"{number:016x}" for number in least))
        return found

    def _overlap_bodies(self) -> Iterator[bytes]:
        query = select(LIBRARY.c.body).where(LIBRARY.c.kind == "circumvention-pattern").order_by(LIBRARY.c.id)
        with self._context.store.read() as connection:
            yield from (bytes(row.body) for row in connection.execute(query))

    def _overlap_backend(self, name: str) -> Any:
        return load(self._context.backends["overlap"][name])
