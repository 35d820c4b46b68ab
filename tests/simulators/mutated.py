"""Documents of others with something hostile in them: values that no schema foresees, in places chosen at random."""

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

DEEP: Any = []
for _ in range(40):
    DEEP = [DEEP]
HOSTILE: tuple[Any, ...] = (
    None,
    True,
    -1,
    0.5,
    1e308,
    10**400,
    "",
    " \n ",
    "a\x00b",
    "half \ud800",
    "\u202eturned\u2066",
    "x" * 300_001,
    "line\n" * 3_000,
    "\u0662\u0660\u0662\u0666-\u0661\u0661-\u0662\u0660",
    "9999-99-99T99:99:99Z",
    "=cmd|' /C calc'!A0",
    "../../../etc/passwd",
    "<script>alert(1)</script>",
    "indicator--00000000-0000-4000-8000-000000000001",
    [],
    {},
    [[]],
    {"value": {"value": ["x", {"value": 10**400}]}},
    ["y" * 5_000] * 50,
    DEEP,
)


def places(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where each part of a JSON value stands."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in items:
        yield (*before, name)
        yield from places(each, (*before, name))


def changed(document: Any, place: tuple[Any, ...], value: Any) -> None:
    """Put a value in a place, if the place is still there; `...` takes away what stands there."""
    *ways, last = place
    for way in ways:
        try:
            document = document[way]
        except (KeyError, IndexError, TypeError):
            return
    if isinstance(document, dict) and last in document and value is ...:
        del document[last]
    elif value is not ... and (
        isinstance(document, dict) or (isinstance(document, list) and last in range(len(document)))
    ):
        document[last] = copy.deepcopy(value)


def mutated(document: Any) -> st.SearchStrategy[Any]:
    """The document with one to four of its parts replaced, or taken away."""
    known = list(places(document))

    def made(changes: list[tuple[tuple[Any, ...], Any]]) -> Any:
        found = copy.deepcopy(document)
        for place, value in changes:
            changed(found, place, value)
        return found

    values = st.one_of(st.sampled_from(HOSTILE), st.just(...))
    return st.lists(st.tuples(st.sampled_from(known), values), min_size=1, max_size=4).map(made)
