"""Where things stand: a sealed file is one file, a sealed folder has a sealed index and its shards."""

from __future__ import annotations

from pathlib import Path

from kept.errors import Invalid, NotFound
from kept.practices.weights.methods.sealed.folder import INDEX_SUFFIX, SEALED_SUFFIX


def place_of_keys(place: Path) -> Path:
    """The file that holds the keys: the sealed file itself, or the folder's index. Raises NotFound or Invalid."""
    if not place.is_dir():
        return place
    found = sorted(place.glob(f"*{INDEX_SUFFIX}{SEALED_SUFFIX}"))
    if not found:
        raise NotFound(
            f"{place} has no sealed index.", code="sealed.no-index", hint="Name a sealed file, or a sealed folder."
        )
    if len(found) > 1:
        raise Invalid(f"{place} has {len(found)} sealed indexes.", code="sealed.no-index", hint="A folder has one.")
    return found[0]


def shards_beside(index: Path) -> frozenset[str]:
    """The names of the sealed files in the folder of an index, but for the index."""
    return frozenset(path.name for path in index.parent.glob(f"*{SEALED_SUFFIX}") if path.name != index.name)
