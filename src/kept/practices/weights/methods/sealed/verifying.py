"""Checking every byte of a sealed file: without its key against what was signed, and with it to the plaintext."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kept.errors import Invalid, Unverified
from kept.practices.weights.methods.sealed import manifest, slots, tree
from kept.practices.weights.methods.sealed.keys import Secret
from kept.practices.weights.methods.sealed.layout import PAGE, Preamble
from kept.practices.weights.methods.sealed.manifest import Fingerprints, Manifest
from kept.practices.weights.methods.sealed.reading import Container, changed
from kept.practices.weights.methods.sealed.slots import Slot

if TYPE_CHECKING:
    from typing_extensions import Buffer

Progress = Callable[[int, int], None]
_LENGTH_BYTES = 8


@dataclass(frozen=True, slots=True)
class Checked:
    """A sealed file of which every byte was checked; `keys` is None in a shard, whose key is its folder's."""

    preamble: Preamble
    manifest: Manifest
    fingerprints: Fingerprints
    keys: Slot | None
    slots: tuple[Slot | None, ...]


def verify(sealed: Buffer, *, progress: Progress | None = None) -> Checked:
    """Check a sealed file without its key, in six steps; every byte of it counts in one of them.

    1. The preamble is of this version and within bounds, and the file is as long as it says.
    2. The manifest is the statement that preamble, encrypted header and table of digests make.
    3. Each of its signatures holds, by the keys that it names.
    4. Each chunk of ciphertext has the digest that stands for it in the table.
    5. What lies between the header and the chunks is zero.
    6. Each key slot is empty, or holds keys that were signed for this file; the two are of different generations.

    Raises Unverified at the first that fails. It doesn't say whose keys signed: for that there are trust files.
    """
    view = memoryview(sealed).cast("B").toreadonly()
    # 1.
    preamble = _preamble(view)
    header, table = view[slice(*preamble.header)], view[slice(*preamble.table)]
    # 2. and 3.
    found = Fingerprints.of(bytes(view[:PAGE]), header, table)
    said = manifest.read(bytes(view[slice(*preamble.manifest)]), preamble, found)
    # 4.
    for index in range(preamble.draft.count):
        start, stop = preamble.chunk(index)
        tree.check_leaf(table, index, view[start:stop])
        if progress is not None:
            progress(index + 1, preamble.draft.count)
    # 5.
    if bytes(view[preamble.header[1] : preamble.body[0]]).strip(b"\0"):
        raise changed("there is something between its header and its chunks", code="sealed.gap")
    # 6.
    both = slots.find(view, preamble)
    return Checked(preamble, said, found, slots.check(both) if both else None, both)


def verify_plaintext(sealed: Buffer, file_key: Secret, checked: Checked) -> Container:
    """Open a checked file by its key and compare its plaintext with what was signed. Raises Unverified.

    1. The key is the file's, and the header decrypts.
    2. The header holds the root that was signed, and the digest of the plaintext that was signed.
    3. Every chunk decrypts, and the file that they make has that digest.
    """
    # 1.
    container = Container.open(sealed, file_key)
    # 2.
    same = hmac.compare_digest(container.root, checked.fingerprints.root)
    if not same or not hmac.compare_digest(container.plain_digest, checked.manifest.plain_digest):
        raise changed("its header says something else than its manifest", code="sealed.header")
    # 3.
    if not hmac.compare_digest(plain_digest(container), container.plain_digest):
        raise changed("its plaintext is not what was signed", code="sealed.plaintext")
    return container


def plain_digest(container: Container) -> str:
    """The SHA-256 (hex) of the plaintext file, every chunk of which is decrypted and overwritten. Raises Unverified."""
    header = container.header_bytes
    if container.preamble.draft.kind == "index":
        return hashlib.sha256(header).hexdigest()
    whole = hashlib.sha256(len(header).to_bytes(_LENGTH_BYTES, "little") + header)
    size, total = container.preamble.draft.chunk_bytes, container.size
    buffer = memoryview(bytearray(min(size, total)))
    for start in range(0, total, size):
        part = buffer[: min(size, total - start)]
        container.read_into(start, start + len(part), part)
        whole.update(part)
    buffer[:] = bytes(len(buffer))
    return whole.hexdigest()


def _preamble(view: memoryview) -> Preamble:
    try:
        preamble = Preamble.parse(bytes(view[:PAGE]))
    except Invalid as error:
        # Nobody can tell a file that was changed in its first bytes from one that never was sealed.
        raise Unverified(f"{error.message} If it was one, it was changed.", code=error.code, hint=error.hint) from error
    if len(view) != preamble.body[1]:
        raise changed(f"it has {len(view)} bytes instead of {preamble.body[1]}", code="sealed.length")
    return preamble
