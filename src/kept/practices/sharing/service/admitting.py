"""By what peers are known when they come: keys that are shown once, and certificates; either is void at once."""

from __future__ import annotations

import base64
import hashlib

from sqlalchemy import Connection, bindparam, delete, select

from kept.core import tokens
from kept.core.actor import Actor, check_role
from kept.core.context import Context
from kept.errors import Conflict, Denied, Invalid, NotFound, Unavailable
from kept.practices.sharing.records import Reader
from kept.practices.sharing.records.peers import IssuedKey
from kept.practices.sharing.service.moments import microseconds
from kept.practices.sharing.service.peering import SHARERS
from kept.practices.sharing.service.tables.collections import API_KEYS, CERTIFICATES
from kept.practices.sharing.service.tables.peers import PEERS

PREFIX = "kept-peer-"
"""What every key begins with, so that a leaked one can be searched for."""
_HEARD_EVERY = 60_000_000
_CERTIFICATE_LIMIT = 64 * 1024


class StrangerError(Denied):
    """Nobody that is known: 401 rather than 403."""


class Admitting:
    """The verbs about what peers are known by."""

    _context: Context

    def peers_key(self, name: str, *, by: Actor) -> IssuedKey:
        """A new key for a peer, whose text is shown now and never again. Raises Denied, or NotFound for no peer."""
        check_role(by, *SHARERS, to="give keys to peers")
        key, made = tokens.make(PREFIX, self._context.entropy), microseconds(self._context.clock())
        row = {"id": key.id, "peer": name, "salt": key.salt, "digest": key.digest, "made": made, "used": 0}

        def work(connection: Connection) -> None:
            check_peer(connection, name)
            connection.execute(API_KEYS.insert().values(**row))

        self._context.store.write(work)
        return IssuedKey(name, key.id, key.text)

    def peers_certify(self, name: str, certificate: str, *, by: Actor) -> str:
        """Let a peer in by a client certificate (PEM), from now on; the SHA-256 of its public key in hex.

        Raises Denied, NotFound, Invalid, or Conflict where another peer has that key.
        """
        check_role(by, *SHARERS, to="certify peers")
        spki = spki_of(certificate)

        def work(connection: Connection) -> None:
            check_peer(connection, name)
            if connection.execute(select(CERTIFICATES.c.peer).where(CERTIFICATES.c.spki == spki)).first():
                raise Conflict("That certificate's key is known already.", code="peer.certificate")
            connection.execute(CERTIFICATES.insert().values(spki=spki, peer=name, certificate=certificate))

        self._context.store.write(work)
        return spki

    def peers_revoke(self, name: str, *, key: str = "", by: Actor) -> int:
        """Let a peer in no more by one key, or, without one, by nothing; how many keys and certificates went.

        It holds for requests that begin once this has returned. Raises Denied or NotFound.
        """
        check_role(by, *SHARERS, to="revoke peers")

        def work(connection: Connection) -> int:
            check_peer(connection, name)
            keys = delete(API_KEYS).where(API_KEYS.c.peer == name)
            if key:
                gone = connection.execute(keys.where(API_KEYS.c.id == key)).rowcount
                if not gone:
                    raise NotFound(f"{name} has no key {key[:40]!r}.", code="peer.key")
                return gone
            connection.execute(PEERS.update().where(PEERS.c.name == name).values(revoked=True))
            certificates = delete(CERTIFICATES).where(CERTIFICATES.c.peer == name)
            return connection.execute(keys).rowcount + connection.execute(certificates).rowcount

        return self._context.store.write(work)


class Door:
    """Knows who comes in."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._heard: dict[str, int] = {}

    def enter(self, authorization: str, *, spki: str = "") -> Reader:
        """Whose key an Authorization header holds, as Bearer or Basic, or else whose certificate was shown.

        Raises StrangerError for nobody's.
        """
        found = self._by_key(_secret(authorization)) if authorization else self._by_certificate(spki)
        if found is None:
            raise StrangerError(
                "Nobody is known by what was shown.", code="taxii.stranger", hint="Send your key, or ask for another."
            )
        self._note(found.name)
        return found

    def certificates(self) -> str:
        """The certificates that peers are known by, as PEM."""
        return "\n".join(row.certificate for row in self._context.store.rows(select(CERTIFICATES.c.certificate)))

    def _by_key(self, text: str) -> Reader | None:
        given = tokens.read(PREFIX, text)
        if given is None:
            return None
        row = next(iter(self._context.store.rows(_BY_KEY, {"shown": given[0]})), None)
        if row is None or not tokens.is_of(given[1], salt=row.salt, digest=row.digest):
            return None
        return Reader(row.name, row.organisation, row.client_of)

    def _by_certificate(self, spki: str) -> Reader | None:
        if not spki:
            return None
        row = next(iter(self._context.store.rows(_BY_CERTIFICATE, {"shown": spki})), None)
        return Reader(row.name, row.organisation, row.client_of) if row else None

    def _note(self, name: str) -> None:
        """Remember when a peer was heard of, to the minute."""
        now = microseconds(self._context.clock())
        if now - self._heard.get(name, -_HEARD_EVERY) >= _HEARD_EVERY:
            self._heard[name] = now
            change = PEERS.update().where(PEERS.c.name == name).values(heard=now)
            try:
                self._context.store.write(lambda connection: connection.execute(change))
            except Unavailable:
                # Whoever only reads isn't refused because a busy store can't note it: the next request will.
                del self._heard[name]


_WHO = (PEERS.c.name, PEERS.c.organisation, PEERS.c.client_of)
_BY_KEY = select(API_KEYS.c.salt, API_KEYS.c.digest, *_WHO).where(
    API_KEYS.c.id == bindparam("shown"), API_KEYS.c.peer == PEERS.c.name, ~PEERS.c.revoked
)
_BY_CERTIFICATE = select(*_WHO).where(
    CERTIFICATES.c.spki == bindparam("shown"), CERTIFICATES.c.peer == PEERS.c.name, ~PEERS.c.revoked
)


def spki_of(certificate: str) -> str:
    """The SHA-256, in hex, of the public key of a certificate in PEM. Raises Invalid."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from cryptography.x509 import load_pem_x509_certificate

    try:
        if len(certificate) > _CERTIFICATE_LIMIT:
            raise ValueError("it is too long")
        public = load_pem_x509_certificate(certificate.encode("ascii")).public_key()
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except ValueError as error:
        raise Invalid(
            "That is no certificate in PEM.", code="peer.certificate", hint='It begins with "BEGIN CERTIFICATE".'
        ) from error
    return hashlib.sha256(der).hexdigest()


def check_peer(connection: Connection, name: str) -> None:
    """Raises NotFound where no peer is called so, and Conflict for one that was revoked."""
    row = connection.execute(select(PEERS.c.revoked).where(PEERS.c.name == name)).first()
    if row is None:
        raise NotFound(
            f"There is no peer {name[:80]!r}.", code="peer.absent", hint="List them: kept sharing peers list"
        )
    if row.revoked:
        raise Conflict(f"{name} was revoked.", code="peer.revoked", hint="Add it under another name.")


def _secret(authorization: str) -> str:
    """The key in a header: after Bearer, or as the password of Basic (RFC 7617), whatever name stands before it."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic" or len(value) > 1024:
        return ""
    try:
        return base64.b64decode(value.strip(), validate=True).decode("ascii").partition(":")[2]
    except ValueError:
        return ""
