"""What goes wrong between a client and an endpoint, and the errors' own wire form."""

import json
from typing import Any

from kept.errors import Conflict, Denied, Invalid, KeptError, NotFound, Unavailable, Unverified

MESSAGE_LIMIT = 300


class Transient(Unavailable):
    """A failure that the next try may not meet; `after` is how many seconds the endpoint asks to be left alone."""

    def __init__(self, message: str, *, code: str, hint: str = "", after: float | None = None) -> None:
        super().__init__(message, code=code, hint=hint)
        self.after = after


class Malformed(Unavailable):
    """The endpoint answered with something that is no chat completion."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The endpoint's answer cannot be read: {why}",
            code="model.malformed",
            hint="Check that the URL speaks OpenAI's chat completions.",
        )


def clean(text: str, *, secret: str = "") -> str:
    """Foreign text fit for an error message: one line, printable, at most 300 characters, without the secret."""
    if secret:
        text = text.replace(secret, "[key]")
    text = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * MESSAGE_LIMIT]).split())
    return text if len(text) <= MESSAGE_LIMIT else text[:MESSAGE_LIMIT] + "…"


def encode_error(error: KeptError, *, kind: str) -> bytes:
    """An error object as OpenAI's clients expect it."""
    document = {"message": str(error), "type": kind, "param": None, "code": error.code}
    return json.dumps({"error": document}, ensure_ascii=False).encode("utf-8", "replace")


def decode_error(status: int, body: bytes, *, secret: str = "", after: float | None = None) -> KeptError:
    """The error that an HTTP status other than 200 stands for, with the server's own words bounded and cleaned."""
    message, code, kind = _read(body)
    said = f"The endpoint answered {status}: {clean(message, secret=secret).rstrip('.') or 'no reason given'}."
    if status == 429 and code == "insufficient_quota":
        return Unavailable(said, code="model.quota", hint="Raise the quota at the provider.")
    if status in (408, 425, 429) or (status >= 500 and status != 501):
        return Transient(said, code="model.overloaded", hint="Try again later or lower the concurrency.", after=after)
    if status in (401, 403):
        return Denied(said, code="model.denied", hint="Set the key in OPENAI_API_KEY, or name a variable: ?key=NAME.")
    if status == 404:
        return NotFound(said, code="model.not-found", hint="Check the URL and the model's name after the #.")
    if status == 409:
        return Conflict(said, code="model.conflict")
    if 300 <= status < 400:
        return Invalid(said, code="model.redirect", hint="Name the final address; redirects are not followed.")
    if status == 422 and kind == "unverified":
        return Unverified(said, code="model.unverified")
    if 400 <= status < 500:
        return Invalid(said, code="model.refused", hint="The endpoint does not take this request.")
    return Malformed(f"status {status} is neither an answer nor an error.")


def read_stream_error(document: dict[str, Any], *, secret: str = "") -> KeptError | None:
    """The error that a chunk of a stream carries, if it is one."""
    if not document.get("error"):
        return None
    message, _, _ = _fields(document)
    return Unavailable(f"The endpoint broke off: {clean(message, secret=secret).rstrip('.')}.", code="model.broken-off")


def _read(body: bytes) -> tuple[str, str, str]:
    text = body.decode("utf-8", "replace")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return text, "", ""
    return _fields(document)


def _fields(document: Any) -> tuple[str, str, str]:
    """Message, code and type; servers put them in an object, a string, or beside each other."""
    error = document.get("error", document) if isinstance(document, dict) else document
    if not isinstance(error, dict):
        return str(error), "", ""
    message = error.get("message") or error.get("detail") or ""
    return str(message), str(error.get("code") or ""), str(error.get("type") or "")
