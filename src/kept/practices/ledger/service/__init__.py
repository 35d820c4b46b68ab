"""What the ledger room does: publish, prove, verify, have witnessed and witness, keep keys, hand out, erase."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select

from kept.core import note, tiles
from kept.core.actor import Actor
from kept.core.context import Context
from kept.core.cosignature import Cosigner
from kept.core.founding import add_root
from kept.core.keys import read_pem
from kept.core.keys.secret import choose_passphrase
from kept.core.ledger import Checked, Receipt
from kept.core.ledger.memory import FileMemory
from kept.core.ledger.records import Recorded
from kept.core.ledger.tables import WATCHED, WITNESS
from kept.core.note import COSIGNER_KEY, COSIGNER_KEY_ML_DSA_44, LOG_KEY, Checkpoint, Note, VerifierKey
from kept.core.proof import Proof
from kept.core.reference import load
from kept.core.trust import ROOT, Trust, WitnessRule
from kept.core.trust import Witness as TrustedWitness
from kept.core.witness import Witness
from kept.errors import Conflict, Invalid, NotFound, Unavailable
from kept.practices.ledger.records import Asked, KeyRow, Line, Party, Published, Rooted, Settings, Verified, Watched
from kept.practices.ledger.service import verification
from kept.practices.ledger.service.key_events import KeyRoom
from kept.practices.ledger.service.witnessing import Asking


class Service:
    """The verbs of the ledger room."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._ledger = context.ledger
        self._settings: Settings = context.settings or Settings()
        self._opened: tuple[Cosigner, ...] = ()

    async def checkpoint(self, *, rebuild: bool = False, ask: bool = True) -> Published:
        """Publish everything recorded so far and, unless told not to, have it cosigned.

        Where this machine has never published this log, its witnesses judge the checkpoint before it is exposed: it
        may have been restored from a backup. Raises Conflict when to publish would fork the log, and Unavailable when
        such a witness can't be asked.
        """
        asking = self._asking()
        at_least = max(asking.held().values(), default=0)
        if asking.parties and self._ledger.published() is None:
            answers, _ = await asking.cosign(self._ledger.propose())
            if silent := [one for one in answers if one.outcome == "unavailable"]:
                raise Unavailable(
                    f"This machine never published this log, and its witness can't be asked: {silent[0].detail}",
                    code="witness.needed",
                    hint="Try again when it answers.",
                )
        self._ledger.publish(at_least=at_least, rebuild=rebuild, judged=True)
        if not (ask and asking.parties):
            return self._published(())
        return self._published(await self.witness_ask())

    def prove(self, index: int) -> bytes:
        """The proof, as a C2SP tlog-proof file, that the published log holds entry `index`.

        Raises NotFound, or Unverified when no key of the log signed the checkpoint.
        """
        signed = Note.parse(self._ledger.checkpoint())
        checkpoint = Checkpoint.parse(signed.text)
        note.verify(signed, self._own_keys(checkpoint.size))
        entry = self._ledger.entry(index)
        if index >= checkpoint.size:
            raise NotFound(
                f"Entry {index} is recorded, and not in the checkpoint of {checkpoint.size} entries yet.",
                code="ledger.unpublished",
                hint="Publish it: kept ledger checkpoint",
            )
        hashes = self._ledger.prove_inclusion(index, checkpoint.size)
        return Proof(index, hashes, signed, extra=entry.raw).to_bytes()

    @staticmethod
    def verify(folder: Path, *, trust: bytes | None, as_of: datetime) -> Verified:
        """Verify an exported log, with or without a trust file. Raises Unverified, Invalid or NotFound."""
        return verification.verify(folder, trust=Trust.parse(trust) if trust else None, as_of=as_of)

    def check(self) -> Checked:
        """Check this workspace: every entry and body, the tree, the tiles, the checkpoint and the mark.

        Raises Unverified, naming the first thing that is wrong.
        """
        return self._ledger.check(self._own_keys)

    def follow(self, name: str, *, predicates: Collection[str], show: Callable[[Line], None]) -> int:
        """Show every entry since the reader called `name` was here last; returns how many.

        Where a room declares a follower of this name, its work is done for each of them too, and commits with the
        reader's place; they are shown once that is done. Raises Invalid for predicates that a follower doesn't read.
        """
        declared = self._context.followers.get(name)
        follower = declared() if declared else None
        if follower and predicates:
            raise Invalid(f"The follower {name!r} chooses its own predicates.", code="ledger.follower")
        known = follower.predicates if follower else predicates or {entry.predicate for entry in self._ledger.entries()}
        done: list[Line] = []

        def handle(connection: Connection, recorded: Recorded) -> None:
            if follower:
                follower.handle(connection, recorded)
            done.append(_line(recorded))

        def committed() -> None:
            for line in done:
                show(line)
            done.clear()

        return self._ledger.follow(name, sorted(known), handle, committed=committed)

    def export(self, out: Path, *, disclose: bool = False) -> int:
        """Write the published log, and its trust file, as a plain directory; returns its size."""
        return self._ledger.export(out, trust=self.trust().to_bytes(), disclose=disclose)

    def trust(self, *, minimum: int = 0, freshness_seconds: int = 86_400) -> Trust:
        """What to hand to whoever will verify: the keys of the founding, and the witnesses that are asked today."""
        founding = Trust.load(self._context.workspace.trust_file)
        keys = tuple(TrustedWitness(party.key, party.group) for party in self._parties())
        trust = Trust(
            organisation=founding.organisation,
            log=founding.log,
            signers=founding.signers,
            policy=founding.policy,
            witnesses=WitnessRule(minimum, freshness_seconds, keys),
        )
        return Trust.parse(trust.to_bytes())

    def erase(self, index: int, *, by: Actor, reason: str) -> Receipt:
        """Delete the body of an entry and record that; its proofs go on to hold. Raises NotFound or Conflict."""
        return self._ledger.erase(index, by=by, reason=reason)

    def key_list(self) -> tuple[KeyRow, ...]:
        """Every key, and the ledger indices at which its signatures count."""
        return self._keys().rows()

    def key_export(self, holder: str = "", *, by: Actor) -> str:
        """The public keys of a holder (the actor's own unless named) as PEM, for another organisation."""
        return "".join(key.to_pem() for key in self._keys().public_keys(holder or by.id))

    def key_introduce(self, name: str, pem: bytes, *, roles: Collection[str], by: Actor) -> tuple[Receipt, ...]:
        """Record that the public keys of another organisation count from here on, in these roles.

        Raises Invalid for a malformed file, and Denied where the actor may not introduce keys of `name`.
        """
        return self._keys().introduce(name, read_pem(pem), roles=sorted(set(roles)), by=by)

    def key_root(self) -> Rooted:
        """Make a root where the workspace was made without one, and the trust file anew; the ledger is told nothing.

        Whoever verifies by the file of before goes on as before, and doesn't believe the root. Raises Conflict where
        there is a root.
        """
        workspace = self._context.workspace
        made = add_root(workspace, entropy=self._context.entropy)
        keys = tuple(key.key_id for key in made.signers if ROOT in key.roles)
        return Rooted(keys, str(workspace.trust_file), hashlib.sha256(workspace.trust_file.read_bytes()).hexdigest())

    def key_rotate(self, holder: str = "", *, log: bool = False, by: Actor) -> tuple[Receipt, ...]:
        """Replace every key of a holder (the actor's own unless named), or the log's, by new ones."""
        keys = self._keys()
        addresses = keys.addresses_of("" if log else holder or by.id)
        return tuple(keys.rotate(address, by=by) for address in addresses)

    def key_revoke(self, key_id: str, *, compromised_since: int | None = None, by: Actor) -> Receipt:
        """Record that a key counts no longer: from here, or from the index at which it was compromised."""
        return self._keys().revoke(key_id, compromised_since=compromised_since, by=by)

    def witness_add(self, url: str, key: str, *, group: str = "") -> Party:
        """Ask this witness from now on. `group` is its organisation (the key's name unless given)."""
        parsed = VerifierKey.parse(key)
        if parsed.kind not in (COSIGNER_KEY, COSIGNER_KEY_ML_DSA_44):
            raise Invalid(f"{parsed.name} is the key of a log, not of a witness.", code="witness.key")
        clients = self._context.backends["witness-client"]
        if url.partition("://")[0] not in clients:
            raise Invalid(f"{url!r} can't be asked.", code="witness.url", hint=f"Use {' or '.join(sorted(clients))}.")
        party = Party(str(parsed), url.rstrip("/"), group or parsed.name)
        row = {"key": party.key, "url": party.url, "party": party.group}

        def replace(connection: Connection) -> None:
            connection.execute(WITNESS.delete().where(WITNESS.c.key == party.key))
            connection.execute(WITNESS.insert().values(**row))

        self._context.store.write(replace)
        return party

    async def witness_ask(self) -> tuple[Asked, ...]:
        """Have the published checkpoint cosigned by every witness that answers. Raises Conflict on a fork."""
        asking = self._asking()
        if not asking.parties:
            raise NotFound("No witness is asked.", code="witness.none", hint="kept ledger witness add URL VKEY")
        latest = Note.parse(self._ledger.checkpoint())
        answers, signatures = await asking.cosign(latest)
        if signatures:
            self._ledger.add_cosignatures(latest.text, signatures)
        return answers

    def witness_trust(self, key: str) -> Watched:
        """Witness the log of this verifier key from now on; its name is the log's origin."""
        parsed = VerifierKey.parse(key)
        if parsed.kind != LOG_KEY:
            raise Invalid(f"{parsed.name} is the key of a witness, not of a log.", code="witness.key")
        if parsed.name == self._ledger.origin:
            raise Conflict("A log doesn't witness itself.", code="witness.own-log")
        row = {"key": str(parsed), "origin": parsed.name}

        def replace(connection: Connection) -> None:
            connection.execute(WATCHED.delete().where(WATCHED.c.key == row["key"]))
            connection.execute(WATCHED.insert().values(**row))

        self._context.store.write(replace)
        return Watched(parsed.name, str(parsed))

    def witness_key(self) -> tuple[str, ...]:
        """The verifier keys under which this workspace cosigns; made when there are none yet."""
        return tuple(str(cosigner.key) for cosigner in self._cosigners())

    def witness_serve(self) -> Witness:
        """The witness of this workspace, for whoever carries requests to it."""
        memory = FileMemory(self._context.workspace.state / "witnessed")
        return Witness(self._cosigners(), self._log_keys, memory, self._context.clock)

    @property
    def published(self) -> tiles.Fetch:
        """Reads the tiles of the published log by their paths."""
        return tiles.from_folder(self._ledger.folder)

    @property
    def signed_note(self) -> bytes:
        """The published checkpoint. Raises NotFound before the first."""
        return self._ledger.checkpoint()

    def _published(self, answers: tuple[Asked, ...]) -> Published:
        latest = self._ledger.checkpoint()
        checkpoint = Checkpoint.parse(Note.parse(latest).text)
        root = base64.b64encode(checkpoint.root).decode()
        return Published(checkpoint.origin, checkpoint.size, root, latest.decode(), answers)

    def _asking(self) -> Asking:
        return Asking(
            self._ledger,
            self._parties(),
            self._context.backends["witness-client"],
            self._context.workspace.state,
            self._settings.witness_seconds,
        )

    def _parties(self) -> tuple[Party, ...]:
        with self._context.store.read() as connection:
            rows = connection.execute(select(WITNESS).order_by(WITNESS.c.key)).all()
        return tuple(Party(row.key, row.url, row.party) for row in rows)

    def _log_keys(self, origin: str) -> tuple[VerifierKey, ...]:
        with self._context.store.read() as connection:
            found = connection.execute(select(WATCHED.c.key).where(WATCHED.c.origin == origin)).scalars()
            return tuple(VerifierKey.parse(key) for key in found)

    def _cosigners(self) -> tuple[Cosigner, ...]:
        """Opened once: to unlock a key is slow on purpose."""
        if self._opened:
            return self._opened
        workspace = self._context.workspace
        name = self._settings.witness_name or f"{workspace.origin}/witness"
        openers = [load(reference) for reference in self._context.backends["cosigner"].values()]
        self._opened = tuple(
            opened(name, base=workspace.folder, passphrase=self._passphrase, entropy=self._context.entropy)
            for opened in openers
        )
        return self._opened

    def _own_keys(self, size: int) -> list[VerifierKey]:
        """The keys that may sign this log's checkpoint of a size: public ones, so that checking needs no secret."""
        return [VerifierKey.parse(key) for key in self._keys().history().log_keys(size)]

    def _keys(self) -> KeyRoom:
        context = self._context
        return KeyRoom(
            context.ledger,
            context.workspace.folder,
            Trust.load(self._context.workspace.trust_file),
            self._passphrase,
            context.clock,
            context.entropy,
        )

    def _passphrase(self) -> bytes:
        return choose_passphrase(os.environ, self._context.workspace.secret)


def _line(recorded: Recorded) -> Line:
    entry = recorded.entry
    return Line(entry.index, entry.predicate, entry.model, entry.digest, recorded.body is None)
