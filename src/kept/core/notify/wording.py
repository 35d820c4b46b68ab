"""How a message reads: as a mail in the language of whoever it is for, and as JSON, which says codes alone."""

from datetime import datetime, timedelta
from typing import Any

from kept.core.context import format_time
from kept.core.notify.languages import ENGLISH, counted, words
from kept.core.notify.records import Item, Message

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


def title(message: Message) -> str:
    """The subject of a mail."""
    said = words(message.language)["mail"]
    if not message.items:
        return said["test_title"].format(organisation=message.organisation)
    if len(message.items) > 1:
        return said["several"].format(organisation=message.organisation, count=len(message.items))
    (only,) = message.items
    late = standing(only.due, message.sent, message.language)
    return said["one"].format(organisation=message.organisation, what=_what(only, message.language), standing=late)


def text(message: Message) -> str:
    """The body of a mail, plain."""
    said = words(message.language)["mail"]
    if not message.items:
        return said["test"].format(organisation=message.organisation, person=message.person) + "\n"
    lines = []
    for each in message.items:
        late = standing(each.due, message.sent, message.language)
        what = _what(each, message.language)
        lines += [said["line"].format(what=what, due=format_time(each.due), standing=late), each.link, ""]
    return "\n".join([*lines, said["foot"], ""])


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


def standing(due: datetime, now: datetime, language: str = ENGLISH) -> str:
    """How late it is in words, in the two largest units that say anything."""
    late, said = now - due, words(language)["standing"]
    span = _span(abs(late), language) or said["moment"]
    return said["late" if late >= timedelta() else "left"].format(span=span)


def _span(span: timedelta, language: str) -> str:
    left, found = int(span.total_seconds()), []
    for unit, seconds in _UNITS:
        count, left = divmod(left, seconds)
        if count:
            found.append(counted(language, unit, count))
    return " ".join(found[:2])


def _what(item: Item, language: str) -> str:
    """The matter; what a room calls something that has no word here stays as the room says it."""
    said = words(language)
    kind, _, number = item.subject.partition(" ")
    named = said["subject"].get(kind) if number else None
    return said["mail"]["what"].format(
        subject=named.format(id=number) if named else said["mail"]["named"].format(id=item.subject),
        room=said["room"].get(item.room, item.room),
        clock=said["clock"].get(item.clock, item.clock),
    )
