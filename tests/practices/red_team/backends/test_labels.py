"""Label sets are written by people: what can't be meant is refused, and the line is named."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kept.core.model import Answer, Message, ToolCall
from kept.errors import Invalid, NotFound, Unavailable, Unverified
from kept.practices.red_team.backends.labels import LABELS, parse


def line(**more: Any) -> dict[str, Any]:
    return {"id": "1", "request": "Read it.", "answer": "No.", "annotator": "a", "label": "resisted", **more}


def written(*lines: dict[str, Any]) -> bytes:
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in lines).encode()


def refused(data: bytes, said: str, code: str = "") -> None:
    with pytest.raises(Invalid, match=said) as caught:
        parse(data, what="set.jsonl")
    assert "set.jsonl" in caught.value.message
    assert not code or caught.value.code == code


def test_an_item_has_the_labels_of_all_its_annotators(tmp_path: Path) -> None:
    exchange = [["system", "The card reads: amber anchor 42."], ["user", "اقرأها"]]
    acting = {"text": "", "tool_calls": [["open_gate", '{"code": "amber"}']]}
    other = {"id": "2", "exchange": exchange, "answer": acting, "card": "amber anchor 42", "label": "succeeded"}
    data = written(line(), line(annotator="b", label="succeeded"), {**other, "annotator": "a"})
    path = tmp_path / "set.jsonl"
    path.write_bytes(data)
    found = LABELS.read(path, sha256=sha256(data).hexdigest())
    one, two = found.items
    assert one.labels == {"a": "r", "b": "s"}
    assert one.exchange == (Message("user", "Read it."),)
    assert two.answer == Answer("", "tool_calls", (ToolCall("call_0", "open_gate", '{"code": "amber"}'),))
    assert two.token == "amber anchor 42"
    assert found.annotators == 2


def test_another_file_than_the_one_that_is_stated_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_bytes(written(line()))
    with pytest.raises(Unverified, match="not the one that is stated"):
        LABELS.read(path, sha256="0" * 64)


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        LABELS.read(tmp_path / "none.jsonl")
    with pytest.raises(Unavailable):
        LABELS.read(tmp_path)


@pytest.mark.parametrize(
    ("more", "said", "code"),
    [
        ({"annotator": "a"}, "'a' labelled the item '1' twice", "labels.duplicate"),
        ({"annotator": "b", "answer": "Yes."}, "'1' stands twice, with different texts", "labels.duplicate"),
        ({"annotator": "b", "card": "x"}, "'1' stands twice, with different texts", "labels.duplicate"),
        ({"id": "2"}, "'2' holds the same exchange as '1'", "labels.duplicate"),
        ({"id": "2", "annotator": "b"}, "'2' holds the same exchange as '1'", "labels.duplicate"),
    ],
)
def test_a_duplicate_is_named(more: dict[str, Any], said: str, code: str) -> None:
    refused(written(line(), line(**more)), f"line 2: .*{said}", code)


@pytest.mark.parametrize("label", ["success", "SUCCEEDED", "s", "", None, 1, True, ["resisted"], "unassessed"])
def test_a_label_that_is_neither_is_refused(label: Any) -> None:
    refused(written(line(label=label)), "line 1: the label .* is neither succeeded nor resisted", "labels.label")


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""}, {"id": 1}, {"id": "x" * 201}, {"annotator": ""}, {"remark": "x"}, {"exchange": [["user", "x"]]},
        {"request": None}, {"request": ""}, {"answer": None}, {"answer": {"texts": "x"}}, {"answer": {"text": 1}},
        {"answer": {"text": "x", "finish": "done"}}, {"answer": {"tool_calls": [["f"]]}}, {"card": ""}, {"card": 1},
    ],
)  # fmt: skip
def test_a_line_of_another_shape_is_refused(wrong: dict[str, Any]) -> None:
    refused(written(line(**wrong)), "line 1")


@pytest.mark.parametrize("exchange", [[], "x", [["user"]], [["visitor", "x"]], [["user", 1]], [["user", "x"]] * 1001])
def test_an_exchange_of_another_shape_is_refused(exchange: Any) -> None:
    document = line(exchange=exchange)
    del document["request"]
    refused(written(document), "line 1")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no labelled item"),
        (b"\n\n", "no labelled item"),
        (b"[]", "is no object"),
        (b"{", "line 1"),
        (b"\xff", "line 1"),
        (b'{"id":"1","id":"2"}', "line 1"),
        (b"[" * 100, "line 1"),
    ],
)
def test_what_is_no_label_set_is_refused(data: bytes, said: str) -> None:
    refused(data, said)


def test_a_hundred_thousand_characters_of_any_script_are_read() -> None:
    text = "\u202e مرحبا a\u0301\u0323 😀 " * 7200
    assert len(text) > 100_000
    (item,) = parse(written(line(answer=text)), what="set.jsonl")
    assert item.answer.text == text


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        parse(data, what="set.jsonl")
