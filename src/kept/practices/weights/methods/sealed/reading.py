"""Reading a sealed file by its key: any span of bytes, decrypting only the chunks that hold it."""

from __future__ import annotations

import hmac
from functools import cached_property
from typing import TYPE_CHECKING

from kept.core.keys.wiping import wipe
from kept.errors import Invalid, Unverified
from kept.practices.weights.methods import safetensors
from kept.practices.weights.methods.safetensors import Header, Tensor
from kept.practices.weights.methods.sealed import tree
from kept.practices.weights.methods.sealed.keys import Keys, Secret
from kept.practices.weights.methods.sealed.layout import DIGEST_BYTES, PAGE, TAG_BYTES, Preamble
from kept.practices.weights.methods.sealed.writing import HEADER_NONCE, chunk_binding, chunk_nonce

if TYPE_CHECKING:
    from typing_extensions import Buffer


class Container:
    """A sealed file in a buffer, opened by its key; several threads may read from it at once.

    What is read was encrypted by a holder of the key, for this place of this file. That a *trusted* holder sealed it
    is what the signed manifest says (`verifying`), or `checked`: then each chunk is compared with the signed root too.
    """

    def __init__(self, sealed: memoryview, preamble: Preamble, keys: Keys, payload: bytes, *, checked: bool) -> None:
        self.preamble = preamble
        self._file_id, self._count = preamble.file_id, preamble.draft.count
        self._sealed = sealed
        # A chunk takes some 50 µs: whatever can be known before the first is worked out once.
        self._start, self._chunk = preamble.body[0], preamble.draft.chunk_bytes
        self._size = preamble.draft.body_bytes
        self._table = slice(*preamble.table)
        self._cipher = keys.body
        self._payload = payload
        self._refused = _refusal()
        self._checked = checked
        self._scratch: list[bytearray] = []

    @classmethod
    def open(cls, sealed: Buffer, file_key: Secret, *, checked: bool = False) -> Container:
        """Open what is in the buffer, in four steps.

        1. The preamble is of this version, within bounds, and fits the buffer's length.
        2. The key is the one that the preamble commits to.
        3. The header decrypts, bound to all of the preamble.
        4. The table of digests has the root that the header holds.

        Raises Invalid for what is no sealed file, and Unverified for another key or a changed file.
        """
        view = memoryview(sealed).cast("B").toreadonly()
        # 1.
        preamble = Preamble.parse(bytes(view[:PAGE]))
        if len(view) != preamble.body[1]:
            raise changed(f"it has {len(view)} bytes instead of {preamble.body[1]}", code="sealed.length")
        # 2.
        keys = Keys.unlock(file_key, preamble)
        # 3.
        start, stop = preamble.header
        payload = _decrypted(keys, preamble, view[start:stop])
        # 4.
        start, stop = preamble.table
        if not hmac.compare_digest(tree.root(view[start:stop]), payload[DIGEST_BYTES : 2 * DIGEST_BYTES]):
            raise changed("its table of digests doesn't fit its header", code="sealed.table")
        return cls(view, preamble, keys, payload, checked=checked)

    @property
    def file_id(self) -> str:
        """64 hex digits that name this sealing."""
        return self._file_id.hex()

    @property
    def plain_digest(self) -> str:
        """Hex SHA-256 of the plaintext file."""
        return self._payload[:DIGEST_BYTES].hex()

    @property
    def root(self) -> bytes:
        """The BLAKE3 root over the chunks, as the sealer's header has it."""
        return self._payload[DIGEST_BYTES : 2 * DIGEST_BYTES]

    @property
    def header_bytes(self) -> bytes:
        """The header of the safetensors file as it was, or the JSON of the folder's index."""
        return self._payload[2 * DIGEST_BYTES :]

    @cached_property
    def header(self) -> Header:
        """The tensors: type, shape and place. Raises Invalid for an index, which has none."""
        if self.preamble.draft.kind != "weights":
            raise Invalid("This is the index of a sealed folder; its shards hold the tensors.", code="sealed.index")
        return safetensors.parse(self.header_bytes, size=self.size)

    @property
    def size(self) -> int:
        """How many bytes all tensors take."""
        return self._size

    def tensor(self, name: str) -> Tensor:
        """A tensor's type, shape and place. Raises Invalid where there is none of this name."""
        return self.header.tensor(name)

    def tensor_span(self, name: str) -> tuple[int, int]:
        """Where the bytes of a tensor begin and end, for `read_into`."""
        found = self.header.tensor(name)
        return found.start, found.stop

    def read_into(self, lo: int, hi: int, out: Buffer) -> None:
        """Decrypt the bytes from `lo` to before `hi` of the tensors into `out`, which has exactly as many.

        Whole chunks are decrypted in place. Raises Unverified for a changed chunk, after `out` was filled with zeros:
        nothing that wasn't authenticated stays in it.
        """
        if not 0 <= lo <= hi <= self.size:
            raise Invalid(f"There are no bytes {lo} to {hi} among {self.size}.", code="sealed.span")
        view = memoryview(out).cast("B")
        if len(view) != hi - lo:
            raise Invalid(f"{hi - lo} bytes don't fit a buffer of {len(view)}.", code="sealed.buffer")
        try:
            for index in range(lo // self._chunk, -(-hi // self._chunk) if hi > lo else 0):
                self._piece(index, lo, hi, view)
        except Unverified:
            wipe(view)
            raise

    def read(self, lo: int, hi: int) -> bytearray:
        """The bytes from `lo` to before `hi` of the tensors, in memory of their own."""
        out = bytearray(max(0, hi - lo))
        self.read_into(lo, hi, out)
        return out

    def close(self) -> None:
        """Overwrite what this reader keeps of plaintext."""
        while self._scratch:
            wipe(self._scratch.pop())

    def _piece(self, index: int, lo: int, hi: int, out: memoryview) -> None:
        """Decrypt what lies in one chunk: into its place, or by way of a scratch buffer where it is a part."""
        first = index * self._chunk
        last = min(first + self._chunk, self._size)
        if lo <= first and last <= hi:
            self._decrypt(index, out[first - lo : last - lo])
            return
        try:
            scratch = self._scratch.pop()
        except IndexError:
            scratch = bytearray(self._chunk)
        try:
            self._decrypt(index, memoryview(scratch)[: last - first])
            start, stop = max(lo, first), min(hi, last)
            out[start - lo : stop - lo] = memoryview(scratch)[start - first : stop - first]
        finally:
            self._scratch.append(scratch)

    def _decrypt(self, index: int, out: memoryview) -> None:
        start = self._start + index * (self._chunk + TAG_BYTES)
        sealed = self._sealed[start : start + len(out) + TAG_BYTES]
        if self._checked:
            tree.check_leaf(self._sealed[self._table], index, sealed)
        binding = chunk_binding(self._file_id, index, self._count)
        try:
            self._cipher.decrypt_into(chunk_nonce(index), sealed, binding, out)
        except self._refused as error:
            wipe(out)
            raise changed(f"chunk {index} doesn't decrypt", code="sealed.chunk") from error


def changed(why: str, *, code: str) -> Unverified:
    """What is raised for a file that is not as it was sealed."""
    return Unverified(f"The sealed file was changed: {why}.", code=code, hint="Take it from its backup.")


def _refusal() -> type[Exception]:
    from cryptography.exceptions import InvalidTag

    return InvalidTag


def _decrypted(keys: Keys, preamble: Preamble, sealed: memoryview) -> bytes:
    try:
        payload: bytes = keys.header.decrypt(HEADER_NONCE, sealed, preamble.to_bytes())
    except _refusal() as error:
        raise changed("its header doesn't decrypt", code="sealed.header") from error
    return payload
