"""Step 1: the signed manifest covers every file, and speaks of the report that is there."""

import hashlib

from kept.core.note import Checkpoint, Note
from kept.core.statement import Envelope
from kept.core.trust import KeyHistory, Trust
from kept.errors import Unverified
from kept.practices.reporting.methods.material import Report
from kept.practices.reporting.records import (
    COPY,
    MANIFEST,
    OUTCOMES,
    PAGE,
    REPORT,
    VERIFIER,
    VERIFIER_SIGNATURE,
    Files,
)
from kept.predicates import publication
from kept.predicates.publication import Log, Publication

NEEDED = (REPORT, PAGE, MANIFEST, "checkpoint", "catalog.json", VERIFIER, VERIFIER_SIGNATURE)


def check_files(files: Files) -> Envelope:
    """The manifest, once every file stands in it with its digest and no other file is there. Raises Unverified."""
    if files.oddities:
        raise Unverified(f"In the folder, {files.oddities[0]}.", code="report.oddity")
    for name in NEEDED:
        if name not in files.contents:
            raise Unverified(f"The report has no {name}.", code="report.file-missing")
    envelope = Envelope.parse(files.contents[MANIFEST])
    if envelope.to_bytes() != files.contents[MANIFEST]:
        raise Unverified(f"{MANIFEST} is not written as it was made.", code="report.manifest")
    listed = {subject.name: dict(subject.digest) for subject in envelope.statement().subjects}
    if len(listed) != len(envelope.statement().subjects):
        raise Unverified("The manifest lists a file twice.", code="report.manifest")
    present = set(files.contents) - {MANIFEST}
    for name in sorted(present ^ set(listed)):
        what = "stands in the folder but not in the manifest" if name in present else "is listed but missing"
        raise Unverified(
            f"{name[:200]} {what}.", code="report.file-extra" if name in present else "report.file-missing"
        )
    for name in sorted(listed):
        if not (name in NEEDED or COPY.fullmatch(name) or name.startswith(f"{OUTCOMES}/")):
            raise Unverified(f"{name[:200]} has no place in a report.", code="report.file-extra")
    for name, digest in sorted(listed.items()):
        if digest != {"sha256": hashlib.sha256(files.contents[name]).hexdigest()}:
            raise Unverified(
                f"{name} is not the file that the manifest names: its digest differs.", code="report.digest"
            )
    return envelope


def copies(files: Files) -> list[str]:
    """The signed copies among the files: their bytes are the ones that were signed, and that is all that is known."""
    return [name for name in sorted(files.contents) if COPY.fullmatch(name)]


def check_publication(envelope: Envelope, report: Report, *, trust: Trust, keys: KeyHistory) -> None:
    """Check who signed the manifest, and that it speaks of this report. Raises Unverified or Invalid."""
    trust.authorise(envelope, predicate_type=publication.TYPE, index=report.size, history=keys)
    found = Publication.parse(envelope.statement())
    stated = (found.kind, found.organisation, found.generator, found.issued)
    if stated != ("report", report.organisation, report.generator, report.as_of):
        raise Unverified("The manifest speaks of another report.", code="report.manifest")
    root = Checkpoint.parse(Note.parse(report.checkpoint).text).root.hex()
    if found.log != Log(origin=report.origin, size=report.size, root=root):
        raise Unverified("The manifest speaks of another state of the log.", code="report.manifest")
    if report.organisation != trust.organisation:
        raise Unverified(
            f"The report is of {report.organisation[:80]!r}, the trust file of {trust.organisation!r}.",
            code="report.organisation",
        )


def check_verifier(files: Files, report: Report, *, trust: Trust, keys: KeyHistory) -> None:
    """Check the separate signature over the verifier that comes along. Raises Unverified or Invalid."""
    envelope = Envelope.parse(files.contents[VERIFIER_SIGNATURE])
    trust.authorise(envelope, predicate_type=publication.TYPE, index=report.size, history=keys)
    statement = envelope.statement()
    digest = {"sha256": hashlib.sha256(files.contents[VERIFIER]).hexdigest()}
    named = [(subject.name, dict(subject.digest)) for subject in statement.subjects]
    if Publication.parse(statement).kind != "verifier" or named != [(VERIFIER, digest)]:
        raise Unverified(f"{VERIFIER_SIGNATURE} does not sign {VERIFIER}.", code="report.verifier")


def check_copies(files: Files, report: Report) -> None:
    """Check that the files beside report.json say what it says. Raises Unverified."""
    copies = {"checkpoint": report.checkpoint}
    copies |= {f"{OUTCOMES}/{campaign}.jsonl": data for campaign, data in report.outcomes.items()}
    for name, data in copies.items():
        if files.contents.get(name) != data:
            raise Unverified(f"{name} is not what report.json holds.", code="report.copy")
    for name in files.contents:
        if name.startswith(f"{OUTCOMES}/") and name not in copies:
            raise Unverified(f"{name} is of no campaign in report.json.", code="report.copy")
