"""Which wrongs the episodes of a campaign in worlds came to, read from the scores that their transcripts keep."""

import json
from collections import Counter

from sqlalchemy import select

from kept.core.store import Store
from kept.practices.red_team.methods.cells import cells
from kept.practices.red_team.methods.worlds.episode import wrongs_of
from kept.practices.red_team.service.archive import Campaign
from kept.practices.red_team.service.tables import ATTEMPTS

WORLD = "world-"
_PAGE = 1000


def wrongs(store: Store, campaign: Campaign) -> dict[str, dict[str, int]]:
    """By world, in how many episodes each wrong was there; texts that were erased tell nothing any more."""
    plan = campaign.plan.plan
    places = enumerate(cells(plan.domains, plan.strategies, plan.languages))
    found: dict[str, dict[str, int]] = {}
    with store.read() as connection:
        for number, cell in places:
            if cell.strategy.startswith(WORLD):
                where = (ATTEMPTS.c.campaign == campaign.number) & (ATTEMPTS.c.cell == number)
                query = select(ATTEMPTS.c.answer).where(
                    where & (ATTEMPTS.c.outcome == "s"), ATTEMPTS.c.answer.is_not(None)
                )
                said = connection.execution_options(yield_per=_PAGE).execute(query).scalars()
                counts = Counter(wrong for text in said for wrong in wrongs_of(json.loads(text).get("reason", "")))
                found[cell.strategy] = dict(sorted(counts.items()))
    return found
