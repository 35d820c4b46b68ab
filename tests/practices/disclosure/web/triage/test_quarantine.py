"""The page of quarantine: two people open by forms, and what comes out is saved and never shown."""

import re
from collections.abc import Iterator

import pytest

from kept.practices.disclosure.service.tables.intake import SEALED
from kept.practices.disclosure.service.triage.casebook import Casebook
from simulators.portal import Portal, portal, post

HOME = "/disclosure/quarantine"
CASE = f"r-{5:016x}"
CONTENT = b"<script>alert(1)</script>"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with pytest.MonkeyPatch.context() as patched, portal(tmp_path_factory.mktemp("portal"), patched) as opened:
        context = opened.app.service("disclosure")._context
        book = Casebook(context)

        def came(connection: object) -> None:
            book.begin(connection, CASE, at=context.clock(), by="reporter")
            connection.execute(SEALED.insert().values(report=CASE, content=CONTENT))

        opened.app.store.write(came)
        yield opened


def test_two_people_open_by_forms_and_save_what_lies_there(served: Portal) -> None:
    ada, _ = served.person("ada", "triage")
    ben, _ = served.person("ben", "triage")
    eve, _ = served.person("eve", "triage")
    mallory, _ = served.person("mallory", "reward", "admin")
    assert mallory.get(HOME).status_code == 403
    assert post(mallory, f"{HOME}/move", {"case": CASE, "what": "report", "reason": "x"}).status_code == 403
    assert served.client.get(HOME).headers["location"] == f"/sign-in?next={HOME}"

    moved = post(ada, f"{HOME}/move", {"case": CASE, "what": "report", "reason": "A recipe."}, page=HOME)
    assert (moved.status_code, moved.headers["location"]) == (303, HOME)
    assert CASE not in ada.get("/disclosure/triage").text
    shown = ada.get(HOME).text
    item = re.search(r"q-[0-9a-f]{16}", shown)
    assert item
    assert "alert" not in shown
    assert "A recipe." not in shown

    assert post(ada, f"{HOME}/ask", {"item": item[0], "reason": "To report it."}, page=HOME).status_code == 303
    opening = re.search(r"o-[0-9a-f]{16}", ada.get(HOME).text)
    assert opening
    chosen = {"opening": opening[0], "part": "sealed"}
    assert "/quarantine/agree" not in ada.get(HOME).text
    assert post(ada, f"{HOME}/agree", {"opening": opening[0]}, page=HOME).status_code == 403
    assert post(ada, f"{HOME}/open", chosen, page=HOME).status_code == 403
    assert "/quarantine/agree" in ben.get(HOME).text
    assert post(ben, f"{HOME}/agree", {"opening": opening[0]}, page=HOME).status_code == 303
    for browser in (ada, ben):
        saved = post(browser, f"{HOME}/open", chosen, page=HOME)
        assert saved.content == CONTENT
        assert saved.headers["content-disposition"] == 'attachment; filename="sealed.bin"'
        assert saved.headers["content-type"] == "application/octet-stream"
        assert saved.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in saved.headers["content-security-policy"]
    for browser, status in ((eve, 403), (mallory, 403)):
        assert post(browser, f"{HOME}/open", chosen).status_code == status
    wrong = post(ada, f"{HOME}/open", {"opening": opening[0], "part": '"; x=<script>'}, page=HOME)
    assert wrong.status_code == 404
    assert "<script>" not in wrong.text

    told = {"item": item[0], "to": "The authority", "basis": "Act 12", "days": "400", "reason": "x"}
    assert post(ada, f"{HOME}/escalate", told, page=HOME).status_code == 303
    held = post(ada, f"{HOME}/erase", {"item": item[0], "reason": "x"}, page=HOME)
    assert held.status_code == 403
    assert 'role="alert"' in held.text
    back = {"opening": opening[0], "reason": "It was soup."}
    assert post(ben, f"{HOME}/give-back", back, page=HOME).status_code == 303
    assert "Nothing lies here." in ada.get(HOME).text
    assert post(ada, f"{HOME}/launch", {}, page=HOME).status_code == 404
