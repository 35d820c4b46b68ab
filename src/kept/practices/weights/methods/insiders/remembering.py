"""Whether something was seen before: Bloom filters of fixed size in two generations, so that the old is forgotten."""

from hashlib import blake2b

_HASHES = 3


class Remembered:
    """One filter of `bits` for each row; false recollections grow with what a row holds, forgotten ones never happen.

    B. H. Bloom, "Space/time trade-offs in hash coding with allowable errors" (1970). `turn` forgets the older half.
    """

    def __init__(self, bits: int, rows: int = 1) -> None:
        """`bits` is a power of two, at least 8."""
        self.bits = bits
        self.now = bytearray(rows * bits // 8)
        self.before = bytearray(rows * bits // 8)

    def make_room(self, rows: int) -> None:
        """See that there are at least `rows` filters."""
        missing = rows * self.bits // 8 - len(self.now)
        if missing > 0:
            more = bytes(max(missing, len(self.now)))
            self.now += more
            self.before += more

    def meet(self, row: int, what: bytes) -> bool:
        """Remember `what` for a row; whether it was known there before."""
        digest = blake2b(what, digest_size=4 * _HASHES).digest()
        base, mask, now, before = row * self.bits, self.bits - 1, self.now, self.before
        in_now = in_before = True
        for start in range(0, 4 * _HASHES, 4):
            place = base + (int.from_bytes(digest[start : start + 4], "little") & mask)
            byte, bit = place >> 3, 1 << (place & 7)
            if not now[byte] & bit:
                in_now = False
                now[byte] |= bit
            if not before[byte] & bit:
                in_before = False
        return in_now or in_before

    def turn(self) -> None:
        """Begin a new generation: what was met in neither this nor the last one is unknown again."""
        self.before, self.now = self.now, bytearray(len(self.now))
