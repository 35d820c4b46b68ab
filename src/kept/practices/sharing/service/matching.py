"""Prompts matched against what was shared: one matcher for all, and a stream of lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from kept.core import canonical
from kept.core.context import Context, format_time
from kept.errors import Invalid
from kept.practices.sharing.records import Settings
from kept.practices.sharing.records.matching import Indicator, Match, Refusal
from kept.practices.sharing.service.costing import Costing, Counting
from kept.practices.sharing.service.tables.library import LIBRARY
from kept.practices.sharing.service.tables.objects import OBJECTS

if TYPE_CHECKING:
    from kept.practices.sharing.methods.indicators import Said
    from kept.practices.sharing.methods.matching import Matcher

LINE = 8 * 1024 * 1024
"""How many bytes a line of prompts has at most."""
OWN = "this organisation"
_TOGETHER = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """What one line came to: the prompt's own `id`, if it has one, what it matches, or why it wasn't matched.

    `incomplete` names the peers not all of whose patterns were tried, because they cost too much. `prompt` is empty
    unless it was asked for.
    """

    line: int
    id: str
    matches: tuple[Match, ...]
    error: str = ""
    prompt: str = ""
    incomplete: tuple[str, ...] = ()


class Matching(Costing):
    """The verbs about matching prompts."""

    _context: Context
    _settings: Settings
    _remembered: Mapping[tuple[str, bytes], Said] = MappingProxyType({})
    _since = ""

    def matcher(self) -> Matcher:
        """The matcher of all that was received or made here, as it is now; what it refuses is in its `refused`.

        It takes seconds to build for ten thousand patterns that are new, and nothing changes it: hold it, ask
        `matcher_state` now and then, and build the next one beside it. Raises Unavailable without the extra `sharing`.
        """
        from kept.practices.sharing.methods.matching import Matcher

        refused: list[Refusal] = []
        most = self._settings.match_instructions
        return Matcher.of(self._match_indicators(refused), own=OWN, also_refused=refused, instructions=most)

    def matcher_state(self) -> str:
        """What changes whenever another matcher would be built."""
        with self._context.store.read() as connection:
            shared = connection.execute(select(func.count(), func.max(OBJECTS.c.number)).select_from(OBJECTS)).one()
            own = connection.execute(select(func.count(), func.max(LIBRARY.c.added)).select_from(LIBRARY)).one()
        return "/".join(map(str, (*shared, *own, self._match_ended())))

    def match(self, lines: Iterable[bytes], *, matcher: Callable[[], Matcher], echo: bool = False) -> Iterator[Answer]:
        """What each line matches, one answer a line, in order: JSON as {"prompt": …, "id": …}, or a JSON text.

        `matcher` is asked at every line, so that a newer one takes over between two. A line that is wrong is answered
        by what is wrong, and the next is read. No answer holds a prompt, unless `echo` asks for it. How often not all
        patterns of a peer were tried is noted, for `waiting`.
        """
        costs = Counting(self)
        try:
            for number, line in enumerate(lines, 1):
                answer = _answer(line, number, matcher, echo=echo)
                if answer.incomplete:
                    costs.add(answer.incomplete)
                yield answer
        finally:
            costs.write()

    def _match_ended(self) -> str:
        """The end of the last indicator that ended since the first matcher was built, or ""."""
        now = format_time(self._context.clock())
        ends = (each.until for each in self._remembered.values() if each.until)
        return max((end for end in ends if self._since < end[:19] <= now[:19]), default="")

    def _match_indicators(self, refused: list[Refusal]) -> Iterator[Indicator]:
        from kept.practices.sharing.methods.indicators import said

        now = format_time(self._context.clock())
        self._since = self._since or now[:19]
        known = self._remembered
        here: dict[tuple[str, bytes], Said] = {}
        for body, peer in self._match_bodies():
            # What an object says costs a thousand times what its digest costs, and most are those of the last time.
            key = (peer, sha256(body).digest())
            here[key] = known.get(key) or said(body, peer)
            for found in here[key].at(now):
                if isinstance(found, Refusal):
                    refused.append(found)
                else:
                    yield found
        self._remembered = here

    def _match_bodies(self) -> Iterator[tuple[bytes, str]]:
        """The newest version of each object that each owner shared, and whose it is."""
        own = select(LIBRARY.c.body).where(LIBRARY.c.kind.in_(("indicator", "circumvention-pattern")))
        with self._context.store.read() as connection:
            for row in connection.execute(own.order_by(LIBRARY.c.id)).partitions(_TOGETHER):
                yield from ((bytes(each.body), OWN) for each in row)
            newest = (
                select(OBJECTS.c.object, OBJECTS.c.owner, func.max(OBJECTS.c.version).label("version"))
                .where(OBJECTS.c.kind == "indicator")
                .group_by(OBJECTS.c.object, OBJECTS.c.owner)
                .subquery()
            )
            query = (
                select(OBJECTS.c.body, OBJECTS.c.owner, OBJECTS.c.object)
                .join(
                    newest,
                    (OBJECTS.c.object == newest.c.object)
                    & (OBJECTS.c.owner == newest.c.owner)
                    & (OBJECTS.c.version == newest.c.version),
                )
                .order_by(OBJECTS.c.object, OBJECTS.c.owner)
            )
            before = None
            for rows in connection.execute(query).partitions(_TOGETHER):
                for row in rows:
                    # One object may stand in several collections.
                    if (row.object, row.owner) != before:
                        yield bytes(row.body), row.owner or OWN
                    before = (row.object, row.owner)


def _answer(line: bytes, number: int, matcher: Callable[[], Matcher], *, echo: bool) -> Answer:
    named = ""
    try:
        prompt, named = _prompt(line, number)
        found = matcher().match(prompt)
    except Invalid as error:
        return Answer(number, named, (), error.message)
    return Answer(number, named, tuple(found), prompt=prompt if echo else "", incomplete=found.incomplete)


def _prompt(line: bytes, number: int) -> tuple[str, str]:
    value = canonical.decode(line, limit=LINE, what=f"Line {number}")
    if isinstance(value, str):
        return value, ""
    if isinstance(value, dict) and isinstance(value.get("prompt"), str) and isinstance(value.get("id", ""), str | int):
        return value["prompt"], str(value.get("id", ""))[:200]
    raise Invalid(f'Line {number} is neither a JSON text nor {{"prompt": …}}.', code="prompt.malformed")
