"""A sharded model: its index says which shard holds which tensor, and never points outside its folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kept.core import canonical
from kept.errors import Invalid
from kept.practices.weights.methods.safetensors import HEADER_LIMIT, Header
from kept.practices.weights.methods.sealed.manifest import SHARD_LIMIT

INDEX_SUFFIX = ".safetensors.index.json"
SHARD_SUFFIX = ".safetensors"
SEALED_SUFFIX = ".sealed"
_NAME_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Index:
    """Which shard, by its file name, holds each tensor."""

    shard_of: Mapping[str, str]

    @classmethod
    def parse(cls, data: bytes) -> Index:
        """Read a `*.safetensors.index.json` of at most 25 MB.

        Raises Invalid for a shard that isn't a plain file name ending in .safetensors, and beyond 4,000 shards.
        """
        document = canonical.decode(data, limit=HEADER_LIMIT, what="The index of the model")
        found = document.get("weight_map") if isinstance(document, dict) else None
        if not isinstance(found, dict) or not found:
            raise _malformed('it has no "weight_map"')
        for name in set(map(_name, found.values())):
            if not is_plain(name) or not name.endswith(SHARD_SUFFIX):
                raise _malformed(f"{name[:_NAME_LIMIT]!r} is no file of safetensors in the folder of the index")
        index = cls(found)
        if len(index.shards) > SHARD_LIMIT:
            raise _malformed(f"it names {len(index.shards)} shards; at most {SHARD_LIMIT} are read")
        return index

    @property
    def shards(self) -> tuple[str, ...]:
        """The file names of the shards, in order."""
        return tuple(sorted(set(self.shard_of.values())))

    def check(self, shard: str, header: Header) -> None:
        """Raises Invalid unless the shard holds exactly the tensors that the index says."""
        said = {name for name, place in self.shard_of.items() if place == shard}
        if said != set(header.tensors):
            differing = sorted(said ^ set(header.tensors))[0]
            raise _malformed(f"{shard} and the index differ about the tensor {differing[:_NAME_LIMIT]!r}")


def is_plain(name: str) -> bool:
    """Whether it is the name of a file in a folder: no path, nothing hidden, nothing that can't be shown."""
    return 0 < len(name) <= _NAME_LIMIT and name.isprintable() and name[0] != "." and not set("/\\:") & set(name)


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise _malformed("a shard has no name")
    return value


def _malformed(why: str) -> Invalid:
    return Invalid(
        f"The index of the model is malformed: {why}.",
        code="sealed.index",
        hint="Take the folder from where it was published.",
    )
