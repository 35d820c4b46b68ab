"""What hostile people try on the portal, one test for each."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from fastapi.routing import iter_route_contexts

from kept.surfaces.portal.signing_in import local
from simulators.portal import COOKIE, Portal, carry, csrf, new_browser, portal, post

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}"
# What a form on a foreign page can send without asking first.
KINDS = [
    {"content-type": "application/x-www-form-urlencoded"},
    {"content-type": "text/plain"},
    {"content-type": "multipart/form-data; boundary=x"},
]
SQL = ("' OR '1'='1", "admin'--", "x'; DROP TABLE accounts_account; --", '" OR ""="', "\\' OR 1=1 --")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with pytest.MonkeyPatch.context() as patch, portal(tmp_path_factory.mktemp("attacked"), patch) as opened:
        yield opened


def routes(served: Portal, *methods: str) -> list[tuple[str, str]]:
    """The method and the path of every route of the portal and of all rooms, with a name for each variable."""
    return [
        (method, re.sub(r"{[^}]*}", "p-0123456789abcdef", route.path))
        for route in iter_route_contexts(served.built.routes)
        if route.path
        for method in sorted(route.methods or ())
        if method in methods
    ]


class Reader(HTMLParser):
    """Gathers what a browser would run, or fetch for somebody else."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.run: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        address = given.get("src") or given.get("href") or given.get("action") or "/"
        bad = tag in ("style", "base", "iframe", "object") or (tag == "script" and "src" not in given)
        bad = bad or any(name.startswith("on") for name in given) or "style" in given
        if bad or not address.startswith(("/", "#", "?", "https://")):
            self.run.append(f"{tag} {attrs}")


def test_what_people_write_is_shown_and_never_run(served: Portal) -> None:
    admin, account = served.person("xss", "admin")
    served.app.accounts.invite("xss-other", display=HOSTILE[:80])
    served.app.accounts.add_key(account, label=HOSTILE[:80])
    served.app.accounts.add_passkey(account, "x-1", public_key=b"", count=0, label=HOSTILE[:80])
    pages = [
        admin.get("/accounts"),
        admin.get("/account"),
        new_browser(served.asgi).get("/sign-in", params={"next": f"/{HOSTILE}", "lang": HOSTILE}),
        post(admin, "/accounts", {"name": HOSTILE, "roles": HOSTILE, "display": HOSTILE}),
        new_browser(served.asgi).get(f"/nowhere/{HOSTILE}"),
        new_browser(served.asgi).get("/", headers={"accept-language": HOSTILE, "referer": HOSTILE}),
    ]
    for shown in pages:
        assert "<script>alert" not in shown.text
        assert "<img src=x" not in shown.text
        assert shown.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
        assert Reader(shown.text).run == []
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in pages[0].text
    assert "{{7*7}}" in pages[3].text


def test_a_foreign_page_cannot_make_a_browser_do_what_its_person_may(served: Portal) -> None:
    staff, _ = served.person("csrf", "admin", "triage", "publish", "reward", "share")
    tried = set()
    for method, path in routes(served, "POST", "PUT", "PATCH", "DELETE"):
        for kind in KINDS:
            foreign = {**kind, "origin": "https://evil.test", "accept": "*/*"}
            mine = staff.request(method, path, headers=foreign, content=b"a=b")
            nobodys = new_browser(served.asgi).request(method, path, headers=foreign, content=b"a=b")
            tried.add(path)
            # Only what anybody may do is done.
            assert mine.status_code >= 400 or nobodys.status_code < 400, (method, path, mine.status_code)
    assert {"/sign-in", "/sign-out", "/accounts", "/account/keys", "/account/password"} <= tried


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_asking_changes_nothing(served: Portal, method: str) -> None:
    staff, account = served.person("asking", "admin")
    for path in ("/sign-out", "/account/keys", "/account/sessions/end", f"/accounts/{account.id}/disable"):
        assert staff.request(method, path).status_code in (404, 405)
    assert staff.get("/account").status_code == 200


