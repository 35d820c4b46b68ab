"""What a batch came to, as a statement: counts by model, media and key, and failures by the code of their error."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256

from kept.core.actor import Actor
from kept.core.context import Context, format_time
from kept.core.ledger import Draft
from kept.practices.provenance.methods import media
from kept.practices.provenance.service.bulk.job import Job, Tally, load_facts
from kept.predicates.marking_summary import MarkingSummary


def summarise(context: Context, job: Job, tally: Tally, *, by: Actor) -> int:
    """Record what a whole job came to, whatever number of runs it took, unless nothing was added; returns the index."""
    known = job.journal.known(job.run.job)
    if known is None:
        raise ValueError("a job that was never begun has nothing to tell")
    if known.statement is not None and not tally.done:
        return int(known.statement)
    marked: Counter[tuple[str, str, str]] = Counter()
    failed: Counter[str] = Counter()
    digests: list[str] = []
    for row in job.journal.pieces(job.run.job):
        if row.state == "done":
            facts = load_facts(row.facts)
            marked[(facts["model"], media.kind(facts["media_type"]), facts["key_id"])] += 1
            digests.append(facts["sha256"])
        else:
            failed[row.code or "bulk.unfinished"] += 1
    whole = sha256("".join(f"{digest}\n" for digest in sorted(digests)).encode()).hexdigest()
    now = format_time(context.clock())
    made = MarkingSummary.of(
        batch=job.run.job,
        since=known.begun,
        until=now,
        pieces=len(digests),
        marked=[
            {"model": model, "media": kind, "key": key, "count": count}
            for (model, kind, key), count in sorted(marked.items())
        ],
        failures=[{"code": code, "count": count} for code, count in sorted(failed.items())],
        issued=now,
        by=by.id,
    )
    (receipt,) = context.ledger.record(Draft(made.to_statement(digest=whole)), by=by)
    job.journal.stated(job.run, receipt.index)
    return receipt.index
