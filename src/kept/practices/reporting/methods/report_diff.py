"""From the snapshots of two reports to every difference between them, and whether one log extends the other."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kept.core import merkle
from kept.errors import Invalid, Unverified
from kept.practices.reporting.methods.snapshot import KINDS, Snapshot
from kept.predicates.report_diff import Change, How, Kind

LONGEST = 512
ORDER: Mapping[How, int] = {"removed": 0, "changed": 1, "added": 2}


def check_extends(old: Snapshot, new: Snapshot, *, entries: Sequence[bytes]) -> None:
    """Check that the new log, whose `entries` these are, begins with the whole old one.

    Raises Invalid for reports that stand in the wrong order or are of two logs, and Unverified for a fork.
    """
    if old["origin"] != new["origin"]:
        raise Invalid(f"The reports are of two logs, {old['origin']} and {new['origin']}.", code="diff.origin")
    if old["as_of"] > new["as_of"]:
        raise Invalid(
            f"The old report is of {old['as_of']}, after the new one of {new['as_of']}.",
            code="diff.order",
            hint="Name the earlier report first.",
        )
    if old["size"] > new["size"] or root_at(entries, old["size"]) != old["root"]:
        raise Unverified(
            f"The log of {new['size']} entries as of {new['as_of']} does not extend the one of {old['size']} entries "
            f"as of {old['as_of']}: it was forked or cut back.",
            code="diff.fork",
            hint="Keep both reports: together they prove it.",
        )


def root_at(entries: Sequence[bytes], size: int) -> str:
    """The root over the first `size` entries, in hexadecimal (RFC 6962 section 2.1)."""
    return merkle.root(b"".join(map(merkle.leaf_hash, entries[:size]))).hex()


def compare(old: Snapshot, new: Snapshot, *, release: tuple[str, str] | None = None) -> tuple[Change, ...]:
    """Every difference, what was removed first; with a `release` (old and new model), its claims and statuses alone."""
    before, after, kinds = old, new, KINDS
    if release is not None:
        before, after = (_of(side, model) for side, model in zip((old, new), release, strict=True))
        kinds = ("claim", "status", "part")
    found = [change for kind in kinds for change in _differences(kind, before[kind], after[kind])]
    found += _replaced(old, new) if release is None else ()
    return tuple(sorted(found, key=lambda change: ORDER[change.how]))


def _of(side: Snapshot, model: str) -> Snapshot:
    """What a snapshot says of one model, under names without it."""
    return {
        kind: {name.removeprefix(f"{model} "): item for name, item in side[kind].items() if item["model"] == model}
        for kind in KINDS
    }


def _differences(kind: Kind, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in (*old, *(name for name in new if name not in old)):
        before, after = old.get(name), new.get(name)
        if before is None and after is not None:
            # That a statement can't be read any more is a change of the statement.
            yield _change(kind, "changed" if kind == "statement" else "added", name, None, after)
        elif before is not None and after is None:
            yield _change(kind, "removed", name, before, None)
        elif before is not None and after is not None and before["text"] != after["text"]:
            yield _change(kind, "changed", name, before, after)


def _replaced(old: Snapshot, new: Snapshot) -> Iterator[Change]:
    """Claims that are gone where another of the same name stands: nobody shall take the better of two."""
    for id, name in old["ids"].items():
        if id not in new["ids"] and name in new["claim"]:
            item = old["claim"][name]
            yield _change("claim", "removed", id, item if item["id"] == id else {**item, "text": ""}, None)


def _change(
    kind: Kind, how: How, name: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> Change:
    held: Mapping[str, Any] = after or before or {}
    return Change(
        kind=kind,
        how=how,
        name=_short(name),
        model=_short(held["model"])[:71],
        before=_short(before["text"]) if before else "",
        after=_short(after["text"]) if after else "",
        evidence=tuple(held["evidence"][-64:]),
    )


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
