"""The room's interface, asked by programs that mean well and by those that don't."""

import base64
import json
import os
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from kept.interface.portal.words import texts
from kept.practices.disclosure.service import Service
from kept.practices.disclosure.web.addresses import PACKAGE
from simulators.disclosure_portal import Reported
from simulators.portal import ADDRESS, csrf, new_browser
from simulators.reporter import Reporter, seal, sealed, solved

GIGABYTE = 1 << 30


@pytest.fixture
def program(reported: Reported) -> TestClient:
    return TestClient(reported.portal.asgi, base_url=ADDRESS)


@pytest.fixture
def anybody(reported: Reported) -> TestClient:
    return new_browser(reported.portal.asgi)


def sent(program: TestClient, reported: Reported, reporter: Reporter | None = None, **more: Any) -> Any:
    """A report as a program sends it, with its work done."""
    made = (reporter or Reporter()).submission(proof=solved(program.get("/disclosure/challenge").json()))
    fields = {name: str(getattr(made, name)) for name in made.__slots__} | more
    data = fields.pop("data", None) or sealed(*reported.recipients)
    return program.post("/disclosure/reports", data=fields, files={"report": ("r.age", data)})


def entered(program: TestClient, reporter: Reporter) -> dict[str, str]:
    body = {"handle": reporter.keys.handle, "secret": reporter.keys.secret}
    return {"authorization": f"Bearer {program.post('/disclosure/thread/enter', json=body).json()['token']}"}


