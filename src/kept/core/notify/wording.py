"""How a message reads: as a mail, and as JSON."""

from datetime import datetime, timedelta
from typing import Any

from kept.core.context import format_time
from kept.core.notify.records import Item, Message

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


def title(message: Message) -> str:
    """The subject of a mail."""
    if not message.items:
        return f"{message.organisation}: a test of kept's messages"
    if len(message.items) == 1:
        return f"{message.organisation}: {_what(message.items[0])} {standing(message.items[0].due, message.sent)}"
    return f"{message.organisation}: {len(message.items)} matters wait for you"


def text(message: Message) -> str:
    """The body of a mail, plain."""
    if not message.items:
        return f"This is a test: messages of {message.organisation} reach {message.person}.\n"
    lines = []
    for each in message.items:
        lines += [f"{_what(each)}: due {format_time(each.due)}, {standing(each.due, message.sent)}", each.link, ""]
    return "\n".join([*lines, "Sent by kept; nobody reads what is answered to this address.", ""])


def document(message: Message, *, to: str) -> dict[str, Any]:
    """The message in plain JSON values; times are UTC, `late_seconds` is negative before the time has come."""
    return {
        "version": 1,
        "id": message.id,
        "organisation": message.organisation,
        "person": message.person,
        "to": to,
        "sent": format_time(message.sent),
        "test": not message.items,
        "due": [
            {
                "room": each.room,
                "subject": each.subject,
                "clock": each.clock,
                "due": format_time(each.due),
                "late_seconds": int((message.sent - each.due).total_seconds()),
                "link": each.link,
            }
            for each in message.items
        ],
    }


def standing(due: datetime, now: datetime) -> str:
    """How late it is in words, in the two largest units that say anything."""
    late = now - due
    return f"{_span(late)} late" if late >= timedelta() else f"due in {_span(-late)}"


def _span(span: timedelta) -> str:
    left, found = int(span.total_seconds()), []
    for name, seconds in _UNITS:
        count, left = divmod(left, seconds)
        if count:
            found.append(f"{count} {name}{'s' if count != 1 else ''}")
    return " ".join(found[:2]) or "less than a minute"


def _what(item: Item) -> str:
    return f"{item.subject} ({item.room}), {item.clock}"
