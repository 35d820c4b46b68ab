"""What was typed into a form that was refused stands in it again, and what was wrong beside it."""

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from kept.interface.portal.forms import Fields
from kept.interface.portal.refilling import refilled

HOSTILE = "\n\"><script>alert(1)</script>&amp;'\\1</textarea>"
PAGE = """<main><p id="failed" class="notice" tabindex="-1">That <b>won't</b> do.</p>
<details><summary>Other</summary><form method="post" action="/done">
<input type="hidden" name="csrf" value="c"><input type="hidden" name="of" value="1">
<input name="line" value="old"></form></details>
<details><summary>Outer</summary><section><details><summary>Inner</summary>
<form class="stack" method="post" action="/done">
<input type="hidden" name="csrf" value="c"><input type="hidden" name="of" value="2">
<input id="l" name="line" required maxlength="9" value="old" dir="auto"><input name="days" type="number" min="1">
<input name="secret" type="password"><input name="file" type="file">
<input type="checkbox" name="tick" value="a" checked> <input type="checkbox" name="tick" value="b">
<input type="radio" name="one" value="x" required>
<textarea name="text" dir="auto"></textarea><textarea name="text">was</textarea><textarea name="text">is</textarea>
<select name="choice"><option value="">none</option><option value="1" selected>one</option>
<option value="2">two</option></select>
<select name="plain"><option>a &amp; b</option><option>c</option></select>
<details><summary>More</summary><input name="more"></details>
<details><summary>Less</summary><input name="less"></details>
<button>Go</button></form></details></section></details></main>
"""


class Read(HTMLParser):
    """The fields of the last form of a page, as a browser would send them, and which folds are open."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sent: list[tuple[str, str]] = []
        self.folds: list[bool] = []
        self.tags: list[str] = []
        self._name, self._text, self._option = "", "", ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        if tag == "form":
            self.sent = []
        elif tag == "details":
            self.folds.append("open" in told)
        elif tag in ("textarea", "select"):
            self._name, self._text, self._option = told["name"], "", ""
        elif tag == "option":
            self._option = told.get("value", "text") if "selected" in told else ""
            self._text = self._option if self._option not in ("", "text") else self._text
        elif tag == "input" and (told.get("type") not in ("checkbox", "radio") or "checked" in told):
            self.sent.append((told["name"], told.get("value", "")))

    def handle_data(self, data: str) -> None:
        self._text += data if self.tags[-1:] == ["textarea"] or self._option == "text" else ""

    def handle_endtag(self, tag: str) -> None:
        if tag in ("textarea", "select"):
            self.sent.append((self._name, self._text.removeprefix("\n")))
        self.tags.append(f"/{tag}")


def test_the_form_that_was_sent_has_what_was_typed_and_is_open_with_what_was_wrong_in_it() -> None:
    typed = [("of", "2"), ("line", HOSTILE), ("days", "7"), ("secret", "pass"), ("tick", "b"), ("one", "x")]
    typed += [("text", HOSTILE), ("text", ""), ("text", "three"), ("choice", "2"), ("plain", "a & b"), ("more", "yes")]
    page = refilled(PAGE, "/done", Fields(typed))
    read = Read(page)
    sent = [pair for pair in typed if pair[0] != "secret"]
    assert sorted(read.sent) == sorted([*sent, ("csrf", "c"), ("secret", ""), ("file", ""), ("less", "")])
    assert read.folds == [False, True, True, True, False]
    assert "script" not in read.tags
    assert page.count('id="failed"') == 1
    assert page.index('autofocus id="failed"') > page.index('class="stack"')
    assert page.count('value="old"') == 1, "the other form is as it was"


def test_a_page_without_that_form_is_as_it_was() -> None:
    for address, typed in (("/other", [("of", "2")]), ("/done", [("of", "3")]), ("/done", [])):
        assert refilled(PAGE, address, Fields(typed)) == PAGE


WRITTEN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=40)


@given(WRITTEN, WRITTEN)
def test_whatever_is_typed_comes_back_as_it_was(line: str, text: str) -> None:
    read = Read(refilled(PAGE, "/done", Fields([("of", "2"), ("line", line), ("text", text)])))
    assert (dict(read.sent)["line"], next(value for name, value in read.sent if name == "text")) == (line, text)
