"""Mail by a server that is really there: TLS to every other machine, no password in the clear, each failure named."""

import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from kept.core.notify import ChannelDown, open_channel, smtp
from kept.core.notify.records import Item, Message
from kept.core.notify.settings import ChannelSettings
from kept.errors import Denied, Invalid, Unavailable
from simulators.certificates import certificate
from simulators.mail_server import Post, post_office

NOW = datetime(2026, 12, 3, 11, 10, tzinfo=UTC)
ITEM = Item("disclosure", "r-0f3a", "acknowledge", NOW - timedelta(hours=2, minutes=10), "https://p.example/r-0f3a")
MESSAGE = Message("0123456789abcdef", "Müller AI", "ada", NOW, (ITEM,))
PASSWORD = "correct horse battery"


def told(post: Post, *, host: str = "127.0.0.1", scheme: str = "smtp", **more: str) -> ChannelSettings:
    return ChannelSettings(f"{scheme}://{host}:{post.port}", sender="kept@acme.example", **more)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, str]:
    folder = tmp_path_factory.mktemp("tls")
    server = certificate(folder, "server")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server)
    return context, str(server)


def test_a_mail_says_which_matter_how_late_and_where_and_nothing_else() -> None:
    with post_office() as post:
        open_channel(told(post), "").send(MESSAGE, to="ada@acme.example")
    ((to, mail),) = post.sent
    assert (to, mail["To"], mail["From"]) == ("ada@acme.example", "ada@acme.example", "kept@acme.example")
    assert mail["Subject"] == "Müller AI: r-0f3a (disclosure), acknowledge 2 hours 10 minutes late"
    assert (mail["Message-ID"], mail["Auto-Submitted"]) == ("<0123456789abcdef@acme.example>", "auto-generated")
    assert parsedate_to_datetime(mail["Date"]) == NOW
    assert mail.get_content().splitlines()[:2] == [
        "r-0f3a (disclosure), acknowledge: due 2026-12-03T09:00:00Z, 2 hours 10 minutes late",
        "https://p.example/r-0f3a",
    ]


def test_a_mail_in_another_language_arrives_as_it_was_written() -> None:
    with post_office() as post:
        open_channel(told(post), "").send(replace(MESSAGE, language="ar"), to="ada@acme.example")
    ((_, mail),) = post.sent
    assert mail["Content-Language"] == "ar"
    assert "تأكيد الاستلام: \u2068r-0f3a\u2069 (بلاغات الثغرات)، متأخّر: ساعتان 10 دقائق" in mail["Subject"]
    assert "أرسله kept" in mail.get_content()


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_it_signs_in_over_tls_alone(scheme: str, tls: tuple[ssl.SSLContext, str]) -> None:
    context, authority = tls
    with post_office(tls=context, implicit=scheme == "smtps", password=PASSWORD) as post:
        settings = told(post, host="localhost", scheme=scheme, authority=authority, user="kept")
        mail = open_channel(settings, PASSWORD)
        mail.send(MESSAGE, to="ada@acme.example")
        assert len(post.sent) == 1
        with pytest.raises(Denied, match="refuses the user or the password") as error:
            open_channel(settings, "wrong").send(MESSAGE, to="ada@acme.example")
        assert error.value.__cause__ is None
        assert error.value.__suppress_context__
        # Whoever is vouched for by nobody whom we know, or under another name, is told nothing.
        others = [replace(settings, url=settings.url.replace("localhost", "127.0.0.1"))]
        others += [replace(settings, authority="")] if scheme == "smtps" else []
        for each in others:
            with pytest.raises(ChannelDown, match="can't prove who it is"):
                open_channel(each, PASSWORD).send(MESSAGE, to="ada@acme.example")
        assert len(post.sent) == 1
    assert PASSWORD not in repr(mail)


def test_where_no_tls_is_offered_neither_mail_nor_password_is_sent(tls: tuple[ssl.SSLContext, str]) -> None:
    with post_office(password=PASSWORD) as post:
        settings = told(post, host="localhost", authority=tls[1], user="kept")
        with pytest.raises(ChannelDown, match="offers no TLS"):
            open_channel(settings, PASSWORD).send(MESSAGE, to="ada@acme.example")
        assert (post.sent, post.signed_in) == ([], [])


def test_what_is_refused_now_and_what_for_ever_are_told_apart() -> None:
    with post_office(refused="bo@acme.example") as post:
        mail = open_channel(told(post), "")
        post.answers = ["452 no room now", "554 never"]
        with pytest.raises(Unavailable, match="now \\(452\\)") as later:
            mail.send(MESSAGE, to="ada@acme.example")
        assert not isinstance(later.value, ChannelDown)
        with pytest.raises(Invalid, match="554"):
            mail.send(MESSAGE, to="ada@acme.example")
        with pytest.raises(Invalid, match="this address \\(550\\)"):
            mail.send(MESSAGE, to="bo@acme.example")
        assert post.sent == []
    for settings in (told(post), told(post, host="a" * 80)):
        with pytest.raises(ChannelDown, match="can't be reached"):
            open_channel(settings, "").send(MESSAGE, to="ada@acme.example")


@pytest.mark.parametrize("first", [b"220-welcome\r\n", b"220 hello\r\n250-SIZE 1\r\n"], ids=["greeting", "answer"])
def test_a_server_whose_answer_never_ends_is_left(first: bytes) -> None:
    """Or whoever stands in its place: until there is TLS, nobody knows who answers."""
    taken = 0

    def talk(listener: socket.socket) -> None:
        nonlocal taken
        connection, _ = listener.accept()
        line = first.splitlines(keepends=True)[-1]
        with connection, suppress(OSError):
            connection.sendall(first)
            while taken < 32 * 1024 * 1024:
                connection.sendall(line * 4096)
                taken += len(line) * 4096

    with socket.create_server(("127.0.0.1", 0)) as listener:
        talking = threading.Thread(target=talk, args=(listener,))
        talking.start()
        channel = ChannelSettings(f"smtp://127.0.0.1:{listener.getsockname()[1]}", sender="kept@acme.example")
        with pytest.raises(ChannelDown):
            open_channel(channel, "").send(MESSAGE, to="ada@acme.example")
        talking.join()
    # What is on its way fills the buffers of both ends.
    assert taken < 32 * 1024 * 1024


def test_another_machine_is_never_spoken_to_in_the_clear() -> None:
    for url in ("smtp://mail.example", "smtps://127.0.0.1"):
        assert smtp.Mail(ChannelSettings(url, sender="k@a.example"), "")._tls is not None
    assert smtp.Mail(ChannelSettings("smtp://localhost", sender="k@a.example"), "")._tls is None


@pytest.mark.parametrize(
    "address", ["", "ada", "ada@", "a b@c.example", "a@b.example\nBcc: c@d.example", "a@-b", "<a@b.c>"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(Invalid, match="is no address"):
        smtp.check_address(address, where="[notify.people] ada")
