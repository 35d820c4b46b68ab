"""Tool calls that a local model writes into its text."""

import json
import re
from dataclasses import replace

from kept.core.model import Answer, ToolCall

# The form of the Hermes and Qwen families.
_CALL = re.compile(r"<tool_call>\s*(\{.{1,65536}?\})\s*</tool_call>", re.DOTALL)


def with_calls(answer: Answer) -> Answer:
    """The answer with the calls in its text made into tool calls; unchanged where one of them is no call."""
    calls = []
    for position, found in enumerate(_CALL.finditer(answer.text)):
        try:
            call = json.loads(found[1])
            arguments = json.dumps(call.get("arguments", {}), ensure_ascii=False)
            calls.append(ToolCall(f"call_{position}", str(call["name"]), arguments))
        except (ValueError, KeyError, RecursionError):
            return answer
    if not calls:
        return answer
    return replace(answer, text=_CALL.sub("", answer.text).strip(), tool_calls=tuple(calls), finish="tool_calls")
