"""The room's verbs: build a report, tell statuses, gate releases, decide on scope, and verify a report."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from kept.core import canonical, note
from kept.core.actor import Actor
from kept.core.commitments import catalog, oscal
from kept.core.context import format_time
from kept.core.reference import load
from kept.core.statement import Envelope
from kept.core.trust import Trust
from kept.practices.reporting import PRACTICE
from kept.practices.reporting.methods.compose import Heading, compose
from kept.practices.reporting.methods.derive import derive
from kept.practices.reporting.methods.verify import verify
from kept.practices.reporting.ports import Folder
from kept.practices.reporting.records import (
    MANIFEST,
    VERIFIER,
    VERIFIER_SIGNATURE,
    Built,
    Decision,
    Files,
    Verdict,
)
from kept.practices.reporting.service.approving import Approving
from kept.practices.reporting.service.checked import GENERATOR, Checked, render_copies
from kept.practices.reporting.service.checked import render as _render
from kept.practices.reporting.service.comparing import Comparing
from kept.practices.reporting.service.confirming import Confirming
from kept.practices.reporting.service.disputing import Disputing
from kept.practices.reporting.service.gating import Gating
from kept.practices.reporting.service.monitoring import Monitoring
from kept.practices.reporting.service.registering import Registering
from kept.practices.reporting.service.room import Room
from kept.practices.reporting.service.showing import Showing
from kept.practices.reporting.service.withholding import Withholds
from kept.practices.reporting.service.writing import Writing
from kept.predicates.publication import Log, Publication
from kept.predicates.scope_decision import ScopeDecision
from kept.predicates.supersession import Supersession


class Service(
    Comparing,
    Monitoring,
    Registering,
    Writing,
    Withholds,
    Approving,
    Disputing,
    Confirming,
    Gating,
    Showing,
    Room,
):
    """Builds and checks reports from statements alone."""

    def build(self, out: Path, *, by: Actor, pdf: bool = False, since: Path | None = None) -> Built:
        """Publish the log, and write the report of it into the folder `out`, once it verifies; `pdf` adds report.pdf.

        With `since`, the folder of an earlier report (`out` itself may be it), what changed from it is recorded too.
        Raises Conflict where `out` holds something else than a report, and Unverified when the evidence does not
        bear out what was recorded: then nothing is written.
        """
        folder: Folder = load(PRACTICE.backends["folder"]["file"])
        folder.claim(out)
        trust = self._trust()
        earlier = self._own(since) if since else None
        point = self._context.ledger.publish()
        as_of = format_time(self._context.clock())
        materials, known = self._published(point.size, as_of=as_of)
        outcomes = self._collect(known)
        derivation = derive(known, outcomes, as_of=as_of)
        heading = Heading(
            organisation=trust.organisation,
            generator=GENERATOR,
            as_of=as_of,
            declared=canonical.decode(trust.to_bytes(), limit=1 << 20, what="The trust file"),
            origin=point.origin,
            checkpoint=self._context.ledger.checkpoint(),
        )
        report = compose(heading, materials, outcomes=outcomes, derived=derivation.document)
        encoded = canonical.encode(report)
        made = _render(report, encoded)
        files = {**made, **render_copies(report, encoded, pdf=pdf)}
        files |= self._sign_verifier(files[VERIFIER], heading, by=by)
        files |= self._manifest(files, heading, point, by=by)
        # What follows from these very records was made a moment ago, and need not be made twice.
        verdict = verify(
            Files(files),
            trust=trust,
            now=self._context.clock(),
            render=lambda *_: made,
            deriving=lambda known, outcomes, *, as_of: derivation,
        )
        changed = self._changed(earlier, Checked(verdict, Files(files), report, encoded), by=by) if earlier else None
        folder.write(out, files)
        # Recorded only now: nobody can say that a report was published which never was.
        index = self._record(Envelope.parse(files[MANIFEST]).statement(), by=by)
        return Built(
            folder=str(out),
            files=len(files),
            size=point.size,
            campaigns=len(derivation.campaigns),
            claims=len(derivation.document["claims"]),
            as_of=as_of,
            index=index,
            changes=self._record(changed.to_statement(), by=by) if changed else None,
        )

    def status(self) -> Sequence[Mapping[str, Any]]:
        """The state of each commitment for each model, now, and what is missing."""
        document = self._derived().document
        names = {model["id"]: model["name"] for model in document["models"]}
        titles = {commitment.id: commitment.title for commitment in catalog.load()}
        return [
            {**status, "name": names.get(status["model"], ""), "title": titles[status["commitment"]]}
            for status in document["statuses"]
        ]

    def scope(self, model: str, decision: Mapping[str, Any], *, by: Actor) -> Decision:
        """Record whether promises bind a model; `decision` holds the fields of a scope decision but model and time.

        Raises NotFound for a model of which nothing was recorded, unless its identity is given, and Invalid.
        """
        found = self._model(model)
        issued = format_time(self._context.clock())
        made = ScopeDecision.of(**{**decision, "model": found["id"], "issued": issued, "by": by.id})
        index = self._record(made.to_statement(model_name=found["name"]), model=found["id"], by=by)
        return Decision(index, made.commitments, made.decision, found["id"])

    def supersede(self, commitment: str, law: Mapping[str, str], *, by: Actor) -> Decision:
        """Record that a law stands in the place of a promise; `law` holds law, jurisdiction, url, effective, rationale.

        Raises Invalid.
        """
        issued = format_time(self._context.clock())
        made = Supersession.of(**{**law, "commitment": commitment, "issued": issued, "by": by.id})
        index = self._record(made.to_statement(), by=by)
        return Decision(index, (made.commitment,), "superseded")

    @staticmethod
    def catalog() -> Mapping[str, Any]:
        """The commitments as an OSCAL catalog."""
        return oscal.catalog()

    @staticmethod
    def verify(folder: Path, *, trust: Path | None, now: datetime) -> Verdict:
        """Check a published report with the reader's trust file, or without one.

        Raises ReportUnverified when anything fails, NotFound where there is no folder or no trust file, and Invalid
        for a malformed trust file.
        """
        reader: Folder = load(PRACTICE.backends["folder"]["file"])
        trusted = Trust.load(trust) if trust else None
        return verify(reader.read(folder), trust=trusted, now=now, render=_render)

    def _sign_verifier(self, verifier: bytes, heading: Heading, *, by: Actor) -> Mapping[str, bytes]:
        made = Publication(
            kind="verifier",
            organisation=heading.organisation,
            generator=heading.generator,
            issued=heading.as_of,
        )
        signed = self._context.ledger.sign(made.to_statement(_digests({VERIFIER: verifier})), by=by)
        return {VERIFIER_SIGNATURE: signed.to_bytes()}

    def _manifest(
        self, files: Mapping[str, bytes], heading: Heading, point: note.Checkpoint, *, by: Actor
    ) -> Mapping[str, bytes]:
        made = Publication(
            kind="report",
            organisation=heading.organisation,
            generator=heading.generator,
            issued=heading.as_of,
            log=Log(origin=point.origin, size=point.size, root=point.root.hex()),
        )
        return {MANIFEST: self._context.ledger.sign(made.to_statement(_digests(files)), by=by).to_bytes()}


def _digests(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
