"""Steps 2 to 4: the checkpoint, its witnesses, and the log that it stands for."""

from collections.abc import Sequence
from datetime import UTC, datetime

from kept.core import cosignature, merkle, note
from kept.core.cosignature import Witnessing
from kept.core.trust import WitnessRule
from kept.errors import Unverified
from kept.practices.reporting.methods.material import TIME, Report


def open_checkpoint(report: Report, *, origin: str, keys: Sequence[note.VerifierKey]) -> note.Checkpoint:
    """The checkpoint, once a log key signed it under the expected origin. Raises Unverified or Invalid."""
    signed = note.Note.parse(report.checkpoint)
    found = note.Checkpoint.parse(signed.text)
    if found.origin != origin or report.origin != origin:
        raise Unverified(
            f"The checkpoint is of the log {found.origin!r}, not of {origin!r}.", code="report.checkpoint-origin"
        )
    note.verify(signed, keys)
    return found


def witnessed(report: Report, rule: WitnessRule, *, keys: Sequence[note.VerifierKey]) -> Witnessing:
    """Which independent groups cosigned the checkpoint, lately enough for the time of the report.

    Raises Unverified for a false cosignature of a known witness.
    """
    as_of = datetime.strptime(report.as_of, TIME).replace(tzinfo=UTC)
    return cosignature.witnessed(note.Note.parse(report.checkpoint), rule, log_keys=keys, as_of=as_of)


def check_log(report: Report, checkpoint: note.Checkpoint) -> None:
    """Check that the entries are all of the log and that their root is the checkpoint's. Raises Unverified."""
    if not len(report.materials) == report.size == checkpoint.size:
        raise Unverified(
            f"The report holds {len(report.materials)} entries and speaks of {report.size}; "
            f"the checkpoint is of {checkpoint.size}.",
            code="report.log-size",
        )
    leaves = b"".join(merkle.leaf_hash(material.entry) for material in report.materials)
    if merkle.root(leaves) != checkpoint.root:
        raise Unverified(
            "The entries do not lead to the root of the checkpoint: some were changed, dropped or reordered.",
            code="report.log-root",
        )
