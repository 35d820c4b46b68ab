"""The verbs that seal weights and check sealed ones."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from kept.core.actor import Actor
from kept.core.context import Context, format_time
from kept.core.keyring import Keyring
from kept.core.keys import public_key
from kept.core.keys.secret import choose_passphrase
from kept.core.ledger import Draft
from kept.core.reference import load
from kept.core.statement import sign
from kept.core.trust import Trust
from kept.errors import Invalid, KeptError
from kept.practices.weights import PRACTICE
from kept.practices.weights.methods.envelope import Parts, Sharing
from kept.practices.weights.methods.sealed.keys import Secret
from kept.practices.weights.records import Settings
from kept.practices.weights.records.sealed import Commission, SealedWeights, Told, VerifiedWeights
from kept.practices.weights.service.leasing.enveloping import Enveloping
from kept.practices.weights.service.logged import Log, who_signed
from kept.practices.weights.service.signatures import Signatures
from kept.practices.weights.service.tables.sealing import FILES
from kept.predicates.weights_custody import WeightsCustody

_UNFINISHED = "Old keys still stand beside the new ones: kept weights keys rotate --finish takes them away."


class Sealing(Signatures):
    """Seals weights so that neither a key service nor any one person opens them, and checks what was sealed."""

    _context: Context
    _settings: Settings

    def seal(self, source: str, target: str, *, by: Actor, model: str = "", told: Told | None = None) -> SealedWeights:
        """Seal a safetensors file, or a sharded folder, for the custodians of now, and record it.

        `target` appears whole or not at all; `source` stays as it is. `model` is the id ("sha256:…") of whose weights
        they are. Raises Invalid (no safetensors, too few custodians), Conflict where `target` exists, NotFound, or
        Unavailable.
        """
        enveloping = Enveloping(self._context, self._settings)
        sharing = enveloping.sharing()
        commission = commissioned(self._context, by, enveloping=enveloping, told=told)
        # Said before anything is sealed: a model's id that is none.
        self._custody(SealedWeights("0" * 64, target, "0" * 64, ()), sharing, commission, model)
        made: SealedWeights = load(self._context.backends["container"]["seal"])(Path(source), Path(target), commission)
        try:
            return self._record(made, sharing, commission, model=model, by=by)
        except KeptError:
            # What no statement speaks of doesn't stay.
            load(self._context.backends["container"]["remove"])(Path(target))
            raise

    @staticmethod
    def verify(
        place: str,
        *,
        trust: bytes | None = None,
        log: Path | None = None,
        file_key: Secret | None = None,
        told: Told | None = None,
    ) -> VerifiedWeights:
        """Check every byte of a sealed file or folder; with its key, its plaintext as well.

        A trust file tells whose signatures count; without one the answer is "consistent, not authenticated". An
        exported log tells besides which keys counted then, and whether newer keys were recorded. Raises Unverified
        where anything was changed, or signed by nobody who is trusted; Invalid, NotFound or Unavailable.
        """
        if log is not None and trust is None:
            raise Invalid("A log needs a trust file.", code="verify.trust", hint="--trust FILE, made by its provider")
        trusted = Trust.parse(trust) if trust is not None else None
        found = load(PRACTICE.backends["container"]["check"])(Path(place), file_key, told)
        first, recorded = found.first, None
        holders = tuple(key.key_id for key in first.manifest.keys)
        if trusted is not None and log is not None:
            holders, recorded = Log.read(log, trusted).judge(found)
        elif trusted is not None:
            holders = who_signed(trusted, found)
        return VerifiedWeights(
            state="authenticated" if trusted else "consistent, not authenticated",
            file=first.preamble.file_id.hex(),
            sha256=first.manifest.weights,
            issued=first.manifest.issued,
            by=first.manifest.by,
            signed=holders,
            files=1 + len(found.shards),
            bytes=found.bytes,
            generation=first.keys.generation if first.keys else 0,
            recorded=recorded,
            parts=tuple(each.sha256 for each in first.manifest.shards) or (first.manifest.plain_digest,),
            plaintext=file_key is not None,
            remarks=(_UNFINISHED,) if first.keys is not None and all(first.slots) else (),
        )

    def _record(
        self, made: SealedWeights, sharing: Sharing, commission: Commission, *, model: str, by: Actor
    ) -> SealedWeights:
        """Record that weights are sealed, and note the file, in one transaction."""
        custody = self._custody(made, sharing, commission, model)
        values = {
            "file": made.file,
            "weights": made.sha256,
            "model": model,
            "place": str(Path(made.place).absolute()),
            "bytes": sum(each.bytes for each in made.files),
            "sealed_bytes": made.sealed_bytes,
            "made": commission.issued,
        }

        def rows(connection: Connection) -> None:
            connection.execute(FILES.insert().values(**values))

        (receipt,) = self._context.ledger.record(Draft(custody.to_statement(), model=model), by=by, rows=rows)
        return replace(made, recorded=receipt.index)

    def _custody(self, made: SealedWeights, sharing: Sharing, commission: Commission, model: str) -> WeightsCustody:
        return WeightsCustody.of(
            model=model,
            weights=f"sha256:{made.sha256}",
            event="sealed",
            sealed=True,
            files=tuple(each.file for each in made.files) or (made.file,),
            bytes=made.sealed_bytes,
            people_required=sharing.threshold,
            custodians=len(sharing.members),
            key=self._settings.kek.partition(":")[0],
            extent="every byte",
            issued=commission.issued,
            by=commission.by,
        )


def commissioned(
    context: Context, by: Actor, *, enveloping: Enveloping | None = None, told: Told | None = None
) -> Commission:
    """What a container needs of this workspace to seal, or to sign new keys, as `by`."""
    workspace = context.workspace
    keyring = Keyring.load(workspace.folder, passphrase=lambda: choose_passphrase(os.environ, workspace.secret))
    signers = keyring.signers(by)

    def keyed(file_id: str, salt: bytes) -> tuple[bytearray, bytes]:
        parts = Parts.drawn(context.entropy)
        try:
            envelope = (enveloping or Enveloping(context, context.settings or Settings())).make(file_id, parts)
            return parts.file_key(salt), envelope
        finally:
            parts.wipe()

    return Commission(
        keyed=keyed,
        sign=lambda said: sign(said, signers),
        keys=tuple(public_key(signer) for signer in signers),
        issued=format_time(context.clock()),
        by=by.id,
        entropy=context.entropy,
        told=told,
    )
