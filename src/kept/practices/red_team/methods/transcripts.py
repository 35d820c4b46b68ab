"""What a campaign commits to about the texts that it keeps to itself."""

import json
from collections.abc import Iterable
from hashlib import sha256
from json.encoder import encode_basestring_ascii as _text
from typing import Any

from kept.core.merkle import EMPTY_ROOT, leaf_hash, node_hash
from kept.core.model import Answer, Message
from kept.practices.red_team.methods.play import Party, Played
from kept.practices.red_team.methods.schedule import Key
from kept.practices.red_team.records import Cell, Outcome, Prompt

SALT_BYTES = 16
# ASCII, since a model may answer with lone surrogates, which UTF-8 can't carry.
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def answer_text(answer: Answer | None, reason: str) -> str:
    """What was answered, or why nothing was, as the JSON text that the store keeps."""
    if answer is None:
        return f'{{"error":{_text(reason)}}}'
    why = f'"reason":{_text(reason)},' if reason else ""
    calls = [[call.name, call.arguments] for call in answer.tool_calls]
    called = f',"tool_calls":{_ENCODER.encode(calls)}' if calls else ""
    return f'{{"finish":"{answer.finish}",{why}"text":{_text(answer.text)}{called}}}'


def played_text(played: Played, others: Iterable[tuple[Party, str]]) -> str:
    """What was said in all turns of a play, as the JSON text that the store keeps.

    {"exchange": [[role, content] or [role, content, [[tool, arguments], ...]], ...]} with the turns with the target,
    "others": [[party, text], ...] with what else was answered, "finish" of the target's last answer, and "reason",
    where there are any.
    """
    said: dict[str, Any] = {"exchange": [_turn(message) for message in played.exchange]}
    if spoken := [[party, text] for party, text in others]:
        said["others"] = spoken
    if played.answer is not None:
        said["finish"] = played.answer.finish
    if played.verdict.reason:
        said["reason"] = played.verdict.reason
    return _ENCODER.encode(said)


def _turn(message: Message) -> list[Any]:
    calls = [[call.name, call.arguments] for call in message.tool_calls]
    return [message.role, message.content, calls] if calls else [message.role, message.content]


def seal(salt: bytes, *, cell: Cell, key: Key, prompt: Prompt, outcome: Outcome, answer: str) -> bytes:
    """The salted digest of one attempt, 32 bytes: SHA-256(salt ‖ attempt), where the attempt is the JSON text

    [domain, strategy, language, prompt, trial, probe, [[role, content], ...], [tool, ...], outcome, answer]
    without spaces, in ASCII; `answer` is the text of `answer_text`. A play's `prompt` has no messages and no tools:
    all its turns are in its `answer`, the text of `played_text`.
    """
    said = ",".join([f'["{message.role}",{_text(message.content)}]' for message in prompt.messages])
    tools = ",".join([f'"{tool.name}"' for tool in prompt.tools])
    attempt = (
        f'["{cell.domain}","{cell.strategy}","{cell.language}",{key.prompt},{key.trial},"{prompt.probe.id}",'
        f'[{said}],[{tools}],"{outcome}",{_text(answer)}]'
    )
    return sha256(salt + attempt.encode("ascii")).digest()


class Root:
    """The RFC 6962 root over leaves that come one at a time; holds one hash per level of the tree."""

    def __init__(self) -> None:
        self.leaves = 0
        self._complete: list[bytes] = []

    def add(self, leaves: Iterable[bytes]) -> None:
        """Append leaves, given as the bytes that are hashed into them."""
        for leaf in leaves:
            found, size = leaf_hash(leaf), self.leaves
            while size & 1:
                found = node_hash(self._complete.pop(), found)
                size >>= 1
            self._complete.append(found)
            self.leaves += 1

    def digest(self) -> bytes:
        """The root over what was added so far, 32 bytes."""
        if not self._complete:
            return EMPTY_ROOT
        *rest, found = self._complete
        for left in reversed(rest):
            found = node_hash(left, found)
        return found
