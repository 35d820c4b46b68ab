import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.core import merkle
from kept.core.model import Answer, ToolCall
from kept.practices.red_team.methods.prompts import Prompts
from kept.practices.red_team.methods.schedule import Key
from kept.practices.red_team.methods.transcripts import Root, answer_text, seal
from kept.practices.red_team.records import Cell

CELL, KEY = Cell("physical", "plain", "en"), Key(3, 0, 0)
PROMPT = Prompts(CELL, 1)[0]


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=70))
def test_leaves_that_come_one_at_a_time_make_the_root_of_rfc_6962(leaves: list[bytes]) -> None:
    root = Root()
    root.add(leaves)
    assert root.digest() == merkle.root(b"".join(map(merkle.leaf_hash, leaves)))
    assert root.leaves == len(leaves)


def sealed(**change: object) -> bytes:
    parts = {"cell": CELL, "key": KEY, "prompt": PROMPT, "outcome": "r", "answer": "{}"} | change
    return seal(
        change.pop("salt", b"salt"), **{name: parts[name] for name in ("cell", "key", "prompt", "outcome", "answer")}
    )


@pytest.mark.parametrize(
    "change",
    [
        {"salt": b"other"},
        {"cell": CELL._replace(language="es")},
        {"key": KEY._replace(prompt=1)},
        {"key": KEY._replace(trial=1)},
        {"prompt": Prompts(CELL, 2)[0]},
        {"outcome": "s"},
        {"answer": '{"text":"x"}'},
    ],
)
def test_a_seal_covers_everything_of_an_attempt(change: dict) -> None:
    assert sealed(**change) != sealed()
    assert len(sealed()) == 32


@pytest.mark.parametrize(
    ("answer", "reason", "document"),
    [
        (Answer("No."), "", {"finish": "stop", "text": "No."}),
        (Answer("", "length"), "cut", {"finish": "length", "text": "", "reason": "cut"}),
        (None, "out of reach", {"error": "out of reach"}),
        (
            Answer("", "tool_calls", (ToolCall("1", "go", "{}"),)),
            "",
            {"finish": "tool_calls", "text": "", "tool_calls": [["go", "{}"]]},
        ),
    ],
)
def test_the_text_that_is_kept_is_json(answer: Answer | None, reason: str, document: dict) -> None:
    assert json.loads(answer_text(answer, reason)) == document


def test_half_a_surrogate_pair_and_a_null_survive() -> None:
    kept = answer_text(Answer("a\ud800\x00b"), "")
    assert json.loads(kept.encode("ascii"))["text"] == "a\ud800\x00b"
    assert "\x00" not in kept