@pytest.mark.parametrize(
    "path", ["/sign-in?next=/%0d%0aset-cookie:%20a=b", "/?lang=en%0d%0aset-cookie:%20a=b", "/%0d%0aset-cookie:a=b"]
)
def test_no_header_is_smuggled_into_an_answer(served: Portal, path: str) -> None:
    answer = new_browser(served.asgi).get(path)
    assert "a=b" not in answer.headers.get("set-cookie", "")
    assert "\r" not in "".join(answer.headers.values())
    assert local("/x\r\nset-cookie: a=b") == "/"


@pytest.mark.parametrize(
    "path",
    [
        "/static/0000000000000000/kept.interface.portal/../../../../etc/passwd",
        "/static/0000000000000000/kept.interface.portal/..%2f..%2fpages.py",
        "/static/0000000000000000/kept.interface.portal/%2e%2e%2fvisiting.py",
        "/static/0000000000000000/kept.interface.portal/..%5cvisiting.py",
        "/static/0000000000000000/kept.core.accounts/passwords.py",
        "/static/0000000000000000/os/path.py",
        "/static/0000000000000000/..%2f..%2fetc/passwd",
        "/ledger/tile/..%2f..%2f..%2fkept.toml",
        "/ledger/tile/../../../keys/provider.pem",
        "//etc/passwd",
    ],
)
def test_no_path_leads_out_of_the_static_files(served: Portal, path: str) -> None:
    answer = new_browser(served.asgi).get(path)
    assert answer.status_code in (400, 404)
    assert "root:" not in answer.text
    assert "PRIVATE KEY" not in answer.text


@pytest.mark.parametrize("text", SQL)
def test_nothing_that_is_sent_becomes_part_of_a_query(served: Portal, text: str) -> None:
    before = served.app.accounts.everyone()
    browser = new_browser(served.asgi)
    assert post(browser, "/sign-in", {"name": text, "password": text}, page="/sign-in").status_code in (401, 429)
    carry(browser, f"{text[:16]:<16}.{'A' * 43}")
    assert browser.get("/account").status_code == 303
    admin, _ = served.person("sql", "admin")
    assert post(admin, f"/account/keys/{text}/revoke", {}).status_code in (404, 405)
    assert post(admin, f"/accounts/{text}/disable", {}).status_code in (404, 405)
    browser.headers["authorization"] = f"Bearer kept-{text}"
    assert browser.get("/account").status_code == 303
    assert set(before) <= set(served.app.accounts.everyone())


def test_a_leaked_key_and_a_stolen_cookie_end_when_their_owner_is_disabled(served: Portal) -> None:
    served.person("another-admin", "admin")
    browser, account = served.person("leaky", "admin")
    _, key = served.app.accounts.add_key(account, label="leaked")
    thief = new_browser(served.asgi)
    thief.headers["authorization"] = f"Bearer {key}"
    other = new_browser(served.asgi)
    carry(other, browser.cookies[COOKIE])
    assert (thief.get("/metrics").status_code, other.get("/accounts").status_code) == (200, 200)
    served.app.accounts.disable("leaky")
    assert (thief.get("/metrics").status_code, other.get("/accounts").status_code) == (303, 303)


def test_a_cookie_of_another_host_or_in_the_clear_is_not_taken(served: Portal) -> None:
    browser, _ = served.person("tossed", "admin")
    plain = new_browser(served.asgi)
    plain.cookies.set("kept-session", browser.cookies[COOKIE], domain="portal.test", path="/")
    assert plain.get("/account").status_code == 303
    given = post(plain, "/sign-in", {"name": "x", "password": "y"}, page="/sign-in").headers.get("set-cookie", "")
    assert not given or given.startswith("__Host-")


def test_a_token_of_one_session_is_worth_nothing_in_another(served: Portal) -> None:
    ada, _ = served.person("csrf-ada", "admin")
    eve, _ = served.person("csrf-eve")
    assert ada.post("/accounts", data={"csrf": csrf(eve), "name": "planted"}).status_code == 403


def test_no_page_is_shown_within_anothers(served: Portal) -> None:
    for path in ("/", "/sign-in", "/nowhere", "/openapi.json", "/healthz"):
        assert "frame-ancestors 'none'" in new_browser(served.asgi).get(path).headers["content-security-policy"]


def test_pages_of_people_are_kept_by_no_cache(served: Portal) -> None:
    browser, _ = served.person("cached", "admin")
    for path in ("/", "/account", "/accounts", "/account/password"):
        assert browser.get(path).headers["cache-control"] == "no-store"
