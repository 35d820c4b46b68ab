"""The models that take part in a campaign besides the one that is tested: opened, checked, named."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from kept.core.context import OpenModel
from kept.core.model import Model
from kept.errors import Conflict
from kept.practices.red_team.methods import judges
from kept.practices.red_team.methods.judges import exact_card
from kept.practices.red_team.methods.plans import PARTIES
from kept.practices.red_team.methods.play import Party
from kept.practices.red_team.service.archive import Campaign
from kept.predicates.campaign_plan import Judge, Parties, PartyIds, Plan

Cast = Mapping[Party, Model]


@asynccontextmanager
async def opened(addresses: Mapping[Party, str], *, open_model: OpenModel, concurrency: int) -> AsyncIterator[Cast]:
    """The attacker and the judge at these addresses, closed at the end. Raises what `open_model` raises."""
    cast: dict[Party, Model] = {}
    try:
        for of, address in addresses.items():
            cast[of] = open_model(address, concurrency=concurrency)
        yield cast
    finally:
        for model in cast.values():
            await model.close()


def ids(cast: Cast) -> PartyIds:
    """Whom the plan names."""
    return PartyIds(**{of: cast[of].identity.id if of in cast else None for of in PARTIES})


def documents(cast: Cast) -> Parties:
    """How these models were established."""
    return Parties(**{of: cast[of].identity.document() if of in cast else None for of in PARTIES})


def stated_judge(plan: Plan, cast: Cast) -> Judge:
    """The plan's judge as its statement names it."""
    judge = judges.chosen(plan.judge)
    return Judge(
        name=judge.name,
        version=judge.version,
        rubric=judge.rubric,
        model=cast["judge"].identity.id if judge.asks else None,
        false_positive_bound=judge.false_positive_bound,
        alpha=exact_card.ALPHA,
    )


def check_judge(campaign: Campaign, cast: Cast) -> None:
    """Raises Conflict when the judge has other rules by now than the campaign was planned with."""
    if campaign.plan.judge != stated_judge(campaign.plan.plan, cast):
        raise Conflict(
            f"The judge {campaign.plan.judge.name!r} is no longer the one that campaign {campaign.id} was opened with.",
            code="red-team.other-judge",
            hint="Resume it with the version that opened it, or abandon it.",
        )


def check_same(campaign: Campaign, cast: Cast) -> None:
    """Raises Conflict when a party is no longer the model that the campaign was planned with."""
    planned, now = campaign.plan.plan.parties, ids(cast)
    for of in PARTIES:
        if getattr(planned, of) != getattr(now, of):
            raise Conflict(
                f"{campaign.parties.get(of, 'Nothing')} is no longer the {of} that campaign {campaign.id} was opened "
                "with.",
                code="red-team.other-model",
                hint="Abandon the campaign, and run a new one with the models as they are now.",
            )
