"""The rows of advisories: what is being written, and the newest revision of each with the bytes that are served."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, select

from kept.errors import NotFound
from kept.practices.disclosure.methods.advisories import reading
from kept.practices.disclosure.methods.advisories.csaf import file_name
from kept.practices.disclosure.records.advisories import AdvisoryDraft, Form, Published, Reproduction
from kept.practices.disclosure.service.replaying import book
from kept.practices.disclosure.service.tables.advisories import ADVISORIES, ADVISORY_DRAFTS, FORMS, SIGNATURES
from kept.practices.disclosure.service.tables.replays import REPLAYS

MILLION = 1_000_000


def write(connection: Connection, made: Published, forms: Sequence[Form]) -> None:
    """Put a revision in the place of the one before, and of what was being written."""
    advisory = made.advisory
    connection.execute(ADVISORIES.delete().where(ADVISORIES.c.id == advisory.id))
    connection.execute(FORMS.delete().where(FORMS.c.id == advisory.id))
    connection.execute(SIGNATURES.delete().where(SIGNATURES.c.id == advisory.id))
    connection.execute(ADVISORY_DRAFTS.delete().where(ADVISORY_DRAFTS.c.id == advisory.id))
    connection.execute(
        ADVISORIES.insert().values(
            id=advisory.id,
            file=file_name(advisory.id),
            revision=advisory.revisions[-1].number,
            document=json.dumps({"advisory": asdict(advisory), "reports": made.reports}),
            published=advisory.revisions[0].date,
            changed=advisory.revisions[-1].date,
            recorded=made.recorded,
        )
    )
    rows = [{"id": advisory.id, "form": each.name, "content": each.content, "digest": each.digest} for each in forms]
    connection.execute(FORMS.insert(), rows)


def draft(connection: Connection, id: str) -> AdvisoryDraft:
    """What is being written under an id. Raises NotFound."""
    query = select(ADVISORY_DRAFTS.c.document).where(ADVISORY_DRAFTS.c.id == id)
    document = connection.execute(query).scalar()
    if document is None:
        raise NotFound(
            f"Nothing was written for an advisory {id[:64]!r}.",
            code="advisory.unwritten",
            hint="Write one: kept disclosure advisory new FILE",
        )
    told = json.loads(document)
    return AdvisoryDraft(reading.advisory_of(told["advisory"]), tuple(told["reports"]))


def reproduction(connection: Connection, draft: AdvisoryDraft) -> Reproduction | None:
    """How often the weakness came back in the replay, of the reports behind it, whose bound is the highest."""
    query = select(REPLAYS).where(REPLAYS.c.report.in_(draft.reports), REPLAYS.c.state == "recorded")
    replays = [book.read(connection, each) for each in connection.execute(query).all()]
    found = [
        Reproduction(len(each.counted), each.counted.count("s"), each.bound / MILLION, 1 - replay.offer.level / MILLION)
        for replay in replays
        if replay.offer and replay.purpose == "report"
        for each in replay.results
        if each.reproduced
    ]
    return max(found, key=lambda each: each.bound, default=None)


def published(connection: Connection, id: str) -> Published | None:
    """The newest revision of an advisory, if it was published."""
    row = connection.execute(select(ADVISORIES).where(ADVISORIES.c.id == id)).one_or_none()
    return None if row is None else listed(row)


def listed(row: Row[Any]) -> Published:
    """The advisory that stands in a row."""
    told = json.loads(row.document)
    return Published(reading.advisory_of(told["advisory"]), tuple(told["reports"]), row.recorded)
