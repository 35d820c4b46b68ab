"""What the ledger room needs from outside: a way to reach a witness."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Answer:
    """A witness's answer: the status, the media type and at most 1 MB of body, as HTTP has them."""

    status: int
    media_type: str
    body: bytes


class Ask(Protocol):
    """Carries a request to a witness."""

    async def __call__(self, url: str, body: bytes, *, seconds: float) -> Answer:
        """Post to `<url>/add-checkpoint`. Raises Unavailable when there is no answer in time."""
        ...
