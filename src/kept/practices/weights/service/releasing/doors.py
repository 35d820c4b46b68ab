"""Who may speak to the broker: what the system says of the other end, and what the holder's key proves."""

from __future__ import annotations

import hmac
import os
import platform
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kept.core.context import Context
from kept.errors import Denied, Invalid, Unverified
from kept.practices.weights.methods.messages import Hello, Proof, challenge_bytes
from kept.practices.weights.records import Settings
from kept.practices.weights.records.access import Caller, Door
from kept.practices.weights.service.leasing.standing import Standing

_SIGNATURE_LIMIT = 16 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end, as the system or its certificate tells; `holders` are those who may be there, None is anyone."""

    door: Door
    channel: str
    host: str
    holders: frozenset[str] | None
    uid: int = -1
    pid: int = -1


class Doors:
    """Decides who is at the other end. A user id alone is no person: the holder's key signs a challenge as well."""

    def __init__(self, context: Context, settings: Settings) -> None:
        self._standing = Standing(context)
        self._peers = _peers(settings.broker_peers) or {os.geteuid(): None}
        self._certificates = _certificates(settings.broker_holders)
        self._teams = _teams(settings.teams)
        self._host = platform.node() or "localhost"

    @property
    def strangers(self) -> bool:
        """Whether users other than the broker's own may knock."""
        return set(self._peers) != {os.geteuid()}

    def unix(self, *, uid: int, pid: int) -> Peer:
        """The process at the other end of the Unix socket. Raises Denied for a user whom the settings don't name."""
        if uid not in self._peers:
            raise Denied("This user may not speak to the broker.", code="broker.peer", hint="See broker_peers.")
        return Peer("unix", "unix", self._host, self._peers[uid], uid, pid)

    def tls(self, *, client: str, server: str) -> Peer:
        """The host that holds a client's certificate; both are hex SHA-256 of certificates in DER. Raises Denied."""
        if client not in self._certificates:
            raise Denied("This certificate is no holder's here.", code="broker.peer", hint="See broker_holders.")
        holder, host = self._certificates[client]
        return Peer("tls", f"tls:{server}", host, frozenset({holder}))

    def prove(self, hello: Hello, proof: Proof, peer: Peer) -> Caller:
        """Who asks, once their key has signed what this broker drew. Raises Denied."""
        try:
            signature = bytes.fromhex(proof.signature[:_SIGNATURE_LIMIT])
        except ValueError as error:
            raise Invalid("The signature is not hexadecimal.", code="broker.proof") from error
        if peer.holders is not None and proof.actor not in peer.holders:
            raise Denied("This holder may not speak from there.", code="broker.peer", hint="See kept.toml.")
        signed = challenge_bytes(hello, proof.actor, channel=peer.channel)
        roles = self._roles(proof, signed, signature)
        team = self._teams.get(proof.actor, "")
        return Caller(proof.actor, team, tuple(sorted(roles)), peer.host, peer.door, peer.uid, peer.pid)

    def _roles(self, proof: Proof, signed: bytes, signature: bytes) -> frozenset[str]:
        """The same words for an unknown holder, an unknown key, one that counts no longer, and a bad signature."""
        tenure = self._standing.tenure(proof.key)
        try:
            if tenure is None or tenure.until is not None or tenure.holder.purpose != "statement":
                raise Unverified("No key that counts.")
            if not hmac.compare_digest(tenure.holder.name.encode(), proof.actor.encode()):
                raise Unverified("Another's key.")
            tenure.holder.key.verify(signature, signed)
        except Unverified as error:
            raise Denied(
                "The broker doesn't know you by this key.",
                code="broker.unknown",
                hint="Act as a holder of the workspace's keyring: kept --as NAME weights …",
            ) from error
        return tenure.holder.roles


def _peers(lines: Iterable[str]) -> Mapping[int, frozenset[str] | None]:
    """Holders by user id, of lines such as "1001 alice bob"; "1001" alone lets any holder in."""
    found: dict[int, frozenset[str] | None] = {}
    for line in lines:
        number, *names = line.split() or [""]
        if not number.isdecimal() or len(number) > 10:
            raise _malformed("broker_peers", line, "1001 alice bob")
        found[int(number)] = frozenset(names) or None
    return found


def _certificates(lines: Iterable[str]) -> Mapping[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for line in lines:
        parts = line.split()
        if len(parts) != 3 or not _DIGEST.fullmatch(parts[0]):
            raise _malformed("broker_holders", line, "the certificate's SHA-256 (64 hex digits), holder, host")
        found[parts[0]] = (parts[1], parts[2])
    return found


def _teams(lines: Iterable[str]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        team, colon, names = line.partition(":")
        if not colon or not team.strip():
            raise _malformed("teams", line, "alignment: alice bob")
        found |= dict.fromkeys(names.split(), team.strip())
    return found


def _malformed(name: str, line: str, example: str) -> Invalid:
    return Invalid(f"{name} in kept.toml: {line[:80]!r} can't be read.", code="workspace.malformed", hint=example)
