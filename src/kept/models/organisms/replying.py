"""What every organism that answers at once shares; how it answers is its own."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator

from kept.core.model import Answer, Identity, Request


class ReplyingOrganism(ABC):
    """Answers without waiting for anything, and holds nothing open."""

    _identity: Identity

    @property
    def identity(self) -> Identity:
        """Named by what makes it; the digest of its ground truth stands for the digest of weights."""
        return self._identity

    async def answer(self, request: Request) -> Answer:
        """Answer at once; never raises."""
        return self.reply(request)

    async def stream(self, request: Request) -> AsyncIterator[str]:
        """The answer's text in one piece."""
        yield self.reply(request).text

    async def close(self) -> None:
        """There is nothing to let go of."""
        return

    @abstractmethod
    def reply(self, request: Request) -> Answer:
        """What `answer` gives, without a loop."""
