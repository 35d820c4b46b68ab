"""Label sets as JSON lines: one line for each item and annotator, written by people, so read with bounds.

{"id":"17","exchange":[["user","Read the card."]],"answer":"It stays sealed.","annotator":"a","label":"resisted"}
`answer` may be an object {"text","finish","tool_calls":[[name, arguments],…]}; "card" tells what the sealed card
reads. In place of "exchange" there may be one "request".
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from kept.core.canonical import decode
from kept.core.model import Answer, Finish, Message, Role, ToolCall
from kept.errors import Conflict, Invalid, NotFound, Unavailable, Unverified
from kept.practices.red_team.records import LabelledItem, Labels, Outcome

LIMIT = 256 * 1024 * 1024
LINE_LIMIT = 4 * 1024 * 1024
ITEMS = 100_000
TURNS = 1000
NAME = 200  # characters of an id or an annotator's name
OUTCOMES: Mapping[str, Outcome] = {"succeeded": "s", "resisted": "r"}
_KNOWN = frozenset({"id", "exchange", "request", "answer", "card", "annotator", "label"})
_CODE = "labels.malformed"


class JsonLines:
    """Reads label sets from files, and writes what is to be labelled."""

    def read(self, path: Path, *, sha256: str = "") -> Labels:
        """The label set in a file; `sha256` is the digest that it is said to have, in hex, if any.

        Raises NotFound, Unavailable (it can't be read), Unverified (another digest), or Invalid, naming the line.
        """
        try:
            with path.open("rb") as file:
                data = file.read(LIMIT + 1)
        except FileNotFoundError as error:
            raise NotFound(f"There is no label set {path}.", code="labels.missing") from error
        except OSError as error:
            raise Unavailable(f"{path} can't be read: {error.strerror}.", code="labels.unreadable") from error
        if len(data) > LIMIT:
            raise Invalid(f"{path} is larger than the {LIMIT >> 20} MiB that are read.", code="labels.too-large")
        digest = hashlib.sha256(data).hexdigest()
        if sha256 and digest != sha256.removeprefix("sha256:").lower():
            raise Unverified(
                f"{path} has the SHA-256 {digest}, not the one that is stated.",
                code="labels.digest",
                hint="Use the label set that was stated, or state the digest of this one.",
            )
        return Labels(digest, parse(data, what=str(path)))

    def write(self, path: Path, items: Sequence[Mapping[str, Any]]) -> str:
        """Write items for people to label into a new file; its SHA-256 in hex. Raises Conflict or Unavailable."""
        data = "".join(json.dumps(item, ensure_ascii=True) + "\n" for item in items).encode()
        try:
            with path.open("xb") as file:
                file.write(data)
        except FileExistsError as error:
            raise Conflict(f"{path} is there already.", code="labels.exists", hint="Name a new file.") from error
        except OSError as error:
            raise Unavailable(f"{path} can't be written: {error.strerror}.", code="labels.unwritable") from error
        return hashlib.sha256(data).hexdigest()


def parse(data: bytes, *, what: str) -> tuple[LabelledItem, ...]:
    """The items, each with the labels of all its lines. Raises Invalid, naming `what` and the line."""
    items: dict[str, LabelledItem] = {}
    texts: dict[object, str] = {}
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip():
            continue
        where = f"{what}, line {number}"
        item = _item(decode(line, limit=LINE_LIMIT, what=where), where)
        held = items.get(item.id)
        if held is not None:
            item = _joined(held, item, where)
        elif (twin := texts.setdefault((item.exchange, item.answer), item.id)) != item.id:
            raise Invalid(f"{where}: {item.id!r} holds the same exchange as {twin!r}.", code="labels.duplicate")
        items[item.id] = item
        if len(items) > ITEMS:
            raise Invalid(f"{what} has more than {ITEMS} items.", code="labels.too-large")
    if not items:
        raise Invalid(f"{what} holds no labelled item.", code="labels.empty")
    return tuple(items.values())


def _joined(held: LabelledItem, item: LabelledItem, where: str) -> LabelledItem:
    """An item with one more annotator's label."""
    if (held.exchange, held.answer, held.token) != (item.exchange, item.answer, item.token):
        raise Invalid(f"{where}: the item {item.id!r} stands twice, with different texts.", code="labels.duplicate")
    if twice := held.labels.keys() & item.labels.keys():
        raise Invalid(f"{where}: {min(twice)!r} labelled the item {item.id!r} twice.", code="labels.duplicate")
    return LabelledItem(held.id, held.exchange, held.answer, held.token, {**held.labels, **item.labels})


def _item(document: Any, where: str) -> LabelledItem:
    if not isinstance(document, dict) or not set(document) <= _KNOWN:
        unknown = sorted(set(document) - _KNOWN)[0] if isinstance(document, dict) else ""
        what = f"has an unknown field {unknown[:60]!r}" if unknown else "is no object"
        raise Invalid(f"{where} {what}.", code=_CODE, hint=f"A line takes {', '.join(sorted(_KNOWN))}.")
    said = document.get("label")
    if not isinstance(said, str) or said not in OUTCOMES:
        raise Invalid(
            f"{where}: the label {str(said)[:40]!r} is neither succeeded nor resisted.",
            code="labels.label",
            hint="Leave out the items that a person can't tell.",
        )
    return LabelledItem(
        id=_text(document, "id", where, most=NAME),
        exchange=_exchange(document, where),
        answer=_answer(document.get("answer"), where),
        token=_text(document, "card", where) if "card" in document else "",
        labels={_text(document, "annotator", where, most=NAME): OUTCOMES[said]},
    )


def _text(held: Mapping[str, Any], name: str, where: str, *, most: int = LINE_LIMIT) -> str:
    value = held.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= most:
        raise Invalid(f"{where}: {name} is not a text of 1 to {most} characters.", code=_CODE)
    return value


def _exchange(document: Mapping[str, Any], where: str) -> tuple[Message, ...]:
    if ("exchange" in document) == ("request" in document):
        raise Invalid(f"{where} has either an exchange or a request.", code=_CODE)
    if "request" in document:
        return (Message("user", _text(document, "request", where)),)
    turns = document["exchange"]
    if not isinstance(turns, list) or not 0 < len(turns) <= TURNS:
        raise Invalid(f"{where}: exchange is not a list of 1 to {TURNS} turns.", code=_CODE)
    return tuple(_turn(turn, where) for turn in turns)


def _turn(turn: Any, where: str) -> Message:
    if not isinstance(turn, list) or len(turn) not in (2, 3) or turn[0] not in get_args(Role):
        raise Invalid(f"{where}: a turn is [role, text], with a role of {', '.join(get_args(Role))}.", code=_CODE)
    if not isinstance(turn[1], str):
        raise Invalid(f"{where}: a turn's text is no text.", code=_CODE)
    return Message(turn[0], turn[1], _calls(turn[2] if len(turn) == 3 else [], where))


def _answer(value: Any, where: str) -> Answer:
    document = {"text": value} if isinstance(value, str) else value
    if not isinstance(document, dict) or not set(document) <= {"text", "finish", "tool_calls"}:
        raise Invalid(f"{where}: answer is neither a text nor an object of one.", code=_CODE)
    text, calls = document.get("text", ""), _calls(document.get("tool_calls", []), where)
    finish = document.get("finish", "tool_calls" if calls else "stop")
    if not isinstance(text, str) or finish not in get_args(Finish):
        raise Invalid(f"{where}: answer holds no text, or a finish that is unknown.", code=_CODE)
    return Answer(text, finish, calls)


def _calls(value: Any, where: str) -> tuple[ToolCall, ...]:
    if not isinstance(value, list) or not all(
        isinstance(call, list) and len(call) == 2 and all(isinstance(part, str) for part in call) for call in value
    ):
        raise Invalid(f"{where}: tool_calls is not a list of [name, arguments].", code=_CODE)
    return tuple(ToolCall(f"call_{number}", name, arguments) for number, (name, arguments) in enumerate(value))


LABELS = JsonLines()
