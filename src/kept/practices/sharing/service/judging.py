"""What is to be thought of an object that somebody brings: whose word it is, how far it may go, who may see it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, select

from kept.core.keys import PublicKey, read_pem
from kept.errors import KeptError, Unverified
from kept.practices.sharing.methods import audiences, signed, stix, tlp
from kept.practices.sharing.methods.objects import check_published
from kept.practices.sharing.methods.stix import Parsed
from kept.practices.sharing.records import CollectionRow, Reader
from kept.practices.sharing.records.objects import SignatureState
from kept.practices.sharing.service.shelves.writing import Brought
from kept.practices.sharing.service.tables.objects import OBJECTS, SHOWN
from kept.practices.sharing.service.tables.peers import PEERS


class MisdirectedError(Unverified):
    """A signed object that was meant for another place, or that whoever brings it was not to pass on."""


_KNOWN = select(PEERS).where(~PEERS.c.revoked)


class Directory:
    """The peers as they are now, by name and by pinned key; those that were revoked count for nothing."""

    def __init__(self, connection: Connection) -> None:
        self.readers: dict[str, Reader] = {}
        self._keys: dict[str, tuple[PublicKey, str]] = {}
        for row in connection.execute(_KNOWN):
            self.readers[row.name] = Reader(row.name, row.organisation, row.client_of)
            for key in _keys(row._mapping["keys"]):
                self._keys[key.key_id] = (key, row.name)

    def signer(self, claim: signed.Claim) -> str:
        """The peer whose pinned key signed, "" where no key is pinned. Raises Unverified where a signature is bad."""
        for signature in claim.envelope.signatures:
            known = self._keys.get(signature.key_id)
            if known is not None:
                claim.envelope.verify(known[0])
                return known[1]
        return ""


class Judge:
    """Judges what `source` brings to one collection; `address` is how signatures name that collection.

    A source that `serves` passes on what it was given to pass on; any other brings only what it may see itself.
    """

    def __init__(
        self,
        directory: Directory,
        collection: CollectionRow,
        source: Reader,
        *,
        resolve: tlp.Resolve,
        address: str,
        serves: bool = False,
    ) -> None:
        self._directory = directory
        self._collection = collection
        self._source = source
        self._resolve = resolve
        self._address = address
        self._serves = serves

    def judged(self, parsed: Parsed) -> Brought:
        """The object as it is put on the shelf. Raises Invalid or Unverified, with what speaks against it."""
        collection, source = self._collection, self._source
        check_published(parsed.document)
        level = tlp.level_of(parsed.document, self._resolve, default=collection.default_tlp)
        owner, state, recipients, digest = self._word(parsed)
        named = [self._directory.readers[name] for name in (owner, *recipients) if name in self._directory.readers]
        if owner == source.name:
            named.append(source)
        seen = audiences.of_object(level, named, amber=collection.amber, addressed=bool(recipients))
        if owner != source.name and not self._serves and not set(seen) & set(_all(source)):
            raise MisdirectedError(
                f"{parsed.id} was not meant for {source.name}, and so isn't taken from there.",
                code="object.misdirected",
            )
        return Brought(
            parsed.id,
            parsed.kind,
            parsed.version,
            owner,
            source.name,
            level,
            state,
            seen,
            digest,
            parsed.body,
        )

    def _word(self, parsed: Parsed) -> tuple[str, SignatureState, tuple[str, ...], bytes]:
        """Whose word an object is, what its signature is worth, whom it names, and the digest it is known by."""
        claim = signed.claim_of(parsed.document, version=parsed.version)
        signer = self._directory.signer(claim) if claim else ""
        if claim is None:
            return self._source.name, "none", (), hashlib.sha256(parsed.body).digest()
        if not signer:
            return self._source.name, "unknown", (), claim.digest
        if claim.collection != self._address:
            raise MisdirectedError(
                f"{parsed.id} was signed for another collection, and so isn't taken here.", code="object.misdirected"
            )
        return signer, "valid", claim.recipients, claim.digest


def reason(error: KeptError) -> str:
    """What whoever brought an object is told of what speaks against it."""
    return error.message


def resolver(documents: Sequence[Any], known: Mapping[str, Mapping[str, Any]]) -> tlp.Resolve:
    """Finds marking definitions in an envelope and among those that are known; the strictest of one id holds."""
    here = [
        (each["id"], each)
        for each in documents
        if isinstance(each, dict) and each.get("type") == "marking-definition" and isinstance(each.get("id"), str)
    ]
    return tlp.gathered([*known.items(), *here]).get


def held(connection: Connection, collection: int, documents: Sequence[Any]) -> Mapping[str, Mapping[str, Any]]:
    """The marking definitions that documents name, of those that stand in a collection already."""
    named = {each for document in documents for each in tlp.references(document) if stix.is_id(each)}
    wanted = sorted(named)[:500]
    query = select(OBJECTS.c.object, OBJECTS.c.body).where(
        SHOWN.c.collection + 0 == collection, SHOWN.c.object.in_(wanted), OBJECTS.c.number == SHOWN.c.number
    )
    found = connection.execute(query) if wanted else ()
    return tlp.gathered((row.object, json.loads(bytes(row.body))) for row in found)


def _all(source: Reader) -> tuple[str, ...]:
    return audiences.of_reader(source, can_read=True, released=False)


@lru_cache(maxsize=4096)
def _keys(text: str) -> tuple[PublicKey, ...]:
    return read_pem(text.encode()) if text else ()
