"""Which channel and urgency a shared object has: what happened, what is done about it, and what is good to know."""

from datetime import datetime
from typing import NamedTuple

from kept.practices.sharing.records.contents import CapabilityNotice, Content, Incident, Mitigation
from kept.practices.sharing.records.urgency import Channel, Urgency

_GRAVITY: dict[str, Urgency] = {"critical": "immediate", "high": "prompt", "medium": "routine", "low": "routine"}


class Sorted(NamedTuple):
    """How urgent an object is, and by when its sender wants an answer, if they said."""

    channel: Channel
    urgency: Urgency
    asked: datetime | None = None


def sort(content: Content) -> Sorted | None:
    """Where an object belongs; None for one that asks nobody to answer."""
    if isinstance(content, CapabilityNotice):
        channel: Channel = "information" if content.finding == "ruled-out" else "incident"
        return Sorted(channel, content.urgency, datetime.fromisoformat(content.acknowledge_by))
    if isinstance(content, Incident):
        open_ = content.status == "open"
        return Sorted("incident" if open_ else "incident response", _GRAVITY[content.severity])
    if isinstance(content, Mitigation):
        return Sorted("incident response", "routine")
    return None
