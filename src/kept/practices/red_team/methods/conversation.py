"""A tester's conversation with a model: its limits, its record, and the digest that seals it."""

import json
import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from kept.core import canonical
from kept.core.model import Answer, Message, Tool, ToolCall
from kept.errors import Invalid
from kept.practices.red_team.records import Evidence, Session, Turn

TEXT_LIMIT = 100_000  # characters
NOTE_LIMIT = 4_000
TURN_LIMIT = 200
EVIDENCE_LIMIT = 1024 * 1024  # bytes
EVIDENCE_COUNT = 16
TOOL_COUNT = 16
TOOL_LIMIT = 64 * 1024  # bytes of all tools of a session
_FILE = re.compile(r"[\w][\w .()-]{0,127}")
_SIGNATURES: Mapping[str, bytes] = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "application/pdf": b"%PDF-",
}
MEDIA_TYPES = ("text/plain", "application/json", *_SIGNATURES)
# ASCII, since a model may answer with lone surrogates, which UTF-8 can't carry.
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def check_text(text: str, *, limit: int = TEXT_LIMIT, what: str = "A turn") -> str:
    """The text, of 1 to `limit` characters. Raises Invalid."""
    if not 0 < len(text) <= limit:
        raise Invalid(f"{what} has {len(text)} characters; it may have 1 to {limit}.", code="external.text")
    return text


def read_tools(document: Any) -> tuple[Tool, ...]:
    """Tools from plain values: a list of {name, description, parameters}. Raises Invalid."""
    if not isinstance(document, list) or not 0 < len(document) <= TOOL_COUNT:
        raise Invalid(f"Tools are a list of 1 to {TOOL_COUNT}.", code="external.tools")
    found = tuple(_tool(item) for item in document)
    if len({tool.name for tool in found}) != len(found):
        raise Invalid("Two tools have one name.", code="external.tools")
    if len(tools_text(found)) > TOOL_LIMIT:
        raise Invalid(f"The tools have more than {TOOL_LIMIT} bytes.", code="external.tools")
    return found


def tools_text(tools: Iterable[Tool]) -> str:
    """Tools as the JSON text that the store keeps."""
    return _ENCODER.encode(
        [{"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)} for tool in tools]
    )


def tools_from(text: str) -> tuple[Tool, ...]:
    """The tools that `tools_text` wrote."""
    return tuple(Tool(**item) for item in json.loads(text))


def message_text(message: Message) -> str:
    """A message as the JSON text that the store keeps and the digest seals."""
    calls = [[call.id, call.name, call.arguments] for call in message.tool_calls]
    return _ENCODER.encode(
        {"role": message.role, "content": message.content, "calls": calls, "reply_to": message.tool_call_id}
    )


def message_from(text: str) -> Message:
    """The message that `message_text` wrote."""
    held = json.loads(text)
    calls = tuple(ToolCall(*call) for call in held["calls"])
    return Message(held["role"], held["content"], calls, held["reply_to"])


def answered(answer: Answer) -> Message:
    """What the model said, as a turn."""
    return Message("assistant", answer.text, answer.tool_calls)


def check_evidence(name: str, media_type: str, data: bytes) -> Evidence:
    """A file that may stand beside a session. Raises Invalid for its name, type or size, or for another content."""
    if not _FILE.fullmatch(name):
        raise Invalid(f"{name[:64]!r} is no plain name of a file.", code="external.evidence")
    if media_type not in MEDIA_TYPES:
        raise Invalid(
            f"Evidence of the type {media_type[:64]!r} isn't taken.",
            code="external.evidence",
            hint=f"Use {', '.join(MEDIA_TYPES)}.",
        )
    if not 0 < len(data) <= EVIDENCE_LIMIT:
        raise Invalid(f"{name} has {len(data)} bytes; it may have 1 to {EVIDENCE_LIMIT}.", code="external.evidence")
    if media_type == "application/json":
        canonical.decode(data, limit=EVIDENCE_LIMIT, what=name)
    elif not _is(media_type, data):
        raise Invalid(f"{name} is no {media_type}.", code="external.evidence")
    return Evidence(name, media_type, sha256(data).hexdigest(), len(data))


def seal(salt: bytes, session: Session) -> bytes:
    """The salted digest of a whole session, 32 bytes: SHA-256(salt ‖ session) over its ASCII JSON without spaces."""
    document = {
        "session": session.id,
        "model": session.model,
        "domain": session.domain,
        "strategy": session.strategy,
        "tools": json.loads(tools_text(session.tools)),
        "turns": [[json.loads(message_text(turn.message)), turn.note] for turn in session.turns],
        "evidence": [[one.name, one.media_type, one.sha256] for one in session.evidence],
        "outcome": session.outcome,
        "note": session.note,
    }
    return sha256(salt + _ENCODER.encode(document).encode("ascii")).digest()


def history(turns: Iterable[Turn]) -> tuple[Message, ...]:
    """The messages of a session, for asking the next one."""
    return tuple(turn.message for turn in turns)


def _tool(item: Any) -> Tool:
    known = {"name", "description", "parameters"}
    if not isinstance(item, Mapping) or not {"name"} <= set(item) <= known:
        raise Invalid("A tool has a name, a description and parameters (a JSON schema).", code="external.tools")
    name, description = item["name"], item.get("description", "")
    parameters = item.get("parameters", {})
    plain = isinstance(name, str) and isinstance(description, str) and isinstance(parameters, Mapping)
    if not plain or not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        raise Invalid(f"The tool {str(name)[:64]!r} is malformed.", code="external.tools")
    return Tool(name, description, dict(parameters))


def _is(media_type: str, data: bytes) -> bool:
    if media_type in _SIGNATURES:
        return data.startswith(_SIGNATURES[media_type])
    try:
        return "\0" not in data.decode()
    except UnicodeDecodeError:
        return False
