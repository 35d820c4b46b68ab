"""The question that every reading of a collection asks, as SQL: only what this reader may see, and the page is full.

Each audience of the reader is one walk along an index, so that the cost is that of the page, whatever else the
collection holds. Of an object that several owners put there the reader sees the words of the first alone, and "first"
and "last" are among the versions that this reader may see.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import TextClause, text

from kept.practices.sharing.records import Filter

_ARMS = 64
_NEVER_OVERRULED = (
    "(f.owner <> e.owner AND f.since < e.since)",
    "(f.owner = e.owner AND f.version > e.version)",
    "(f.owner = e.owner AND f.version < e.version)",
)


def asked(collection: int, audiences: tuple[str, ...], wanted: Filter) -> tuple[TextClause, dict[str, Any]]:
    """The statement and its values: rows of number, object, version and size, one more than the limit."""
    kinds = wanted.kinds if len(wanted.kinds) * len(audiences) <= _ARMS else ()
    values: dict[str, Any] = {"c": collection, "after": wanted.after, "n": wanted.limit + 1}
    values |= {f"a{at}": audience for at, audience in enumerate(audiences)}
    values |= {f"k{at}": kind for at, kind in enumerate(wanted.kinds)}
    values |= {f"i{at}": one for at, one in enumerate(wanted.ids)}
    stated = [each for each in wanted.versions if each not in ("first", "last", "all")]
    values |= {f"v{at}": version for at, version in enumerate(stated)}
    words = frozenset(wanted.versions) - frozenset(stated)
    shape = (len(audiences), len(kinds), len(wanted.kinds), len(wanted.ids), words, len(stated))
    return _statement(*shape), values


@lru_cache(maxsize=512)
def _statement(audiences: int, arms: int, kinds: int, ids: int, words: frozenset[str], stated: int) -> TextClause:
    seen = ", ".join(f":a{at}" for at in range(audiences))
    rules = [_overruled(seen, 0), _versions(seen, words, stated)]
    if ids:
        # An operation on the column keeps the planner from walking the audience's index: an id is found at once.
        rules += [f"e.object IN ({_names('i', ids)})", f"e.audience || '' IN ({seen})"]
    if kinds and (ids or not arms):
        rules.append(f"e.kind IN ({_names('k', kinds)})")
    where = " AND ".join(["e.collection = :c", "e.number > :after", *filter(None, rules)])
    chosen = "SELECT e.number, e.object, e.version, e.size FROM sharing_shown e"
    if ids:
        return text(f"SELECT DISTINCT * FROM ({chosen} WHERE {where}) AS t ORDER BY number LIMIT :n")  # noqa: S608 (names of parameters alone)
    walks = [
        f"SELECT * FROM ({chosen} WHERE e.audience = :a{audience}{kind} AND {where} ORDER BY e.number LIMIT :n) AS t"  # noqa: S608
        for audience in range(audiences)
        for kind in ([f" AND e.kind = :k{at}" for at in range(arms)] or [""])
    ]
    return text(f"SELECT DISTINCT * FROM ({' UNION ALL '.join(walks)}) AS u ORDER BY number LIMIT :n")  # noqa: S608


def _versions(seen: str, words: frozenset[str], stated: int) -> str:
    if "all" in words:
        return ""
    found = [f"e.version IN ({_names('v', stated)})"] if stated else []
    if "last" in words:
        found.append(f"(e.last = 1 AND {_overruled(seen, 1)})")
    if "first" in words:
        found.append(f"(e.first = 1 AND {_overruled(seen, 2)})")
    return f"({' OR '.join(found)})"


def _overruled(seen: str, rule: int) -> str:
    return (
        "NOT EXISTS (SELECT 1 FROM sharing_shown f WHERE f.collection = e.collection AND f.object = e.object "  # noqa: S608
        f"AND f.audience IN ({seen}) AND {_NEVER_OVERRULED[rule]})"
    )


def _names(letter: str, count: int) -> str:
    return ", ".join(f":{letter}{at}" for at in range(count))
