"""Label sets and what judges said of them, as the store keeps them: the texts never leave it."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from kept.core.canonical import encode
from kept.core.store import Store
from kept.errors import Invalid, NotFound
from kept.practices.red_team.records import LabelledItem, Labels, Outcome, Verdict
from kept.practices.red_team.service.tables import LABELS, VERDICTS
from kept.predicates.judge_calibration import CalibratedJudge

_SHORTEST = 8  # digits of a digest that may name a set


def enter(connection: Connection, *, labels: Labels, judge: CalibratedJudge, verdicts: Sequence[Verdict]) -> None:
    """Keep a label set, and what a judge said of it; a judge's newer verdicts replace its older ones."""
    name = judge_key(judge)
    connection.execute(LABELS.delete().where(LABELS.c.labels == labels.sha256))
    connection.execute(VERDICTS.delete().where((VERDICTS.c.labels == labels.sha256) & (VERDICTS.c.judge == name)))
    items = [
        {"labels": labels.sha256, "position": position, "item": json.dumps(_document(item))}
        for position, item in enumerate(labels.items)
    ]
    said = [
        {"labels": labels.sha256, "judge": name, "position": at, "outcome": each.outcome, "votes": each.votes}
        for at, each in enumerate(verdicts)
    ]
    connection.execute(LABELS.insert(), items)
    connection.execute(VERDICTS.insert(), said)


def labels_of(store: Store, digest: str) -> tuple[str, list[dict[str, Outcome]]]:
    """The whole digest of a set that is named by its first digits, and the labels of each item.

    Raises Invalid for fewer than 8 digits, or for more than one such set, and NotFound.
    """
    wanted = digest.removeprefix("sha256:").lower()
    if len(wanted) < _SHORTEST or not set(wanted) <= set("0123456789abcdef"):
        raise Invalid(f"{digest[:80]!r} is not the SHA-256 of a label set.", code="labels.name")
    with store.read() as connection:
        query = select(LABELS.c.labels).where(LABELS.c.labels.startswith(wanted)).distinct()
        found = connection.execute(query).scalars().all()
        if not found:
            raise NotFound(f"No judge was calibrated on a label set {wanted[:64]}.", code="labels.unknown")
        if len(found) > 1:
            raise Invalid(f"Several label sets begin with {wanted[:64]}.", code="labels.name")
        rows = select(LABELS.c.item).where(LABELS.c.labels == found[0]).order_by(LABELS.c.position)
        items = connection.execute(rows).scalars().all()
    return str(found[0]), [json.loads(item)["labels"] for item in items]


def verdicts_of(store: Store, digest: str) -> dict[str, list[tuple[Outcome, str]]]:
    """By judge, what it said of each item of a set, with a panel's votes."""
    query = select(VERDICTS.c.judge, VERDICTS.c.outcome, VERDICTS.c.votes).where(VERDICTS.c.labels == digest)
    found: dict[str, list[tuple[Outcome, str]]] = {}
    with store.read() as connection:
        for judge, outcome, votes in connection.execute(query.order_by(VERDICTS.c.judge, VERDICTS.c.position)):
            found.setdefault(judge, []).append((outcome, votes))
    return found


def judge_key(judge: CalibratedJudge) -> str:
    """The name of a judge in the store: all that tells it from others."""
    return encode(judge.model_dump(exclude_none=True)).decode()


def _document(item: LabelledItem) -> dict[str, Any]:
    turns = [[turn.role, turn.content, [[c.name, c.arguments] for c in turn.tool_calls]] for turn in item.exchange]
    calls = [[call.name, call.arguments] for call in item.answer.tool_calls]
    answer = {"text": item.answer.text, "finish": item.answer.finish, "tool_calls": calls}
    return {"id": item.id, "exchange": turns, "answer": answer, "card": item.token, "labels": dict(item.labels)}
