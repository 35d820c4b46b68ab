"""How much each caller may ask for: a bucket that refills as time goes by."""

import ipaddress
from collections import OrderedDict
from collections.abc import Callable

CALLERS = 10_000


class Allowance:
    """Gives each caller `burst` requests at once and `rate` a second after that; a writing one costs `write`.

    `now` gives seconds that never go back. An IPv6 caller is its /64, since one household holds that many addresses. At
    most 10,000 callers are remembered, of which the longest silent is forgotten first.
    """

    def __init__(self, now: Callable[[], float], *, rate: float = 5, burst: float = 60, write: float = 5) -> None:
        self._now = now
        self._rate = rate
        self._burst = burst
        self.write = write
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str, *, weight: float = 1) -> float:
        """Take one request; 0, or the seconds after which there is enough for it (nothing is taken then)."""
        now, name = self._now(), caller_of(caller)
        left, since = self._left.pop(name, (self._burst, now))
        left = min(self._burst, left + (now - since) * self._rate)
        lacking = min(weight, self._burst) - left
        self._left[name] = (left if lacking > 0 else left - weight, now)
        while len(self._left) > CALLERS:
            self._left.popitem(last=False)
        return max(0.0, lacking / self._rate)


def caller_of(address: str) -> str:
    """Who is counted as one caller at an address: of IPv6 its /64, and of a mapped one its IPv4 address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
