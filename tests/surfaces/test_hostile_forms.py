"""Every form of every page, sent with what no field foresees: refused in words or taken, and never a failure.

Nor does any of them make the server ask an address that somebody else chose.
"""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import quote_from_bytes, urlencode, urljoin

import pytest
import requests

from simulators.portal_pages import PAGES, Page, Shown, shown

# As they stand in a form's body: what no text is, what ends texts in C, what turns them around, and too much.
HOSTILE = (
    b"\xff\xfe\xed\xa0\x80",
    b"a\x00b",
    "\u202eturned\u2066 \u200b\u2028".encode(),
    b"../../../etc/passwd\r\nset-cookie: a=b",
    b"9" * 5_000,
    b"1e999",
    b"-1",
    b"' OR '1'='1'; --",
    b"<script>alert(1)</script>{{7*7}}",
    b"x" * 60_000,
    b"",
)


@dataclass
class Form:
    """A form of a page: where it is sent, and the names of its fields with what they hold."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class Forms(HTMLParser):
    """The forms of a page that post."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._open = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = given.get("method", "").lower() == "post"
            if self._open and "multipart" not in given.get("enctype", ""):
                self.found.append(Form(given.get("action", "")))
            else:
                self._open = False
        elif self._open and "name" in given:
            self.found[-1].fields.setdefault(given["name"], given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != "form"


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    with pytest.MonkeyPatch.context() as patch, shown(tmp_path_factory.mktemp("forms"), patch) as found:
        yield found


@pytest.fixture(scope="module")
def lure() -> Iterator[socket.socket]:
    """Where nobody has to ask: whoever connects was made to by a form."""
    with socket.create_server(("127.0.0.1", 0)) as opened:
        opened.settimeout(0.2)
        yield opened


def check(answer: requests.Response, told: str) -> None:
    assert answer.status_code < 500 or answer.status_code == 503, f"{told}: {answer.status_code}"
    assert "a=b" not in answer.headers.get("set-cookie", "")
    assert "<script>alert(1)" not in answer.text


@pytest.mark.parametrize("page", [each for each in PAGES if each.status == 200], ids=str)
def test_whatever_stands_in_its_fields_nothing_fails(portal: Shown, page: Page, lure: socket.socket) -> None:
    address_of_lure = f"http://127.0.0.1:{lure.getsockname()[1]}/"
    with requests.Session() as browser:
        browser.headers["accept"] = "text/html"
        for name, value in portal.cookies.get(page.who, {}).items():
            browser.cookies.set(name, value)
        address = page.address(portal)
        forms = [
            each for each in Forms(browser.get(address).text).found if each.action not in ("/sign-out", "/sign-in")
        ]
        kind = {"content-type": "application/x-www-form-urlencoded"}
        for form in forms:
            target = urljoin(address, form.action)
            hidden = {name: value for name, value in form.fields.items() if name == "csrf"}
            for value in (*HOSTILE, address_of_lure.encode(), f"organism:{address_of_lure}".encode()):
                body = urlencode(hidden) + "".join(
                    f"&{name}={quote_from_bytes(value)}" for name in form.fields if name not in hidden
                )
                check(
                    browser.post(target, data=body, headers=kind, allow_redirects=False),
                    f"{form.action} {value[:20]!r}",
                )
            twice = urlencode(
                [*hidden.items(), *((name, "1") for name in form.fields), ("csrf", hidden.get("csrf", ""))]
            )
            check(
                browser.post(target, data=f"{twice}&{twice}", headers=kind, allow_redirects=False),
                f"{form.action} twice",
            )


def test_nobody_was_made_to_ask_elsewhere(lure: socket.socket) -> None:
    with pytest.raises(TimeoutError):
        lure.accept()


def test_a_query_of_any_bytes_fails_nowhere(portal: Shown) -> None:
    with requests.Session() as browser:
        browser.headers["accept"] = "text/html"
        for page in PAGES:
            if page.who in portal.cookies:
                continue
            for query in ("?%ff=%00", "?lang=%00&lang=%ff", "?state=%ED%A0%80&next=//evil.test", "?" + "a=1&" * 2_000):
                answer = browser.get(page.address(portal).partition("?")[0] + query)
                check(answer, f"{page} {query[:30]}")
