"""Who is on call: at every moment one person first, and others behind."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from kept.errors import Invalid
from kept.practices.sharing.records.urgency import Gap, Watch

_WATCHES, _LEVELS, _PERSON = 5000, 8, 128


def check_roster(watches: Sequence[Watch]) -> tuple[Watch, ...]:
    """The watches in order. Raises Invalid for one that ends before it begins, or two of a level at one time."""
    if len(watches) > _WATCHES:
        raise Invalid(f"A roster has at most {_WATCHES:,} watches.", code="roster.long")
    ordered = sorted(watches, key=lambda each: (each.level, each.begins, each.ends))
    for each in ordered:
        if each.ends <= each.begins or not 0 <= each.level < _LEVELS or not 1 <= len(each.person) <= _PERSON:
            raise Invalid(
                f"The watch of {each.person[:40]!r} from {each.begins:%Y-%m-%d %H:%M} can't be.",
                code="roster.watch",
                hint=f"It ends after it begins; levels go from 0 to {_LEVELS - 1}.",
            )
    for before, after in pairwise(ordered):
        if before.level == after.level and after.begins < before.ends:
            raise Invalid(
                f"{before.person} and {after.person} are both on call at level {before.level} from "
                f"{after.begins:%Y-%m-%d %H:%M}.",
                code="roster.overlap",
                hint="Let one end when the other begins.",
            )
    return tuple(ordered)


def on_call(watches: Sequence[Watch], moment: datetime) -> tuple[str, ...]:
    """Who is on call at a moment, the first to be called first, each once; a watch ends just before its end."""
    now = sorted((each for each in watches if each.begins <= moment < each.ends), key=lambda each: each.level)
    return tuple(dict.fromkeys(each.person for each in now))


def gaps(watches: Sequence[Watch], *, since: datetime, until: datetime) -> tuple[Gap, ...]:
    """The spans between two moments in which nobody is first on call."""
    first = sorted((each for each in watches if each.level == 0), key=lambda each: each.begins)
    found, reached = [], since
    for each in first:
        if each.ends <= reached:
            continue
        if each.begins >= until:
            break
        if each.begins > reached:
            found.append(Gap(reached, each.begins))
        reached = each.ends
    if reached < until:
        found.append(Gap(reached, until))
    return tuple(found)
