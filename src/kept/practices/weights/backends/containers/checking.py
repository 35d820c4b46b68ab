"""Checks sealed files and folders on disk, every byte of them, with or without their key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kept.core.keys.wiping import wipe
from kept.errors import Invalid, NotFound, Unverified
from kept.practices.weights.backends.containers.mapped import mapped
from kept.practices.weights.backends.containers.places import place_of_keys, shards_beside
from kept.practices.weights.methods.sealed.folder import SEALED_SUFFIX, is_plain
from kept.practices.weights.methods.sealed.keys import Secret, shard_key
from kept.practices.weights.methods.sealed.layout import NO_PARENT
from kept.practices.weights.methods.sealed.manifest import Shard
from kept.practices.weights.methods.sealed.reading import changed
from kept.practices.weights.methods.sealed.verifying import Checked, verify, verify_plaintext
from kept.practices.weights.records.sealed import Told


@dataclass(frozen=True, slots=True)
class CheckedPlace:
    """A checked file, or the index of a folder with its shards; `bytes` is the size of all of it."""

    first: Checked
    shards: tuple[Checked, ...]
    bytes: int


def check(place: Path, file_key: Secret | None = None, told: Told | None = None) -> CheckedPlace:
    """Check a sealed file, or a folder with every shard that its manifest names and no other sealed file in it.

    With the file key, the plaintext is compared too. Raises Unverified at the first byte that was changed, NotFound
    where there is nothing, and Unavailable.
    """
    first_place = place_of_keys(place)
    view = mapped(first_place)
    try:
        first = verify(view, progress=told)
        if file_key is not None:
            verify_plaintext(view, file_key, first)
        if first.preamble.draft.kind == "weights":
            return _alone(first, len(view))
        shards = [_shard(first_place.parent, each, first, file_key, told) for each in first.manifest.shards]
    except Invalid as error:
        raise Unverified(error.message, code=error.code, hint=error.hint) from error
    named = {f"{each.name}{SEALED_SUFFIX}" for each in first.manifest.shards}
    if foreign := shards_beside(first_place) - named:
        raise changed(f"{sorted(foreign)[0]} was put into its folder", code="sealed.shard")
    return CheckedPlace(first, tuple(each for each, _ in shards), len(view) + sum(size for _, size in shards))


def _alone(first: Checked, size: int) -> CheckedPlace:
    if first.preamble.parent != NO_PARENT:
        raise NotFound(
            "This is a shard of a sealed folder, which holds its keys.", code="sealed.shard", hint="Name the folder."
        )
    return CheckedPlace(first, (), size)


def _shard(
    folder: Path, said: Shard, index: Checked, folder_key: Secret | None, told: Told | None
) -> tuple[Checked, int]:
    """Check a shard, and that it is the one that the folder's manifest names."""
    if not is_plain(said.name):
        raise changed(f"it names a shard {said.name!r} outside its folder", code="sealed.outside")
    try:
        view = mapped(folder / f"{said.name}{SEALED_SUFFIX}")
    except NotFound as error:
        raise changed(f"its shard {said.name} is missing", code="sealed.shard") from error
    found = verify(view, progress=told)
    here = Shard(
        name=said.name,
        file=found.preamble.file_id.hex(),
        sha256=found.manifest.plain_digest,
        **found.fingerprints.document(),
    )
    if here != said or found.preamble.parent != index.preamble.file_id:
        raise changed(f"its shard {said.name} is another than was signed", code="sealed.shard")
    if folder_key is not None:
        key = shard_key(folder_key, found.preamble.draft)
        try:
            verify_plaintext(view, key, found)
        finally:
            wipe(key)
    return found, len(view)
