"""The registry: what was marked, found again by its mark's number, its file, its manifest, or what it looks like.

It holds nothing of who asked for the content, and no names: a random number, the model, the key, a day, digests, codes
and the signed manifest. `matches_by_binding`, `matches_by_content`, `get_manifest` and `supported_algorithms` answer as
the C2PA Soft Binding Resolution API does (C2PA 2.x, "Soft Binding API"; its OpenAPI document, version 1.0.0).
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import UTC

from sqlalchemy import Column, Connection, func, select

from kept.core.context import Clock, Entropy
from kept.core.store import Store
from kept.errors import Conflict, Invalid, NotFound, Unavailable
from kept.practices.provenance.methods.fingerprint.codes import MEDIA, read_code
from kept.practices.provenance.ports import IndexFiles
from kept.practices.provenance.records import CONTENT_BITS, MODEL_BITS, Candidate, Entry, Match, Registration
from kept.practices.provenance.service.binding import ISCC, WATERMARK, read_value
from kept.practices.provenance.service.index import CodeIndex
from kept.practices.provenance.service.rows import change, check, entries, entry, insert
from kept.practices.provenance.service.tables import ENTRIES, FINGERPRINTS, MANIFESTS, MODELS

# Bits of 64 by which a content code may differ and still be looked at. Compression, noise, blur, light and scale
# changed at most 4 in ten photographs; crops, turns and mirrors change more than any radius that tells contents apart,
# and are found by their mark.
RADIUS = 8
CODE_BITS = 64
MOST = 100
_DRAWS = 16
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class Taken(Conflict):
    """Another piece of content was registered under the id meanwhile: mark this one anew, under another."""


class Registry:
    """Verbs on the store; each blocks, and what `register` returns is durable.

    Raises Unavailable where the store is out of reach: content is then not marked, since nobody could trace it.
    """

    def __init__(self, store: Store, clock: Clock, entropy: Entropy, *, files: IndexFiles | None = None) -> None:
        self._store = store
        self._clock = clock
        self._entropy = entropy
        self._indexes = {kind: CodeIndex(store, medium=number, files=files) for kind, number in MEDIA.items()}

    def draw(self) -> int:
        """A random content id of 40 bits that is not in use; mark content with it, then `register` it."""
        with self._store.read() as connection:
            return self._unused(connection, ENTRIES.c.content, bits=CONTENT_BITS)

    def register(self, *registrations: Registration) -> tuple[Entry, ...]:
        """Enter marked content, all or none; durable once it returns, and only then may the content be handed out.

        Raises Taken where an id was given to other content since it was drawn, Conflict where a manifest is registered
        already, and Invalid for a field of another form.
        """
        for registration in registrations:
            check(registration)
        return self._store.write(lambda connection: self._enter(connection, registrations))

    def get(self, content: int) -> Entry | None:
        """What is held of a content id; None where it was never given."""
        with self._store.read() as connection:
            row = connection.execute(entries().where(ENTRIES.c.content == content)).first()
        return None if row is None else entry(row)

    def by_sha256(self, sha256: str) -> tuple[Entry, ...]:
        """The entries of a marked file, by its digest."""
        digest = bytes.fromhex(sha256.removeprefix("sha256:"))
        with self._store.read() as connection:
            return tuple(map(entry, connection.execute(entries().where(ENTRIES.c.sha256 == digest).limit(MOST))))

    def fingerprint(self, content: int) -> bytes | None:
        """The local fingerprint of registered content, for `methods.fingerprint`; None where there is none."""
        query = select(FINGERPRINTS.c.data).join(ENTRIES).where(ENTRIES.c.content == content)
        with self._store.read() as connection:
            found: bytes | None = connection.execute(query).scalar()
        return None if found is None else bytes(found)

    def nearest(self, iscc: str, *, radius: int = RADIUS, limit: int = 10) -> tuple[Candidate, ...]:
        """The entries whose content code is nearest to an ISCC, within `radius` bits of the first 64, nearest first.

        Raises Invalid for what is not the ISCC of a picture, a sound or a video.
        """
        code = read_code(iscc)
        near = self._indexes[code.kind].within(code.number, radius, limit=max(limit, MOST))
        query = entries().where(ENTRIES.c.number.in_(near.labels.tolist()), ENTRIES.c.state != "erased")
        with self._store.read() as connection:
            rows = connection.execute(query).all()
        # The index only says where to look: what is told is what the entry says now.
        found = [Candidate(entry(row), code.distance(read_code(row.iscc))) for row in rows if row.iscc]
        found = [candidate for candidate in found if candidate.distance <= radius]
        return tuple(sorted(found, key=lambda candidate: (candidate.distance, candidate.entry.content))[:limit])

    def used_up(self, key_id: str, most: int) -> bool:
        """Whether so many pieces are registered under a key, or more."""
        some = select(ENTRIES.c.number).where(ENTRIES.c.key_id == key_id).limit(most).subquery()
        with self._store.read() as connection:
            return connection.execute(select(func.count()).select_from(some)).scalar_one() >= most

    def count(self) -> int:
        """How many content ids were given."""
        with self._store.read() as connection:
            return connection.execute(select(func.count()).select_from(ENTRIES)).scalar_one()

    # Models

    def model_number(self, model: str, *, name: str = "") -> int:
        """The 20 bits that name a model in marks, given to it at its first use and kept.

        `model` is its digest ("sha256:…"), `name` what people call it. Raises Invalid for what is not a digest.
        """
        with self._store.read() as connection:
            found = _number_of(connection, model)
        if found is not None:
            return found
        return self._store.write(lambda connection: self._number(connection, model, name=name))

    def model(self, number: int) -> str | None:
        """The digest of the model that a mark's 20 bits name; None for a number that was never given."""
        with self._store.read() as connection:
            return connection.execute(select(MODELS.c.model).where(MODELS.c.number == number)).scalar()

    def model_name(self, model: str) -> str:
        """What a model was called when its number was given; empty for one without a name or a number."""
        with self._store.read() as connection:
            return connection.execute(select(MODELS.c.name).where(MODELS.c.model == model)).scalar() or ""

    # The Soft Binding Resolution API

    def matches_by_binding(self, alg: str, value: str, *, max_results: int = 10) -> tuple[Match, ...]:
        """GET and POST /matches/byBinding: the manifests that a soft binding leads to.

        `alg` names the algorithm, `value` is base64 in its own form: for the watermark the 8 bytes of the payload, for
        `io.iscc.v0` the ISCC as text. Answers {"matches": [{"manifestId": …, "similarityScore": 0–100}]}. Raises
        Invalid (400) for an algorithm that is not supported or a value not of its form.
        """
        wanted = read_value(alg, value)
        if isinstance(wanted, str):
            return self.matches_by_content(wanted, max_results=max_results)
        found = self.get(wanted.content)
        if found is None or found.model != self.model(wanted.model):
            return ()
        return _matches([Candidate(found, 0)], max_results)

    def matches_by_content(self, *isccs: str, max_results: int = 10) -> tuple[Match, ...]:
        """POST /matches/byContent: the manifests of content that is near to these content codes of what was uploaded.

        The surface computes the codes (of a picture also mirrored) and passes on what a mark in it says to
        `matches_by_binding`. Answers as that does; 415 is for what is not a picture, a sound or a video.
        """
        found: dict[int, Candidate] = {}
        for iscc in isccs:
            for each in self.nearest(iscc, limit=MOST):
                before = found.setdefault(each.entry.content, each)
                if each.distance < before.distance:
                    found[each.entry.content] = each
        return _matches(found.values(), max_results)

    def get_manifest(self, manifest_id: str) -> bytes:
        """GET /manifests/{manifestId}: the C2PA manifest store with that active manifest, as application/c2pa.

        Raises NotFound (404), also once its entry is withdrawn or erased, and Unavailable where it was damaged.
        """
        query = (
            select(MANIFESTS.c.data, MANIFESTS.c.sha256)
            .join(ENTRIES)
            .where(MANIFESTS.c.manifest_id == manifest_id, ENTRIES.c.state == "current")
        )
        with self._store.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise NotFound(f"There is no manifest {manifest_id[:80]!r}.", code="registry.manifest")
        if hashlib.sha256(row.data).digest() != row.sha256:
            raise Unavailable(
                f"The manifest {manifest_id!r} is not as it was registered.",
                code="registry.damaged",
                hint="Restore the store from a backup.",
            )
        return bytes(row.data)

    @staticmethod
    def supported_algorithms() -> dict[str, list[dict[str, str]]]:
        """GET /services/supportedAlgorithms: {"watermarks": [{"alg": …}], "fingerprints": [{"alg": …}]}.

        The watermark's name is not on C2PA's list of soft binding algorithms, and says so; `io.iscc.v0` is.
        """
        return {"watermarks": [{"alg": WATERMARK}], "fingerprints": [{"alg": ISCC}]}

    # Taking back

    def withdraw(self, content: int) -> Entry:
        """Answer others no longer with this entry; it goes on to tell here what the content is. Raises NotFound."""
        return self._store.write(lambda connection: change(connection, content, "withdrawn"))

    def erase(self, content: int) -> Entry:
        """Overwrite all that is held of the content but that its id was given to that model that day. Raises NotFound.

        Indexes that other processes have in memory keep its code, which leads to nothing, until they are built anew.
        """
        erased = self._store.erase(lambda connection: change(connection, content, "erased"))
        for index in self._indexes.values():
            index.drop()
        return erased

    def _enter(self, connection: Connection, registrations: Sequence[Registration]) -> tuple[Entry, ...]:
        day = self._clock().astimezone(UTC).strftime("%Y-%m-%d")
        # Writes exclude one another, so that entries are numbered in the order in which they are committed.
        last = connection.execute(select(func.coalesce(func.max(ENTRIES.c.number), 0))).scalar_one()
        for number, told in enumerate(registrations, start=last + 1):
            if connection.execute(select(ENTRIES.c.number).where(ENTRIES.c.content == told.content)).first():
                raise Taken(
                    f"The content id {told.content:010x} is in use.",
                    code="registry.taken",
                    hint="Draw another id and mark the content again.",
                )
            insert(connection, told, number=number, model=self._number(connection, told.model), day=day)
        query = entries().where(ENTRIES.c.number > last).order_by(ENTRIES.c.number)
        return tuple(map(entry, connection.execute(query)))

    def _number(self, connection: Connection, model: str, *, name: str = "") -> int:
        found = _number_of(connection, model)
        if found is None:
            if not _DIGEST.fullmatch(model):
                raise Invalid(f"{model[:80]!r} is not a model's digest.", code="registry.model", hint="sha256:…")
            found = self._unused(connection, MODELS.c.number, bits=MODEL_BITS)
            connection.execute(MODELS.insert().values(number=found, model=model, name=name))
        return found

    def _unused(self, connection: Connection, column: Column[int], *, bits: int) -> int:
        for _ in range(_DRAWS):
            drawn = int.from_bytes(self._entropy(8)) >> (64 - bits)
            if connection.execute(select(column).where(column == drawn)).first() is None:
                return drawn
        raise Unavailable(
            f"{_DRAWS} random numbers of {bits} bits in a row were in use.",
            code="registry.full",
            hint="Check that the source of randomness works.",
        )


def _number_of(connection: Connection, model: str) -> int | None:
    return connection.execute(select(MODELS.c.number).where(MODELS.c.model == model)).scalar()


def _matches(found: Iterable[Candidate], limit: int) -> tuple[Match, ...]:
    """The manifests of those that are not withdrawn, the nearest first."""
    shown = [each for each in found if each.entry.state == "current" and each.entry.manifest_id is not None]
    shown.sort(key=lambda each: (each.distance, each.entry.content))
    return tuple(
        Match(str(each.entry.manifest_id), round(100 * (1 - each.distance / CODE_BITS))) for each in shown[:limit]
    )