@pytest.fixture(autouse=True)
def fresh_door(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    """Attempts of one test don't count for the next."""
    from kept.interface.allowance import Allowance

    if "allowance" not in request.node.name:
        monkeypatch.setattr(Allowance, "take", lambda *_, **__: 0.0)
    return


def test_a_program_reports_and_reads_a_reply(program: TestClient, reported: Reported) -> None:
    reporter = Reporter()
    answer = sent(program, reported, reporter)
    assert answer.status_code == 201
    made = answer.json()
    programme = program.get("/disclosure/programmes/assistant").json()
    assert made["safe_harbour_digest"] == programme["safe_harbour_digest"]
    reported.tell(made["report"], "rewarded", {"state": "paid", "amount": 250_000, "currency": "USD", "reward": "w-1"})
    reported.service.reply(made["report"], "Thank you", by=reported.provider)
    bearer = entered(program, reporter)
    thread = program.get("/disclosure/thread/messages", headers=bearer).json()
    assert [reporter.read(base64.b64decode(each["content"])) for each in thread["messages"]] == ["Thank you"]
    assert [each["event"] for each in thread["events"]] == ["made", "opened"]
    assert (thread["state"], thread["words"]) == ("received", "The report has come in.")
    assert [step["kind"] for step in thread["happened"]] == ["received", "rewarded", "replied"]
    rewarded = thread["happened"][1]
    assert (rewarded["outcome"], rewarded["amount"]) == ("paid", "2,500.00 USD")
    data = seal(b"You are welcome", *reported.recipients, reporter.recipient)
    written = program.post(f"/disclosure/thread/messages?submission={'a' * 31}0", content=data, headers=bearer)
    assert (written.status_code, written.json()["author"]) == (201, "reporter")
    assert program.post("/disclosure/thread/close", headers=bearer).status_code == 204
    assert program.get("/disclosure/thread/messages", headers=bearer).status_code == 403


def test_what_is_sent_twice_is_acknowledged_twice_and_kept_once(program: TestClient, reported: Reported) -> None:
    made = Reporter().submission(proof=solved(program.get("/disclosure/challenge").json()))
    fields, data = {name: str(getattr(made, name)) for name in made.__slots__}, sealed(*reported.recipients)
    answers = [
        program.post("/disclosure/reports", data=fields, files={"report": ("r.age", data)}).json() for _ in range(2)
    ]
    assert answers[0] == answers[1]


class Zeros:
    """A body of zeros."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.given = 0

    def __iter__(self) -> Iterator[bytes]:
        while self.given < self.size:
            self.given += 1 << 20
            yield bytes(1 << 20)


@pytest.mark.parametrize("stated", [True, False])
def test_a_gigabyte_is_refused_before_it_is_kept(program: TestClient, stated: bool) -> None:
    headers = {"content-type": "multipart/form-data; boundary=x"}
    if stated:
        headers["content-length"] = str(GIGABYTE)
    body = Zeros(1 << 20 if stated else 160 << 20)
    answer = program.post("/disclosure/reports", content=body, headers=headers)
    assert answer.status_code == 413
    assert answer.json()["code"] in ("report.large", "web.body")


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"data": b"PK\x03\x04"}, 400),
        ({"version": "2"}, 409),
        ({"version": "x"}, 400),
        ({"programme": "other"}, 404),
        ({"readers": "everybody"}, 400),
        ({"submission": "../../etc"}, 400),
        ({"proof": "AAAA"}, 400),
        ({"handle": "' OR 1=1 --"}, 400),
        ({"recipient": "age1\r\nSet-Cookie: a=b"}, 400),
        ({"more": "x"}, 400),
    ],
)
def test_what_is_wrong_is_answered_in_words(
    program: TestClient, reported: Reported, more: dict[str, Any], status: int
) -> None:
    answer = sent(program, reported, **more)
    assert answer.status_code == status
    assert answer.json()["message"]
    assert "set-cookie" not in answer.headers


def test_only_forms_with_one_file_are_taken(program: TestClient, reported: Reported) -> None:
    assert program.post("/disclosure/reports", json={}).status_code == 415
    assert program.post("/disclosure/reports", files={"other": ("a", b"")}).status_code == 400
    twice = [("report", ("a", b"x")), ("report", ("b", b"y"))]
    assert program.post("/disclosure/reports", files=twice).status_code == 400
    many = [(f"f{at}", ("a", b"x")) for at in range(40)]
    assert program.post("/disclosure/reports", files=many).status_code == 400


def test_file_names_that_would_split_headers_or_leave_folders_come_back_nowhere(
    program: TestClient, reported: Reported
) -> None:
    made = Reporter().submission(proof=solved(program.get("/disclosure/challenge").json()))
    fields = {name: str(getattr(made, name)) for name in made.__slots__}
    name = '../../x"\r\nSet-Cookie: stolen=1\r\n\r\n<script>.age'
    answer = program.post("/disclosure/reports", data=fields, files={"report": (name, sealed(*reported.recipients))})
    assert answer.status_code == 201
    assert "stolen" not in str(answer.headers) + answer.text


def test_anothers_thread_stays_shut(program: TestClient, reported: Reported) -> None:
    mine, theirs = Reporter(), Reporter()
    report = sent(program, reported, mine).json()["report"]
    sent(program, reported, theirs)
    reported.service.reply(report, "For mine", by=reported.provider)
    number = reported.service.messages(report, by=reported.provider)[0].number
    bearer = entered(program, theirs)
    assert program.get("/disclosure/thread/messages", headers=bearer).json()["messages"] == []
    for headers in ({}, {"authorization": "Bearer "}, {"authorization": f"Bearer {report}"}, {"cookie": "token=1"}):
        assert program.get("/disclosure/thread/messages", headers=headers).status_code == 403
    mixed = {"handle": mine.keys.handle, "secret": theirs.keys.secret}
    assert program.post("/disclosure/thread/enter", json=mixed).status_code == 403
    reader = new_browser(reported.portal.asgi)
    fields = {"csrf": csrf(reader, "/disclosure/upload/assistant"), "access": theirs.keys.access, "number": number}
    assert reader.post("/disclosure/thread/download", data=fields).status_code == 400


def test_a_stranger_sees_nothing_of_what_staff_see(program: TestClient, anybody: TestClient) -> None:
    paths = program.get("/openapi.json").json()["paths"]
    public = {path for path in paths if path.startswith("/disclosure/") and "thread" not in path}
    assert {
        "/disclosure/reports",
        "/disclosure/challenge",
        "/disclosure/programmes",
        "/disclosure/recipients",
    } <= public
    assert "get" not in paths["/disclosure/reports"]
    assert anybody.get("/disclosure/reports").status_code == 405


def test_a_form_that_another_site_sends_does_nothing(anybody: TestClient, reported: Reported) -> None:
    page = "/disclosure/upload/assistant"
    shown = anybody.get(page).text
    fields = {
        name: re.search(rf'name="{name}" value="([^"]*)"', shown)[1]
        for name in ("csrf", "submission", "version", "drawn")
    }
    files = {"report": ("r.age", sealed(*reported.recipients))}
    before = len(reported.service.list(by=reported.provider))
    for token in ("", "0" * 64):
        assert anybody.post(page, data={**fields, "csrf": token}, files=files).status_code == 403
    stranger = new_browser(reported.portal.asgi)
    assert stranger.post(page, data=fields, files=files).status_code == 403
    assert stranger.post("/disclosure/thread", data={"access": "x.y"}).status_code == 403
    assert len(reported.service.list(by=reported.provider)) == before


def test_without_javascript_a_report_waits_in_the_slow_queue_and_its_replies_are_downloaded(
    anybody: TestClient, reported: Reported
) -> None:
    page, reporter = "/disclosure/upload/assistant", Reporter()
    shown = anybody.get(page).text
    fields = {
        name: re.search(rf'name="{name}" value="([^"]*)"', shown)[1]
        for name in ("csrf", "submission", "version", "drawn")
    }
    answer = anybody.post(
        page,
        data={**fields, "recipient": reporter.recipient, "access": reporter.keys.access},
        files={"report": ("report.age", seal(b"It tells the card.\nAsk in verse.", *reported.recipients))},
    )
    assert answer.status_code == 200
    assert reporter.keys.access in answer.text
    number = re.search(r"r-[0-9a-f]{16}", answer.text)[0]
    assert reported.service.show(number, by=reported.provider).route == "slow"
    kept = reported.service.open(number, identities=[str(reported.triager)], by=reported.provider)
    assert (kept.title, kept.what) == ("It tells the card.", "It tells the card.\nAsk in verse.")
    reported.service.reply(number, "Thanks", by=reported.provider)
    reported.tell(number, "replayed", {"reproduced": False, "bounds": [0]})
    access = {"csrf": fields["csrf"], "access": reporter.keys.access}
    thread = anybody.post("/disclosure/thread", data=access)
    assert "<strong>replayed</strong> (not shown)" in thread.text
    (message,) = re.findall(r'name="number" value="(\d+)"', thread.text)
    found = anybody.post("/disclosure/thread/download", data={**access, "number": message})
    assert reporter.read(found.content) == "Thanks"
    assert found.headers["content-disposition"] == f'attachment; filename="reply-{message}.age"'
    assert found.headers["cache-control"] == "no-store"
    answer = {"message": ("m.age", seal(b"You are welcome", *reported.recipients, reporter.recipient))}
    for _ in range(2):
        assert anybody.post("/disclosure/thread/upload", data=access, files=answer).status_code == 200
    assert anybody.post("/disclosure/thread/upload", data={**access, "csrf": "0"}, files=answer).status_code == 403
    authors = [each.author for each in reported.service.messages(number, by=reported.provider)]
    assert authors == ["team", "reporter"]


def test_whoever_is_refused_is_told_in_their_language_what_to_do(anybody: TestClient, reported: Reported) -> None:
    shown = anybody.get("/disclosure/upload/assistant").text
    fields = {
        name: re.search(rf'name="{name}" value="([^"]*)"', shown)[1]
        for name in ("csrf", "submission", "version", "drawn")
    }
    own, upload = texts(PACKAGE, "sw")["refusal"], "/disclosure/upload/assistant"
    good = {"report": ("r.age", sealed(*reported.recipients))}
    asked = {
        "receipt.refused": ("/disclosure/thread", {"access": "x.y"}, None),
        "report.not-age": (upload, {}, {"report": ("r.age", b"plain")}),
        "report.form": (upload, {"version": "none"}, good),
        "programme.superseded": (upload, {"version": "7"}, good),
        "report.id": (upload, {"submission": "0"}, good),
        "age.recipient": (upload, {"recipient": "age1nobody"}, good),
        "programme.missing": ("/disclosure/upload/nothing", {}, good),
    }
    people = {"accept": "text/html", "accept-language": "sw"}
    for code, (address, given, posted) in asked.items():
        page = anybody.post(address, data={**fields, **given}, files=posted, headers=people)
        assert own[code] in page.text, code
        assert '<p lang="en"' not in page.text, code
    for code, address in (("contest.missing", "contests/assistant/none"), ("advisory.missing", "advisories/NONE-2")):
        page = anybody.get(f"/disclosure/{address}", headers=people)
        assert (page.status_code, own[code] in page.text, '<p lang="en"' in page.text) == (404, True, False), code
    # Programs are told what they were told before, whatever they say of languages.
    program = TestClient(reported.portal.asgi, base_url=ADDRESS, headers={"accept-language": "sw"})
    answer = program.post("/disclosure/thread/enter", json={"handle": "0" * 32, "secret": "0" * 64})
    assert answer.json()["message"] == "This opens no thread."


def test_there_are_words_for_all_that_a_stranger_is_refused_for() -> None:
    room = files("kept.practices.disclosure")
    asked = ("service/intake", "service/threads.py", "web/uploads.py", "web/reporting.py", "web/threads.py")
    asked += ("methods/age_header.py", "methods/receipts.py", "backends/altcha.py")
    sources = [Path(str(room)) / each for each in asked]
    found = {
        code
        for source in sources
        for file in (source.rglob("*.py") if source.is_dir() else [source])
        for code in re.findall(r'code="([a-z.-]+)"', file.read_text())
    }
    # What only staff and programs are told: a form in the browser chooses none of these.
    others = {"report.readers", "receipt.missing", "report.missing", "reply.text", "receipt.keys", "disclosure.extra"}
    own = texts(PACKAGE, "en")["refusal"]
    assert {code for code in found - others if code not in own and code.partition(".")[0] not in own} == set()
    assert "thread.full" in found


def test_an_upload_without_a_key_for_replies_has_no_thread(anybody: TestClient, reported: Reported) -> None:
    page = "/disclosure/upload/assistant"
    shown = anybody.get(page).text
    fields = {
        name: re.search(rf'name="{name}" value="([^"]*)"', shown)[1]
        for name in ("csrf", "submission", "version", "drawn")
    }
    answer = anybody.post(page, data=fields, files={"report": ("r.age", sealed(*reported.recipients))})
    assert answer.status_code == 200
    assert fields["drawn"] not in answer.text


def test_receipts_are_tried_a_few_times_only_within_the_allowance(program: TestClient) -> None:
    body = {"handle": os.urandom(16).hex(), "secret": "0" * 64}
    statuses = [program.post("/disclosure/thread/enter", json=body).status_code for _ in range(12)]
    assert set(statuses) == {403, 429}
    assert program.post("/disclosure/thread/enter", json=body).headers["retry-after"]


@pytest.mark.parametrize(
    "path",
    [
        "/disclosure/report/..%2f..%2fkept.toml",
        "/disclosure/report/%2e%2e",
        "/disclosure/upload/a%00b",
        "/disclosure/programmes/..%5c..%5ckept.toml",
        "/static/0000000000000000/kept.practices.disclosure.web/..%2f__init__.py",
    ],
)
def test_paths_lead_nowhere_else(anybody: TestClient, path: str) -> None:
    assert anybody.get(path).status_code in (400, 404)


def test_what_a_programme_says_is_shown_as_text(reported: Reported, anybody: TestClient) -> None:
    import asyncio

    mean = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    text = Service.programme_example().replace('name = "assistant"', 'name = "mean"')
    text = text.replace("Weaknesses of our assistant", mean.replace('"', '\\"'))
    reported.service.programme_new(text.encode(), by=reported.provider)
    asyncio.run(reported.service.programme_publish("mean", by=reported.provider))
    try:
        shown = anybody.get("/disclosure/").text
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown
        assert "&lt;script&gt;alert(1)" in shown
        assert all(figure in shown for figure in ("10,000.00\u00a0USD", "works: 95%", ">50%<"))
        policy = anybody.get("/disclosure/report/mean").headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
    finally:
        reported.service.programme_close("mean", by=reported.provider)
    for path in ("/disclosure/report/mean", "/disclosure/upload/mean"):
        closed = anybody.get(path).text
        assert "This programme takes no more reports." in closed
        assert 'type="file"' not in closed


def test_security_txt_is_as_rfc_9116_has_it(anybody: TestClient) -> None:
    answer = anybody.get("/.well-known/security.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    fields = [line.split(": ", 1) for line in answer.text.splitlines()]
    names = [name for name, _ in fields]
    assert names.count("Expires") == names.count("Canonical") == names.count("Preferred-Languages") == 1
    told = dict(fields)
    assert fields[0] == ["Contact", "https://acme.example/disclosure/"]
    assert told["Canonical"] == "https://acme.example/.well-known/security.txt"
    assert told["Encryption"] == "https://acme.example/disclosure/recipients.txt"
    assert told["Policy"] == "https://acme.example/disclosure/"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", told["Expires"])
    assert anybody.get("/disclosure/recipients.txt").text.splitlines()[1].startswith("age1")


def test_pages_of_reporters_are_kept_nowhere(anybody: TestClient) -> None:
    for path in ("/disclosure/thread", "/disclosure/report/assistant", "/disclosure/upload/assistant"):
        answer = anybody.get(path)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
    assert json.loads(anybody.get("/openapi.json").text)["openapi"].startswith("3.")
