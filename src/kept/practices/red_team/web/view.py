"""What the workspace's pages show of a session, and what its forms say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kept.core import canonical
from kept.errors import Invalid
from kept.practices.red_team.methods import conversation
from kept.practices.red_team.records import OUTCOMES

if TYPE_CHECKING:
    from kept.core.model import Tool, ToolCall
    from kept.interface.multipart import Part
    from kept.practices.red_team.records import Invitation, Session

NO_PARAMETERS = '{"type": "object", "properties": {}}'
# What browsers say of files that they don't know; the name tells better.
_BY_NAME: Mapping[str, str] = {
    "json": "application/json",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "log": "text/plain",
    "md": "text/plain",
    "pdf": "application/pdf",
    "png": "image/png",
    "txt": "text/plain",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A tool of the scope: whether the model may call it, and how it is told of it; `parameters` is JSON text."""

    name: str
    offered: bool
    description: str
    parameters: str


@dataclass(frozen=True, slots=True)
class Talk:
    """A session and its invitation, as a page shows them."""

    session: Session
    invitation: Invitation

    @property
    def goes_on(self) -> bool:
        """Whether anything can still be said or changed."""
        return not self.session.outcome and self.invitation.state in ("valid", "spent")

    @property
    def outcome(self) -> str:
        """ "succeeded", "resisted" or "unassessed" of a finished session, else ""."""
        return next((word for letter, word in OUTCOMES.items() if letter == self.session.outcome), "")

    @property
    def waiting(self) -> tuple[ToolCall, ...]:
        """The model's calls of tools that have no result yet; a model may use the id of an earlier call again."""
        waiting: list[ToolCall] = []
        for turn in self.session.turns:
            done = next((call for call in waiting if call.id == turn.message.tool_call_id), None)
            if done is not None:
                waiting.remove(done)
            waiting += turn.message.tool_calls
        return tuple(waiting)

    @property
    def offers(self) -> tuple[Offer, ...]:
        """Every tool of the scope, in its order."""
        held: dict[str, Tool] = {tool.name: tool for tool in self.session.tools}
        return tuple(_offer(name, held.get(name)) for name in self.invitation.scope.tools)


def plain(text: str) -> str:
    """What was typed: forms send every line break as two characters (HTML, 4.10.22.8)."""
    return text.replace("\r\n", "\n")


def offered(given: Mapping[str, str]) -> list[dict[str, Any]]:
    """The tools that a form offers: for each `offer-<name>`, its description and its parameters. Raises Invalid."""
    names = [field.removeprefix("offer-") for field in given if field.startswith("offer-")]
    if not names:
        raise Invalid("No tool was chosen.", code="external.tools", hint="Choose one or more.")
    return [
        {
            "name": name,
            "description": plain(given.get(f"description-{name}", "")),
            "parameters": _parameters(name, given.get(f"parameters-{name}", "")),
        }
        for name in names
    ]


def evidence_type(file: Part) -> str:
    """The media type of a file: as its name tells, or else as the browser does; its bytes are checked later."""
    return _BY_NAME.get(file.file.rpartition(".")[2].lower(), file.media_type)


def _parameters(name: str, text: str) -> Any:
    told = (text.strip() or NO_PARAMETERS).encode()
    return canonical.decode(told, limit=conversation.TOOL_LIMIT, what=f"The parameters of {name[:64]}")


def _offer(name: str, tool: Tool | None) -> Offer:
    if tool is None:
        return Offer(name, False, "", NO_PARAMETERS)
    return Offer(name, True, tool.description, json.dumps(dict(tool.parameters), ensure_ascii=False))
