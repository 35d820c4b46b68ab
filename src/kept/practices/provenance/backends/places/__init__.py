"""Files by path or by any URL that fsspec knows: found by pattern, read, and put whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator

from kept.practices.provenance.backends.places.local import LocalPlaces
from kept.practices.provenance.backends.places.remote import RemotePlaces
from kept.practices.provenance.ports import Places as Port
from kept.practices.provenance.records.bulk import Found

_LOCAL = LocalPlaces()
_REMOTE = RemotePlaces()


class Places:
    """Goes to the files of this machine, or to those of a URL; `file://` is a path."""

    def absolute(self, place: str) -> str:
        """The place, whatever folder one stands in. Raises Invalid for an empty one."""
        return _for(place).absolute(place)

    def find(self, pattern: str, *, without: str = "") -> Iterator[Found]:
        """What a pattern means, in the order of names. Raises NotFound or Invalid."""
        return _for(pattern).find(pattern, without=without)

    def exists(self, place: str) -> bool:
        """Whether anything stands there."""
        return _for(place).exists(place)

    def read(self, place: str, *, limit: int, named: bool = False) -> bytes:
        """All that is there. Raises NotFound, Unavailable or Invalid."""
        return _for(place).read(place, limit=limit, named=named)

    def stage(self, place: str, data: bytes, *, within: str, tag: str) -> None:
        """Put data beside a place, durably. Raises Unavailable or Denied."""
        _for(place).stage(place, data, within=within, tag=tag)

    def publish(self, place: str, *, tag: str) -> bool:
        """Let what was staged take its place; False where nothing is staged. Raises Unavailable."""
        return _for(place).publish(place, tag=tag)

    def put(self, place: str, data: bytes) -> None:
        """Put data there at once, whole. Raises NotFound or Unavailable."""
        _for(place).put(place, data)

    def same(self, one: str, other: str) -> bool:
        """Whether both name one file, as far as their places can tell."""
        return _for(one) is _for(other) and _for(one).same(one, other)


def _for(place: str) -> Port:
    return _REMOTE if "://" in place and not place.startswith("file://") else _LOCAL


PLACES = Places()
