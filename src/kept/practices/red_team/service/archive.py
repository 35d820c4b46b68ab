"""Campaigns and attempts as the store keeps them."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.exc import NoResultFound

from kept.core.ledger.tables import ENTRY
from kept.core.store import Store
from kept.errors import Conflict, NotFound
from kept.practices.red_team.methods.play import Party
from kept.practices.red_team.methods.schedule import Key, Schedule, Stepped
from kept.practices.red_team.service.tables import ATTEMPTS, CAMPAIGNS, OUTCOMES
from kept.predicates import judge_calibration
from kept.predicates.campaign_plan import CampaignPlan
from kept.predicates.campaign_result import CampaignResult

_PAGE = 1000


@dataclass(slots=True)
class Tally:
    """What was counted so far; `tokens` and `requests` over the campaign's life, `errors` in this sitting."""

    tokens: int = 0
    requests: int = 0
    succeeded: int = 0
    errors: int = 0


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as the store knows it; `number` is its key there, `plan_index` and `result_index` are the ledger's.

    `address` is the tested model's, `parties` are the addresses of the attacker and the judge, where there are any.
    """

    number: int
    id: str
    state: str
    model: str
    address: str
    parties: Mapping[Party, str]
    plan: CampaignPlan
    plan_index: int | None
    result: CampaignResult | None
    result_index: int | None


class Archive:
    """Reads and writes the room's tables."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def campaigns(self) -> tuple[Campaign, ...]:
        """Every campaign that was opened, oldest first."""
        with self._store.read() as connection:
            rows = connection.execute(select(CAMPAIGNS).order_by(CAMPAIGNS.c.number)).all()
        return tuple(map(_campaign, rows))

    def campaign(self, campaign: str) -> Campaign:
        """One campaign. Raises NotFound."""
        with self._store.read() as connection:
            try:
                row = connection.execute(select(CAMPAIGNS).where(CAMPAIGNS.c.campaign == campaign)).one()
            except NoResultFound as error:
                raise NotFound(
                    f"There is no campaign {campaign!r}.",
                    code="red-team.no-campaign",
                    hint="`kept red-team list` shows all.",
                ) from error
        return _campaign(row)

    def repeats(self, *, model: str, plan_digest: str) -> int:
        """How many campaigns had this model and plan, as of now."""
        with self._store.read() as connection:
            return count_repeats(connection, model=model, plan_digest=plan_digest)

    def set_plan_index(self, campaign: str, index: int) -> None:
        """Note where in the ledger the plan stands."""
        change = update(CAMPAIGNS).where(CAMPAIGNS.c.campaign == campaign).values(plan_index=index)
        self._store.write(lambda connection: connection.execute(change))

    def set_result_index(self, number: int, index: int) -> None:
        """Note where in the ledger the result stands."""
        change = update(CAMPAIGNS).where(CAMPAIGNS.c.number == number).values(result_index=index)
        self._store.write(lambda connection: connection.execute(change))

    def mark_done(self, number: int, schedule: Schedule | Stepped) -> Tally:
        """Mark every recorded attempt; returns what they spent and how many succeeded."""
        tally = Tally()
        of = ATTEMPTS.c
        columns = (of.cell, of.prompt, of.trial, of.tokens, of.requests, of.outcome)
        with self._store.read() as connection:
            rows = connection.execution_options(yield_per=_PAGE).execute(
                select(*columns).where(ATTEMPTS.c.campaign == number)
            )
            for cell, prompt, trial, tokens, requests, outcome in rows:
                schedule.mark(Key(cell, prompt, trial), outcome)
                tally.tokens += tokens
                tally.requests += requests
                tally.succeeded += outcome == "s"
        return tally

    def outcome_lines(self, number: int) -> bytes:
        """The outcome file of a closed campaign."""
        where = OUTCOMES.c.campaign == number
        with self._store.read() as connection:
            lines = connection.execute(select(OUTCOMES.c.line).where(where).order_by(OUTCOMES.c.position)).scalars()
            return "".join(lines).encode()

    def tally(self, number: int) -> dict[str, int]:
        """How many attempts of a campaign have each outcome."""
        query = select(ATTEMPTS.c.outcome, func.count().label("attempts")).where(ATTEMPTS.c.campaign == number)
        with self._store.read() as connection:
            rows = connection.execute(query.group_by(ATTEMPTS.c.outcome)).all()
        return {row.outcome: row.attempts for row in rows}


