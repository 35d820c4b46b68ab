"""The question that every reading of a collection asks, as SQL: only what this reader may see, and the page is full.

Each audience of the reader is one walk along an index, and so is each version that is named, so that the cost is that
of the page, whatever else the collection holds. Of an object that several owners put there the reader sees the words of
the first alone, and "first" and "last" are among the versions that this reader may see.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

from kept.practices.sharing.records import Filter

_ARMS = 64
# A statement of SQLite joins 500 walks at most.
_WALKS = 256
# Only names of parameters are ever put into a statement.
_PARAMETER = re.compile(r":([a-z]+\d*)")
_Shape = tuple[int, int, int, int, frozenset[str], int]
# An owner who came first, a newer version, an older one.
_NEVER_OVERRULED = (
    "(f.owner <> e.owner AND f.since < e.since)",
    "(f.owner = e.owner AND f.version > e.version)",
    "(f.owner = e.owner AND f.version < e.version)",
)
# Which of these overrules the last version of an object, and which its first.
_ENDS = {"last": 1, "first": 2}
_CHOSEN = "SELECT e.number, e.object, e.version, e.size FROM sharing_shown e"
# SQLite's planner would walk the audience past all other versions; only SQLite is told otherwise.
_BY_VERSION = " INDEXED BY sharing_shown_by_version"


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
    return _PARAMETER.sub(r"%(\1)s", found.replace(_BY_VERSION, "")), ()


def _spelt(audiences: int, arms: int, kinds: int, ids: int, words: frozenset[str], stated: int) -> str:
    seen = ", ".join(f":a{at}" for at in range(audiences))
    if ids:
        rules = ["e.collection + 0 = :c", f"e.object IN ({_names('i', ids)})", f"e.audience || '' IN ({seen})"]
        rules += _rules(seen, words, stated) + ([f"e.kind IN ({_names('k', kinds)})"] if kinds else [])
        return f"SELECT DISTINCT * FROM ({_CHOSEN} WHERE {_both(rules)}) AS t ORDER BY number LIMIT :n"  # noqa: S608
    of_kind = [f"e.kind = :k{at}" for at in range(arms)] or ([f"e.kind IN ({_names('k', kinds)})"] if kinds else [""])
    # Its version finds an object among those of every kind.
    of_any = f"e.kind || '' IN ({_names('k', kinds)})" if kinds else ""
    choices = _choices(seen, words, stated) if stated and audiences * stated <= _WALKS else []
    choices = choices or [("", _rules(seen, words, stated))]
    walks = [
        _walk([f"e.collection = :c AND e.audience = :a{audience}", kind, version, *rules], way=version and _BY_VERSION)
        for audience in range(audiences)
        for version, rules in choices
        for kind in ([of_any] if version else of_kind)
    ]
    return f"SELECT DISTINCT * FROM ({' UNION ALL '.join(walks)}) AS u ORDER BY number LIMIT :n"  # noqa: S608


def _walk(rules: list[str], *, way: str) -> str:
    """The first that meet all the rules, in the order in which they were added."""
    return f"SELECT * FROM ({_CHOSEN}{way} WHERE {_both(rules)} ORDER BY e.number LIMIT :n) AS t"  # noqa: S608


def _both(rules: list[str]) -> str:
    return " AND ".join(filter(None, ["e.number > :after", *rules]))


def _choices(seen: str, words: frozenset[str], stated: int) -> list[tuple[str, list[str]]]:
    """Of versions that are named, one by one, and of the first or last: the version, and which owner's words count."""
    if "all" in words:
        return []
    named = [(f"e.version = :v{at}", [_overruled(seen, 0)]) for at in range(stated)]
    ends = [("", [f"e.{word} = 1", _overruled(seen, 0, _ENDS[word])]) for word in _ENDS if word in words]
    return [*named, *ends]


def _rules(seen: str, words: frozenset[str], stated: int) -> list[str]:
    """Which owner's words count, and which versions are asked for."""
    if "all" in words:
        return [_overruled(seen, 0)]
    if not stated and len(words) == 1:
        (word,) = words
        return [f"e.{word} = 1", _overruled(seen, 0, _ENDS[word])]
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
