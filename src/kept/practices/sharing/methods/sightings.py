"""From a shared pattern to what is said to a model, and from what came of it to a sighting in STIX 2.1."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from kept.core import canonical
from kept.core.model import Message
from kept.core.replay import Script
from kept.practices.sharing.methods import templates
from kept.practices.sharing.methods.objects.identifiers import id_of
from kept.practices.sharing.records.contents import Circumvention, ReplaySighting

EXTENSION = id_of("extension-definition", "replay-sighting")
MILLION = 1_000_000


def script_of(pattern: Circumvention, *, request: str) -> Script:
    """What a pattern says to a model, with our own harmless request where the user's was. Raises Invalid."""
    chosen = {slot.name: request for slot in pattern.slots if slot.kind == "request"}
    said = templates.filled(pattern.turns, pattern.slots, chosen)
    turns: list[Message] = []
    for turn in said:
        # An answer stands between two turns: the model's own takes its place.
        turns += [Message("assistant", "…")] if turns else []
        turns.append(Message("user", turn.replace("{{", "{ {")))
    return Script(tuple(turns))


def salted(value: bytes, *, salt: bytes) -> str:
    """ "sha256:<hex>" of SHA-256(salt ‖ SHA-256(value))."""
    return f"sha256:{hashlib.sha256(salt + hashlib.sha256(value).digest()).hexdigest()}"


def script_bytes(script: Script) -> bytes:
    """One spelling of a script, for its digest."""
    return canonical.encode([[turn.role, turn.content] for turn in script.turns])


def sighting(
    *, pattern: str, markings: Sequence[str], author: str, replay: str, now: str, result: Mapping[str, Any], model: str
) -> dict[str, Any]:
    """The STIX sighting of a pattern: how often it worked here, with its limits in the published extension.

    `result` has `attempts`, `counted`, `low`, `high`, `bound` and `error` as the statement has them; `model` is how the
    operator names the model, or "".
    """
    counted = str(result["counted"])
    extension = {
        "extension_type": "property-extension",
        "trials": len(counted),
        "successes": counted.count("s"),
        "low": result["low"] / MILLION,
        "high": result["high"] / MILLION,
        "bound": result["bound"] / MILLION,
        "level": 1 - result["error"] / MILLION,
        "method": "exact: clopper-pearson",
        "judge": result["judge"]["name"],
    }
    if model:
        extension["system"] = model
    ReplaySighting.of(**extension)
    return {
        "type": "sighting",
        "spec_version": "2.1",
        "id": id_of("sighting", author, replay),
        "created_by_ref": author,
        "created": now,
        "modified": now,
        "sighting_of_ref": pattern,
        "count": counted.count("s"),
        "object_marking_refs": sorted(markings),
        "extensions": {EXTENSION: extension},
    }
