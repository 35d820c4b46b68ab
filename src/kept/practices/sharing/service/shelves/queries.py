"""The question that every reading of a collection asks, as SQL: only what this reader may see, and the page is full.

Each audience of the reader is one walk along an index, so that the cost is that of the page, whatever else the
collection holds. Of an object that several owners put there the reader sees the words of the first alone, and "first"
and "last" are among the versions that this reader may see.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

from kept.practices.sharing.records import Filter

_ARMS = 64
# Only names of parameters are ever put into a statement.
_PARAMETER = re.compile(r":([a-z]+\d*)")
_Shape = tuple[int, int, int, int, frozenset[str], int]
# An owner who came first, a newer version, an older one.
_NEVER_OVERRULED = (
    "(f.owner <> e.owner AND f.since < e.since)",
    "(f.owner = e.owner AND f.version > e.version)",
    "(f.owner = e.owner AND f.version < e.version)",
)


def asked(connection: Connection, collection: int, audiences: tuple[str, ...], wanted: Filter) -> Sequence[Any]:
    """The rows: number, object, version and size, in the order in which they were added, one more than the limit."""
    kinds = wanted.kinds if len(wanted.kinds) * len(audiences) <= _ARMS else ()
    values: dict[str, Any] = {"c": collection, "after": wanted.after, "n": wanted.limit + 1}
    values |= {f"a{at}": audience for at, audience in enumerate(audiences)}
    values |= {f"k{at}": kind for at, kind in enumerate(wanted.kinds)}
    values |= {f"i{at}": one for at, one in enumerate(wanted.ids)}
    stated = [each for each in wanted.versions if each not in ("first", "last", "all")]
    values |= {f"v{at}": version for at, version in enumerate(stated)}
    words = frozenset(wanted.versions) - frozenset(stated)
    shape = (len(audiences), len(kinds), len(wanted.kinds), len(wanted.ids), words, len(stated))
    statement, order = _statement(shape, style=connection.dialect.paramstyle)
    given = tuple(values[name] for name in order) if order else values
    return connection.exec_driver_sql(statement, given).all()


@lru_cache(maxsize=512)
def _statement(shape: _Shape, *, style: str) -> tuple[str, tuple[str, ...]]:
    """The statement of a shape as a driver takes it, and the order of its values where it goes by their places.

    It goes to the driver as it is: to build it anew would take longer than to answer it.
    """
    found = _spelt(*shape)
    if style == "qmark":
        return _PARAMETER.sub("?", found), tuple(_PARAMETER.findall(found))
    return _PARAMETER.sub(r"%(\1)s", found), ()


def _spelt(audiences: int, arms: int, kinds: int, ids: int, words: frozenset[str], stated: int) -> str:
    seen = ", ".join(f":a{at}" for at in range(audiences))
    rules = _rules(seen, words, stated)
    if ids:
        rules += [f"e.object IN ({_names('i', ids)})", f"e.audience || '' IN ({seen})"]
    if kinds and (ids or not arms):
        rules.append(f"e.kind IN ({_names('k', kinds)})")
    held = "e.collection + 0 = :c" if ids else "e.collection = :c"
    where = " AND ".join([held, "e.number > :after", *rules])
    chosen = "SELECT e.number, e.object, e.version, e.size FROM sharing_shown e"
    if ids:
        return f"SELECT DISTINCT * FROM ({chosen} WHERE {where}) AS t ORDER BY number LIMIT :n"  # noqa: S608
    walks = [
        f"SELECT * FROM ({chosen} WHERE e.audience = :a{audience}{kind} AND {where} ORDER BY e.number LIMIT :n) AS t"  # noqa: S608
        for audience in range(audiences)
        for kind in ([f" AND e.kind = :k{at}" for at in range(arms)] or [""])
    ]
    return f"SELECT DISTINCT * FROM ({' UNION ALL '.join(walks)}) AS u ORDER BY number LIMIT :n"  # noqa: S608


def _rules(seen: str, words: frozenset[str], stated: int) -> list[str]:
    """Which owner's words count, and which versions are asked for."""
    if "all" in words:
        return [_overruled(seen, 0)]
    if not stated and len(words) == 1:
        (word,) = words
        return [f"e.{word} = 1", _overruled(seen, 0, 1 if word == "last" else 2)]
    found = [f"e.version IN ({_names('v', stated)})"] if stated else []
    if "last" in words:
        found.append(f"(e.last = 1 AND {_overruled(seen, 1)})")
    if "first" in words:
        found.append(f"(e.first = 1 AND {_overruled(seen, 2)})")
    return [_overruled(seen, 0), f"({' OR '.join(found)})"]


def _overruled(seen: str, *rules: int) -> str:
    # An operation on a column keeps SQLite's planner from walking the audience's index: an object is found at once.
    return (
        "NOT EXISTS (SELECT 1 FROM sharing_shown f WHERE f.object = e.object AND f.collection + 0 = :c "  # noqa: S608
        f"AND f.audience || '' IN ({seen}) AND ({' OR '.join(_NEVER_OVERRULED[rule] for rule in rules)}))"
    )


def _names(letter: str, count: int) -> str:
    return ", ".join(f":{letter}{at}" for at in range(count))
