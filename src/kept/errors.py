"""The base error and its six kinds; a room subclasses a kind beside the verb that raises it.

Only surfaces map a kind to an exit status or an HTTP status.
"""


class KeptError(Exception):
    """Something that a person can act on: what was wrong and where, and what to do about it."""

    def __init__(self, message: str, *, code: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).__name__.lower()
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class Invalid(KeptError):
    """The input is wrong: it will fail again until it is changed."""


class NotFound(KeptError):
    """What was named does not exist."""


class Denied(KeptError):
    """The actor may not do this."""


class Conflict(KeptError):
    """The request clashes with what is already recorded."""


class Unverified(KeptError):
    """A proof, a signature or a figure was checked and does not hold."""


class Unavailable(KeptError):
    """Something needed is out of reach now; the same request may succeed later."""
