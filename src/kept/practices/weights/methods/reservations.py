"""The arithmetic of what is set aside for a reader before a byte leaves, and of what goes back when they are done."""

from collections import deque

from kept.practices.weights.records.access import Reservation


class Account:
    """What one open lease has set aside and not drawn yet; the oldest is drawn first. All amounts are bytes."""

    __slots__ = ("_held", "balance", "drawn")

    def __init__(self) -> None:
        self._held: deque[list[int]] = deque()
        self.balance = 0
        self.drawn = 0

    def add(self, reservation: Reservation) -> None:
        """Take what was set aside, once its row is durable."""
        self._held.append([reservation.number, reservation.bytes])
        self.balance += reservation.bytes

    def draw(self, amount: int) -> int:
        """Draw on it; returns the number of the newest reservation that was touched.

        Raises ValueError for more than there is, or less than nothing: such a read was never decided.
        """
        if not 0 <= amount <= self.balance:
            raise ValueError("more is drawn than was set aside")
        self.balance -= amount
        self.drawn += amount
        number = self._held[0][0] if self._held else 0
        while amount and self._held:
            number, left = self._held[0]
            taken = min(left, amount)
            amount -= taken
            self._held[0][1] -= taken
            if not self._held[0][1]:
                self._held.popleft()
        return number

    def settle(self) -> tuple[Reservation, ...]:
        """Close the account: what goes back, by reservation."""
        left = tuple(Reservation(number, amount) for number, amount in self._held if amount)
        self._held.clear()
        self.balance = 0
        return left


def to_reserve(wanted: int, *, ahead: int, room: int) -> int:
    """How much to set aside for `wanted` bytes: as much as is read ahead, but never past what is allowed.

    0 where not even `wanted` fits into `room`.
    """
    if wanted > room:
        return 0
    return min(max(wanted, ahead), room)
