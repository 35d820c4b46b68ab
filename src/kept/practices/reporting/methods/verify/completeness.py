"""Steps 5 and 6: every entry of the log has its statement, signed by who may; nothing was left out."""

from collections.abc import Mapping, Sequence

from kept.core import merkle
from kept.core.erasure import ERASURE_TYPE, LASTING, Erasure
from kept.core.note import Checkpoint
from kept.core.trust import Trust
from kept.errors import Unverified
from kept.practices.reporting.methods import statements
from kept.practices.reporting.methods.campaigns import check_readable, gather
from kept.practices.reporting.methods.material import Report
from kept.practices.reporting.records import Known
from kept.predicates import campaign_plan


def check_statements(report: Report, checkpoint: Checkpoint, trust: Trust) -> tuple[Known, ...]:
    """The statements, once digests, inclusion proofs and signatures hold. Raises Unverified or Invalid."""
    entries = [statements.read_entry(material.index, material.entry) for material in report.materials]
    keys = statements.history(report.materials, entries, trust)
    found = []
    for material, entry, proof in zip(report.materials, entries, report.proofs, strict=True):
        found.append(statements.read(material, entry, trust=trust, keys=keys))
        if material.erased_by is None:
            merkle.verify_inclusion(
                merkle.leaf_hash(material.entry),
                index=material.index,
                size=checkpoint.size,
                proof=proof,
                root=checkpoint.root,
            )
    return tuple(found)


def check_complete(report: Report, known: Sequence[Known]) -> None:
    """Check that nothing was left out without a recorded reason. Raises Unverified or Invalid."""
    for material in report.materials:
        if material.erased_by is not None:
            _check_erasure(material.index, material.erased_by, report, known)
    campaigns = gather(known)
    shown = report.derived.get("campaigns")
    listed = [each.get("plan") for each in shown if isinstance(each, Mapping)] if isinstance(shown, list) else []
    opened = [each.index for each in known if each.predicate == campaign_plan.TYPE]
    if listed != opened:
        missing = sorted(set(opened) - {index for index in listed if isinstance(index, int)})
        what = f"the one opened at index {missing[0]} is left out" if missing else "they are not in the log's order"
        raise Unverified(
            f"The report lists other campaigns than the log opened: {what}.", code="report.campaign-dropped"
        )
    check_readable(campaigns, report.outcomes)


def _check_erasure(index: int, erased_by: int, report: Report, known: Sequence[Known]) -> None:
    entry = statements.read_entry(index, report.materials[index].entry)
    if entry.predicate in LASTING:
        raise Unverified(
            f"The statement at index {index} can't have been erased: without it a revoked key would count again, a "
            "body be missing for no reason, or an objection be silenced.",
            code="report.erasure",
        )
    found = known[erased_by] if index < erased_by < len(known) else None
    if found is not None and found.predicate == ERASURE_TYPE and found.fields is not None:
        erasure = Erasure.parse(found.statement())
        stated = (erasure.index, erasure.predicate_type, f"sha256:{erasure.digest}")
        if stated == (index, entry.predicate, entry.digest):
            return
    raise Unverified(
        f"The statement at index {index} is missing, and no recorded erasure tells why.", code="report.erasure"
    )
