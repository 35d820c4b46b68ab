"""When to ask again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class BackOff:
    """Exponential back-off with full jitter (Brooker, "Exponential Backoff and Jitter", 2015).

    Try k waits a uniform share of min(`cap`, `base` · 2^k) seconds, after whatever the endpoint asked for.
    `patience` bounds what it may ask for, in seconds.
    """

    entropy: Callable[[int], bytes]
    retries: int
    base: float = 0.25
    cap: float = 20.0
    patience: float = 60.0

    def delay(self, attempt: int, *, after: float | None) -> float | None:
        """Seconds to wait after try number `attempt` (from 0), or None when there is to be no other try."""
        if attempt >= self.retries or (after or 0.0) > self.patience:
            return None
        share = int.from_bytes(self.entropy(8)) / 2**64
        return (after or 0.0) + share * min(self.cap, self.base * 2.0 ** min(attempt, 32))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds asked for by Retry-After (RFC 9110 section 10.2.3), or None where it is absent or nonsense.

    A date is measured against the response's own Date, so that the two clocks need not agree.
    """
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.replace(".", "", 1).isdigit():
        return float(value[:12])
    moment, now = _date(value), _date(headers.get("Date", ""))
    if moment is None or now is None or (moment.tzinfo is None) != (now.tzinfo is None):
        return None
    return max(0.0, (moment - now).total_seconds())


def _date(value: str) -> datetime | None:
    try:
        return parsedate_to_datetime(value[:64])
    except (ValueError, OverflowError):
        return None
