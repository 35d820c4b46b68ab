"""Attempts of a campaign, drawn for people to label."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from kept.core.store import Store
from kept.errors import NotFound
from kept.practices.red_team.methods.cells import cells
from kept.practices.red_team.methods.draws import draw, seed_key
from kept.practices.red_team.methods.prompts import Prompts
from kept.practices.red_team.records import Cell
from kept.practices.red_team.service.archive import Campaign
from kept.practices.red_team.service.tables import ATTEMPTS


def sample(store: Store, campaign: Campaign, cell: Cell, *, count: int, seed: int) -> list[dict[str, Any]]:
    """At most `count` attempts of a cell that got an answer, drawn by `seed`, each as an item without its label.

    Raises NotFound for a cell that the campaign does not have, or in which nothing was answered.
    """
    plan = campaign.plan.plan
    places = cells(plan.domains, plan.strategies, plan.languages)
    if cell not in places:
        raise NotFound(
            f"The campaign {campaign.id} has no cell {'/'.join(cell)}.",
            code="labels.no-cell",
            hint=f"`kept red-team show {campaign.id}` shows its cells.",
        )
    prompts = Prompts(cell, plan.seed)
    where = (ATTEMPTS.c.campaign == campaign.number) & (ATTEMPTS.c.cell == places.index(cell))
    with store.read() as connection:
        rows = connection.execute(select(ATTEMPTS.c.prompt, ATTEMPTS.c.trial, ATTEMPTS.c.answer).where(where)).all()
    key = seed_key(seed)
    drawn = sorted(rows, key=lambda row: draw(key, f"label/{campaign.id}/{row.prompt}/{row.trial}"))
    items = list(_items(campaign.id, prompts, ((row.prompt, row.trial, row.answer) for row in drawn)))
    if not items:
        raise NotFound(
            f"Nothing was answered in {'/'.join(cell)} of the campaign {campaign.id}.", code="labels.no-answer"
        )
    return items[:count]


def _items(campaign: str, prompts: Prompts, rows: Iterator[tuple[int, int, str | None]]) -> Iterator[dict[str, Any]]:
    """Each exchange once: people need not label the same text twice, and a label set may not hold it twice."""
    seen = set()
    for prompt, trial, text in rows:
        said = _exchange(prompts, prompt, trial, json.loads(text)) if text else None
        told = json.dumps(said, sort_keys=True)
        if said is not None and told not in seen:
            seen.add(told)
            yield {"id": f"{campaign}/{prompt}/{trial}", **said, "annotator": "", "label": ""}


def _exchange(prompts: Prompts, prompt: int, trial: int, said: Mapping[str, Any]) -> dict[str, Any] | None:
    """The turns that led to the last answer, and that answer; None where there was none."""
    card = prompts[prompt].token
    if "exchange" in said:
        *turns, last = said["exchange"] or [["", ""]]
        if last[0] != "assistant" or not turns:
            return None
        answer = {"text": last[1], "finish": said.get("finish", "stop"), "tool_calls": last[2] if len(last) > 2 else []}
        return {"exchange": turns, "answer": answer, "card": card}
    if "text" not in said:
        return None
    sent = [[turn.role, turn.content] for turn in prompts.at(prompt, trial).messages]
    answer = {"text": said["text"], "finish": said["finish"], "tool_calls": said.get("tool_calls", [])}
    return {"exchange": sent, "answer": answer, "card": card}