def cell_rows(connection: Connection, number: int, cell: int) -> Iterator[Sequence[Any]]:
    """(prompt, trial, outcome, digest) of a cell's attempts, in that order, a page at a time."""
    columns = (ATTEMPTS.c.prompt, ATTEMPTS.c.trial, ATTEMPTS.c.outcome, ATTEMPTS.c.digest)
    where = (ATTEMPTS.c.campaign == number) & (ATTEMPTS.c.cell == cell)
    query = select(*columns).where(where).order_by(ATTEMPTS.c.prompt, ATTEMPTS.c.trial)
    yield from connection.execution_options(yield_per=_PAGE).execute(query)


def count_repeats(connection: Connection, *, model: str, plan_digest: str) -> int:
    """How many campaigns had this model and plan."""
    where = (CAMPAIGNS.c.model == model) & (CAMPAIGNS.c.plan_digest == plan_digest)
    return connection.execute(select(func.count()).select_from(CAMPAIGNS).where(where)).scalar_one()


def count_attempts(connection: Connection, number: int) -> int:
    """How many attempts of a campaign are recorded."""
    query = select(func.count()).select_from(ATTEMPTS).where(ATTEMPTS.c.campaign == number)
    return connection.execute(query).scalar_one()


def open_row(
    connection: Connection, *, address: str, parties: Mapping[Party, str], model: str, plan: CampaignPlan
) -> None:
    """Enter a new campaign. Raises Conflict when another campaign of the same plan was opened meanwhile."""
    if count_repeats(connection, model=model, plan_digest=plan.plan_digest) != plan.earlier:
        raise Conflict(
            "Another campaign with this model and plan was opened at the same moment.",
            code="red-team.race",
            hint="Run it again: the plan states how many came before it.",
        )
    row = {
        "campaign": plan.campaign,
        "state": "open",
        "model": model,
        "address": address,
        "parties": json.dumps(dict(parties)) if parties else None,
        "plan_digest": plan.plan_digest,
        "plan": plan.model_dump_json(),
    }
    connection.execute(CAMPAIGNS.insert().values(**row))


def close_row(
    connection: Connection, number: int, *, result: CampaignResult, lines: Iterable[bytes], latest: int = -1
) -> None:
    """Enter the result and its outcome lines. Raises Conflict when it was closed, or went on, meanwhile.

    `latest` is the ledger index of the last calibration that was looked at: a later one would be left out.
    """
    if result.calibrations is not None and _last_calibration(connection, result.model) > latest:
        raise Conflict(
            f"A calibration was recorded while campaign {result.campaign} was being closed.",
            code="red-team.calibrated",
            hint="Resume or abandon it once more: its figures then rest on the new one.",
        )
    open_still = (CAMPAIGNS.c.number == number) & (CAMPAIGNS.c.state == "open")
    change = update(CAMPAIGNS).where(open_still).values(state=result.state, result=result.model_dump_json())
    if connection.execute(change).rowcount != 1:
        raise Conflict(f"Campaign {result.campaign} was closed meanwhile.", code="red-team.closed")
    if count_attempts(connection, number) != result.outcomes.attempts:
        raise Conflict(
            f"Campaign {result.campaign} is being run by another process.",
            code="red-team.running",
            hint="Wait until that process has ended.",
        )
    batch = [{"campaign": number, "position": position, "line": line.decode()} for position, line in enumerate(lines)]
    if batch:
        connection.execute(OUTCOMES.insert(), batch)


def _last_calibration(connection: Connection, model: str) -> int:
    where = (ENTRY.c.predicate == judge_calibration.TYPE) & (ENTRY.c.model == model)
    last = connection.execute(select(func.max(ENTRY.c.position)).where(where)).scalar()
    return -1 if last is None else int(last)


def _campaign(row: Row[tuple[object, ...]]) -> Campaign:
    return Campaign(
        number=row.number,
        id=row.campaign,
        state=row.state,
        model=row.model,
        address=row.address,
        parties=json.loads(row.parties) if row.parties else {},
        plan=CampaignPlan.model_validate_json(row.plan),
        plan_index=row.plan_index,
        result=CampaignResult.model_validate_json(row.result) if row.result else None,
        result_index=row.result_index,
    )
