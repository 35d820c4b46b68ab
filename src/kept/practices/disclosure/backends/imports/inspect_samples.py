"""Datasets of Inspect, in JSON or JSON Lines: each sample is a conversation that showed the weakness.

Source: the `Sample` of Inspect's documentation: `input` is a text or a list of messages, `target` what was looked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from kept.core import canonical
from kept.errors import Invalid
from kept.practices.disclosure.backends.imports.reading import LIMIT, TEXT, fitted, malformed, sound, text
from kept.practices.disclosure.records import Conversation, Report, Turn
from kept.practices.disclosure.records.reports import Role

WHAT = "The dataset"
SAMPLES, TURNS = 100, 200


def read(data: bytes) -> Report:
    """One report with a conversation for each sample, at most 100. Raises Invalid for anything else."""
    samples = _samples(data)
    if not 0 < len(samples) <= SAMPLES:
        raise malformed(WHAT, f"it has {len(samples)} samples, and not 1 to {SAMPLES}")
    conversations = tuple(_conversation(number, each) for number, each in enumerate(samples, start=1))
    targets = dict.fromkeys(found for each in samples if (found := text(each.get("target"))))
    first = conversations[0].turns[-1].content
    made = Report(
        title=(first.splitlines() or ["A dataset"])[0][:200] or "A dataset",
        what=f"{len(samples)} samples of an Inspect dataset, each of which is said to show it.",
        success="\n".join(targets)[:TEXT],
        conversations=conversations,
        source="inspect dataset",
    )
    return fitted(made)


def _samples(data: bytes) -> list[Mapping[str, Any]]:
    if len(data) > LIMIT:
        raise Invalid(f"{WHAT} has {len(data)} bytes; at most {LIMIT} are read.", code="json.too-large")
    if data.lstrip()[:1] == b"[":
        found = canonical.decode(data, limit=LIMIT, what=WHAT)
    else:
        lines = [line for line in data.splitlines() if line.strip()]
        if len(lines) > SAMPLES:
            raise malformed(WHAT, f"it has {len(lines)} samples, and not 1 to {SAMPLES}")
        found = [canonical.decode(line, limit=LIMIT, what=f"{WHAT}, line {at}") for at, line in enumerate(lines, 1)]
    if not all(isinstance(each, Mapping) for each in found):
        raise malformed(WHAT, "a sample is no object")
    return list(found)


def _conversation(number: int, sample: Mapping[str, Any]) -> Conversation:
    given = sample.get("input")
    if isinstance(given, str) and given.strip():
        return Conversation((Turn("user", sound(given[:TEXT])),))
    if not isinstance(given, list) or not 0 < len(given) <= TURNS:
        raise malformed(WHAT, f"sample {number} has no input")
    return Conversation(tuple(_turn(number, each) for each in given))


def _turn(number: int, message: Any) -> Turn:
    said = _object(message)
    roles: tuple[Role, ...] = get_args(Role)
    role = next((each for each in roles if each == said.get("role")), None)
    if role is None:
        raise malformed(WHAT, f"sample {number} has a message of no known role")
    content = said.get("content")
    if isinstance(content, list):
        content = "\n".join(text(_object(part).get("text")) for part in content)
    return Turn(role, text(content))


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
