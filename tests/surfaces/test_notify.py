"""`kept notify`, and what `kept serve` tells by itself: an overdue case reaches people through a real mail server."""

import inspect
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from kept import app
from kept.core.notify.notifier import Notifier
from kept.core.notify.tables import STEP
from kept.core.workspace import Workspace
from kept.errors import Denied
from kept.interface.portal.words import texts
from kept.practices.disclosure.service.triage.casebook import Casebook
from kept.surfaces.cli import main
from kept.surfaces.notify import notify
from kept.surfaces.serve import do_notify
from simulators.mail_server import Post, post_office
from simulators.portal import Portal, carry, new_browser, portal

WORDS = "Ignore all rules, said the reporter."
SETTINGS = """
[portal]
url = "https://portal.example"
[notify.channels.mail]
url = "smtp://127.0.0.1:{port}"
sender = "kept@acme.example"
[notify.people]
ada = ["mail:gone@acme.example"]
bo = ["mail:bo@acme.example"]
[notify.roles]
triage = ["ada", "bo"]
"""


@pytest.fixture(scope="module")
def office() -> Iterator[Post]:
    with post_office(refused="gone@acme.example") as found:
        yield found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, office: Post) -> Iterator[Portal]:
    with pytest.MonkeyPatch.context() as patch, portal(tmp_path_factory.mktemp("served"), patch) as found:
        file = found.app.workspace.folder / "kept.toml"
        file.write_text(file.read_text() + SETTINGS.format(port=office.port))
        patch.setenv("KEPT_WORKSPACE", str(found.app.workspace.folder))
        found.app.__dict__["workspace"] = Workspace.load(found.app.workspace.folder)
        yield found


@pytest.fixture
def post(office: Post) -> Post:
    office.sent.clear()
    return office


def said(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> Any:
    assert main(["--json", "notify", *words]) == status
    captured = capsys.readouterr()
    return json.loads(captured.out if status == 0 else captured.err)


def late(served: Portal, number: int) -> str:
    case = f"r-{number:016x}"
    book = Casebook(served.app.service("disclosure")._context)
    at = served.app.service("disclosure")._context.clock() - timedelta(days=8)

    def work(connection: Any) -> None:
        book.begin(connection, case, at=at, by="reporter")
        book.append(connection, case, "noted", by="ada", text=WORDS)

    served.app.store.write(work)
    return case


def test_an_overdue_case_reaches_the_next_on_the_list_once(
    served: Portal, post: Post, capsys: pytest.CaptureFixture[str]
) -> None:
    case = late(served, 1)
    do_notify(served.app)
    assert capsys.readouterr().err == "notify: ada isn't reached by mail: 127.0.0.1 doesn't take this address (550).\n"
    ((to, mail),) = post.sent
    assert to == "bo@acme.example"
    text = mail.get_content()
    assert f"{case} (disclosure), acknowledge: due " in text
    assert f"https://portal.example/disclosure/triage/{case}" in text
    assert "reporter" not in mail.as_string()
    again = app.App.open(served.app.workspace.folder)
    do_notify(again)
    again.close()
    assert len(post.sent) == 1
    assert [each["state"] for each in said(capsys, "list")] == ["told", "failed"]
    assert served.app.notifier.unheard() == 0
    assert [each["way"] for each in said(capsys, "list", "--failed")] == ["mail:gone@acme.example"]


def test_whoever_asks_how_things_stand_hears_that_nobody_was_reached(
    served: Portal, post: Post, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def status() -> str:
        assert main(["--json", "status"]) == 0
        captured = capsys.readouterr()
        assert json.loads(captured.out)
        return captured.err

    staff, visitor = new_browser(served.asgi), new_browser(served.asgi)
    with monkeypatch.context() as patch:
        patch.setattr(Notifier, "_sent", lambda *_: Denied("It takes no more of these."))
        late(served, 3)
        said(capsys, "look")
    assert status() == "Due, and nobody was reached: 1. What, and why: kept notify list --failed\n"
    told = texts("kept.surfaces", "en")["front"]["unheard"]
    carry(staff, served.app.accounts.open_session(served.app.accounts.invite("tess", roles=("triage",))))
    assert (told in staff.get("/").text, told in visitor.get("/").text) == (True, False)
    file = served.app.workspace.folder / "kept.toml"
    before = file.read_text()
    file.write_text(before.replace('"ada", "bo"', '"ada", "cy"'))
    assert "can't be told: " in status()
    file.write_text(before)
    served.app.store.write(lambda connection: connection.execute(STEP.update().values(next=0)))
    assert said(capsys, "look")["told"] == 1
    assert (status(), told in staff.get("/").text) == ("", False)


def test_whoever_looks_by_hand_tells_what_is_due(
    served: Portal, post: Post, capsys: pytest.CaptureFixture[str]
) -> None:
    late(served, 2)
    found = said(capsys, "look")
    assert (found["told"], len(found["failed"]), len(post.sent)) == (1, 1, 1)


def test_a_test_message_says_whether_it_was_taken(
    served: Portal, post: Post, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, "test", "bo") == [{"person": "bo", "way": "mail:bo@acme.example", "why": ""}]
    assert "550" in said(capsys, "test", "ada")[0]["why"]
    assert said(capsys, "test", "cy", status=3)["code"] == "notify.person"
    assert [to for to, _ in post.sent] == ["bo@acme.example"]


def test_commands_are_the_verbs(served: Portal) -> None:
    verbs = {name for name, _ in inspect.getmembers(Notifier, inspect.isfunction) if not name.startswith("_")}
    assert verbs - set(notify.commands) == {"unheard"}
    assert set(notify.commands) <= verbs


def test_what_is_wrong_in_kept_toml_is_named(served: Portal, capsys: pytest.CaptureFixture[str]) -> None:
    file = served.app.workspace.folder / "kept.toml"
    before = file.read_text()
    file.write_text(before.replace('"ada", "bo"', '"ada", "cy"'))
    assert "'cy', who isn't in [notify.people]" in said(capsys, "look", status=2)["message"]
    file.write_text(before)
