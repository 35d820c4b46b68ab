"""A page that says what was wrong with a form has in it what was typed, so that nobody types it again.

It works on the page as it was made, so that no template has to fill every field of every form a second time. Pages are
our own: each value stands in double quotes and is escaped. A password and what a file held aren't shown again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape, unescape
from typing import Protocol

TYPED = "kept.typed"
"""Where the fields of a form that was posted stand, in the scope of its request."""
NextOf = Callable[[str], str | None]
"""Of a field's values the next."""
_WRITTEN = frozenset({"date", "datetime-local", "number", "text"})
_CHOSEN = frozenset({"checkbox", "radio"})
_INSIDE = r'((?:[^>"]|"[^"]*")*)'
_FORM = re.compile(rf"<form{_INSIDE}>(.*?)</form>", re.DOTALL)
_INPUT = re.compile(rf"<input{_INSIDE}>")
_AREA = re.compile(rf"<textarea{_INSIDE}>.*?</textarea>", re.DOTALL)
_SELECT = re.compile(rf"<select{_INSIDE}>(.*?)</select>", re.DOTALL)
_OPTION = re.compile(rf"<option{_INSIDE}>(.*?)</option>", re.DOTALL)
_FOLD = re.compile(r"<(/?)details( open)?>")
_FOLDED = re.compile(r"<details>(.*?)</details>", re.DOTALL)
_ATTRIBUTE = re.compile(r'\s([\w:-]+)(?:="([^"]*)")?')
_NAME = re.compile(r' name="([^"]*)"')
_FAILED = re.compile(r'<(p|div) id="failed".*?</\1>\n', re.DOTALL)


class Typed(Protocol):
    """The fields of a posted form."""

    def many(self, name: str) -> tuple[str, ...]:
        """Every value of a field, in order."""


def refilled(page: str, address: str, typed: Typed) -> str:
    """The page with what was typed in its form that leads to `address`; as it was where it has no such form.

    Of several, it is the form whose hidden fields came. What folds it away is opened, and the element "failed", in
    which the page says what was wrong, is moved into it.
    """
    form = next((one for one in _FORM.finditer(page) if _is_it(one, address, typed)), None)
    if form is None:
        return page
    start, end = form.span(2)
    before, content, after = page[:start], _filled(form[2], typed), page[end:]
    if failed := _FAILED.search(before):
        before = before[: failed.start()] + before[failed.end() :]
        content = failed[0].replace(" id=", " autofocus id=", 1) + content
    return _unfolded(before) + content + after


def _is_it(form: re.Match[str], address: str, typed: Typed) -> bool:
    if _attributes(form[1]).get("action") != address:
        return False
    told = [_attributes(found[1]) for found in _INPUT.finditer(form[2])]
    hidden = [(each["name"], each.get("value", "")) for each in told if each.get("type") == "hidden"]
    return all(value in typed.many(name) for name, value in hidden if name != "csrf")


def _filled(content: str, typed: Typed) -> str:
    """What stands in a form, with what was typed; of a name that several fields have, each its own value."""
    turns: dict[str, int] = {}

    def next_of(name: str) -> str | None:
        turn = turns[name] = turns.get(name, -1) + 1
        values = typed.many(name)
        return values[turn] if turn < len(values) else None

    content = _INPUT.sub(lambda found: _input(found, next_of, typed), content)
    content = _AREA.sub(lambda found: _area(found, next_of), content)
    content = _SELECT.sub(lambda found: _select(found, next_of), content)
    return _FOLDED.sub(lambda fold: f"<details open>{fold[1]}</details>" if _says(fold[1], typed) else fold[0], content)


def _input(found: re.Match[str], next_of: NextOf, typed: Typed) -> str:
    told = _attributes(found[1])
    kind, name = told.get("type", "text"), told.get("name", "")
    if kind in _CHOSEN:
        mark = " checked" if told.get("value", "on") in typed.many(name) else ""
        return f"<input{_without(found[1], 'checked')}{mark}>"
    value = next_of(name) if kind in _WRITTEN else None
    return found[0] if value is None else f'<input{_without(found[1], "value")} value="{escape(value)}">'


def _area(found: re.Match[str], next_of: NextOf) -> str:
    value = next_of(_attributes(found[1]).get("name", ""))
    # The first end of a line in it is none of the text.
    return found[0] if value is None else f"<textarea{found[1]}>\n{escape(value)}</textarea>"


def _select(found: re.Match[str], next_of: NextOf) -> str:
    chosen = next_of(_attributes(found[1]).get("name", ""))

    def option(one: re.Match[str]) -> str:
        value = _attributes(one[1]).get("value", unescape(one[2]))
        return f"<option{_without(one[1], 'selected')}{' selected' if value == chosen else ''}>{one[2]}</option>"

    return found[0] if chosen is None else f"<select{found[1]}>{_OPTION.sub(option, found[2])}</select>"


def _says(content: str, typed: Typed) -> bool:
    """Whether anything was typed into the fields that stand here."""
    return any(value for name in _NAME.findall(content) for value in typed.many(unescape(name)))


def _unfolded(before: str) -> str:
    """What stands before a form, with each fold opened that isn't closed yet."""
    folds: list[re.Match[str]] = []
    for found in _FOLD.finditer(before):
        folds = folds[:-1] if found[1] else [*folds, found]
    for fold in reversed(folds):
        before = before[: fold.start()] + "<details open>" + before[fold.end() :]
    return before


def _attributes(told: str) -> Mapping[str, str]:
    return {name: unescape(value or "") for name, value in _ATTRIBUTE.findall(told)}


def _without(told: str, name: str) -> str:
    """Attributes as they are told, but for one."""
    return _ATTRIBUTE.sub(lambda found: "" if found[1] == name else found[0], told)
