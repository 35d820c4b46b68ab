"""Whom a matter has reached by now: from the first on call to the last, one step after the other."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from kept.practices.sharing.methods.urgency.clocks import due, step
from kept.practices.sharing.methods.urgency.roster import on_call
from kept.practices.sharing.records.urgency import Alert, Call, Channel, Urgency, Watch

_MOST = 64  # steps: whoever hasn't heard by then is on no roster


def alert(
    channel: Channel,
    urgency: Urgency,
    *,
    received: datetime,
    asked: datetime | None = None,
    acknowledged: datetime | None = None,
    roster: Sequence[Watch],
    now: datetime,
) -> Alert:
    """How a matter stands at `now`, from when it came, what its sender asked for, and when somebody acknowledged it.

    At each step whoever is next on call at that moment is told; nobody twice. A clock that was set back behind what was
    received counts as no time passed.
    """
    until = due(channel, urgency, received=received, asked=asked)
    end = max(received, min(now, acknowledged) if acknowledged else now)
    calls = _calls(received, end, step=step(channel, urgency), roster=roster)
    if acknowledged is not None:
        return Alert("acknowledged" if acknowledged <= until else "late", until, calls, acknowledged)
    return Alert("unanswered" if end > until else "waiting", until, calls)


def _calls(received: datetime, end: datetime, *, step: timedelta, roster: Sequence[Watch]) -> tuple[Call, ...]:
    found: list[Call] = []
    moment, level = received, 0
    while moment <= end and level < _MOST:
        told = {call.person for call in found}
        person = next((each for each in on_call(roster, moment) if each not in told), "")
        if person:
            found.append(Call(person, level, moment))
        moment, level = moment + step, level + 1
    return tuple(found)
