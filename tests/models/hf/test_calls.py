import pytest

from kept.core.model import Answer, ToolCall
from kept.models.hf.calls import with_calls


def test_calls_written_in_the_text_become_calls() -> None:
    text = 'Well.\n<tool_call>\n{"name": "release", "arguments": {"code": "ñandú"}}\n</tool_call>'
    answer = with_calls(Answer(text, "stop", completion_tokens=9))
    release = ToolCall("call_0", "release", '{"code": "ñandú"}')
    assert answer == Answer("Well.", "tool_calls", (release,), completion_tokens=9)


@pytest.mark.parametrize(
    "text",
    [
        "No call.",
        "<tool_call>{</tool_call>",
        '<tool_call>{"arguments": {}}</tool_call>',
        "<tool_call>{" + "[" * 5000 + "}</tool_call>",
    ],
)
def test_what_is_no_call_stays_text(text: str) -> None:
    assert with_calls(Answer(text)) == Answer(text)
