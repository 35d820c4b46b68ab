"""What [notify] may say, and that what it says wrong is named without repeating a secret."""

from typing import Any

import pytest

from kept.core.notify.records import Way
from kept.core.notify.settings import read
from kept.errors import Invalid, NotFound

MAIL = {"url": "smtps://mail.example", "sender": "kept@acme.example"}
HOOK = {"url": "https://hook.example/in?x=1", "secret": "env:HOOK"}


def table(**more: Any) -> dict[str, Any]:
    return {"channels": {"mail": MAIL, "hook": HOOK}, "people": {"ada": ["hook", "mail:a@b.example"]}, **more}


def test_people_are_read_with_their_ways_in_order() -> None:
    found = read(table(roles={"triage": ["ada"]}), where="kept.toml")
    assert found.people == {"ada": (Way("hook"), Way("mail", "a@b.example"))}
    assert found.roles == {"triage": ("ada",)}
    assert read({}, where="kept.toml").is_empty
    assert found.language_of("ada") == "en"
    spoken = read(table(language="sw", languages={"ada": "ar"}), where="kept.toml")
    assert (spoken.language_of("ada"), spoken.language_of("bo")) == ("ar", "sw")
    with pytest.raises(NotFound):
        found.channel("pigeon")


@pytest.mark.parametrize(
    ("channel", "why"),
    [
        ({"url": "ftp://x.example"}, "no channel has a url"),
        ({"url": "https://x.example:0", "secret": "env:A"}, "no channel has a url"),
        ({"url": "https://u:hunter2@x.example", "secret": "env:A"}, "carries a name or a password"),
        ({"url": "http://hook.example", "secret": "env:A"}, "in the clear"),
        ({"url": "http://[::1", "secret": "env:A"}, "no channel has a url"),
        ({"url": "https://hook.example/a b", "secret": "env:A"}, "names no server"),
        ({"url": "https:///x", "secret": "env:A"}, "names no server"),
        ({"url": "https://hook.example"}, "needs a secret"),
        ({"url": "https://hook.example", "secret": "hunter2"}, "says where it stands"),
        ({"url": "https://hook.example", "secret": "env:A", "user": "x"}, "are of mail"),
        ({"url": "smtps://mail.example"}, "needs a sender"),
        ({"url": "smtps://mail.example/in", "sender": "a@b.example"}, "has no path"),
        ({**MAIL, "user": "kept"}, "a user has a secret"),
        ({**MAIL, "user": "käpt", "secret": "env:A"}, "a user has a secret"),
        ({**MAIL, "sender": "a@b.example\r\nBcc: c@d.example"}, "needs a sender"),
        ({**MAIL, "password": "hunter2"}, "has no 'password'"),
        ({**MAIL, "url": 7}, "holds texts"),
        ("smtps://mail.example", "is a table"),
    ],
)
def test_a_channel_that_cannot_be_is_refused(channel: Any, why: str) -> None:
    with pytest.raises(Invalid, match=why) as error:
        read({"channels": {"mail": channel}}, where="kept.toml")
    assert "kept.toml" in str(error.value)
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"people": {"ada": "mail:a@b.example"}}, "is a list"),
        ({"people": {"ada": []}}, "is a list"),
        ({"people": {"ada": ["pigeon:x"]}}, "which isn't there"),
        ({"people": {"ada": ["mail:nobody"]}}, "is no address"),
        ({"people": {"ada": ["hook", "hook"]}}, "each once"),
        ({"people": {"a\nb": ["hook"]}}, "on one line"),
        ({"roles": {"triage": ["bo"]}}, "isn't in"),
        ({"pauses": 3}, "has no 'pauses'"),
        ({"language": "xx"}, "language is no language"),
        ({"languages": {"ada": ["de"]}}, "ada is no language"),
        ({"languages": {"bo": "de"}}, "who isn't in"),
        ({"languages": "de"}, "is a table"),
    ],
)
def test_people_and_roles_that_cannot_be_are_refused(more: dict[str, Any], why: str) -> None:
    with pytest.raises(Invalid, match=why):
        read(table(**more), where="kept.toml")
