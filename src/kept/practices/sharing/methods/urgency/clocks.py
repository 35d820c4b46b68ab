"""How long an urgent matter may wait, by its channel and its urgency."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from kept.practices.sharing.records.urgency import Channel, Urgency

_HOUR = timedelta(hours=1)
LIMITS: Mapping[Channel, Mapping[Urgency, timedelta]] = {
    "incident": {"immediate": _HOUR, "prompt": 24 * _HOUR, "routine": 72 * _HOUR},
    "incident response": {"immediate": 4 * _HOUR, "prompt": 48 * _HOUR, "routine": 7 * 24 * _HOUR},
    "information": {"immediate": 24 * _HOUR, "prompt": 7 * 24 * _HOUR, "routine": 30 * 24 * _HOUR},
}
"""The time to acknowledge. What somebody else asks for can only make it shorter."""
STEPS = 4
"""In how many equal steps the time is handed on: the first on call has a quarter of it."""


def due(channel: Channel, urgency: Urgency, *, received: datetime, asked: datetime | None = None) -> datetime:
    """Until when a matter must be acknowledged: the limit, or earlier where its sender asks for that.

    What was asked for lies in the past where a notice was long on its way: then a step of the limit is left.
    """
    limit = LIMITS[channel][urgency]
    if asked is None or asked >= received + limit:
        return received + limit
    return max(asked, received + limit / STEPS)


def step(channel: Channel, urgency: Urgency) -> timedelta:
    """How long somebody who was called has before the next is."""
    return LIMITS[channel][urgency] / STEPS
