"""The pages of triage: what staff do by forms, and what nobody else can."""

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from kept.interface.portal.words import words
from kept.practices.disclosure.service.triage.casebook import Casebook
from simulators.portal import Portal, portal, post

HOSTILE = "<script>alert(1)</script>\"'&"
HOME = "/disclosure/triage"
HARM = {"kind": "crime", "recovery": "lasting", "reach": "many", "ease": "anyone", "safeguards": "all"}
HARM = {f"harm:{name}": answer for name, answer in HARM.items()}
SUPPLIER = {
    "exploitation": "none",
    "utility": "laborious",
    "technical impact": "total",
    "public safety impact": "minimal",
}
SUPPLIER = {f"ssvc:supplier:{name}": answer for name, answer in SUPPLIER.items()}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with pytest.MonkeyPatch.context() as patched, portal(tmp_path_factory.mktemp("portal"), patched) as opened:
        yield opened


@pytest.fixture
def ada(served: Portal) -> TestClient:
    return served.person("ada", "triage")[0]


def begun(served: Portal, number: int) -> str:
    case = f"r-{number:016x}"
    book = Casebook(served.app.service("disclosure")._context)
    at = served.app.service("disclosure")._context.clock()
    served.app.store.write(lambda connection: book.begin(connection, case, at=at, by="reporter"))
    return case


def act(browser: TestClient, case: str, action: str, **fields: str) -> object:
    return post(browser, f"{HOME}/{case}/{action}", fields, page=f"{HOME}/{case}")


def test_a_case_is_seen_through_by_forms_alone(served: Portal, ada: TestClient) -> None:
    case, old = begun(served, 17), begun(served, 16)
    assert case in ada.get(HOME).text
    for action, fields in (
        ("acknowledge", {}),
        ("assess", HARM | SUPPLIER),
        ("assign", {"to": "ben"}),
        ("move", {"to": "reproduced", "reason": "Seen."}),
        ("wait", {"reason": "Which version?"}),
        ("resume", {}),
        ("extend", {"clock": "fix", "days": "9", "reason": "More."}),
        ("embargo", {"until": "2027-01-31", "reason": "Soon."}),
        ("lift", {"reason": "Now."}),
        ("note", {"text": "For us."}),
        ("close", {"reason": "Done."}),
    ):
        answer = act(ada, case, action, **fields)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{HOME}/{case}"), (
            action,
            answer.text[-2000:],
        )
    shown = ada.get(f"{HOME}/{case}").text
    for told in ("closed", "high", "ben", "Which version?", "outcome", "For us."):
        assert told in shown
    assert act(ada, case, "move", to="reopened", reason="Again.").status_code == 303
    assert "has not exactly" not in shown
    assert old in ada.get(f"{HOME}?state=received").text
    assert old not in ada.get(f"{HOME}?state=assessing").text
    assert "No report here." in ada.get(f"{HOME}?overdue=1").text


def test_what_is_wrong_is_said_on_the_page_and_changes_nothing(served: Portal, ada: TestClient) -> None:
    case = begun(served, 33)
    for action, fields, status in (
        ("move", {"to": "fixing", "reason": "x"}, 409),
        ("move", {"to": "assessing", "reason": " "}, 400),
        ("assess", {"cvss": HOSTILE}, 400),
        ("extend", {"clock": "fix", "days": "1e9", "reason": "x"}, 400),
        ("merge", {"into": "r-none", "reason": "x"}, 404),
        ("share", {"text": "x"}, 400),
    ):
        answer = act(ada, case, action, **fields)
        assert answer.status_code == status, action
        assert 'role="alert"' in answer.text
        assert "<script>alert" not in answer.text
    assert ada.get(f"{HOME}/{case}").text.count("<li><strong") == 1
    assert act(ada, case, "launch").status_code == 404
    assert ada.get(f"{HOME}/r-0").status_code == 404
    assert ada.get(f"{HOME}/' OR 1=1").status_code == 404
    assert ada.get(f"{HOME}?state=lost").status_code == 400


def test_what_was_typed_stands_in_the_form_that_was_refused_beside_what_was_wrong(
    served: Portal, ada: TestClient
) -> None:
    case = begun(served, 81)
    page = act(ada, case, "merge", into="r-nothing", reason='It is "the same" <weakness>.').text
    form = page.partition(f'action="{HOME}/{case}/merge"')[2].partition("</form>")[0]
    assert 'value="r-nothing"' in form
    assert "It is &quot;the same&quot; &lt;weakness&gt;.</textarea>" in form
    assert "There is no case" in form
    assert page.count("There is no case") == 1
    assert page.count("<details open>") == 1


@pytest.mark.parametrize("roles", ["", "reward", "publish share admin"])
def test_nobody_without_the_role_sees_or_does_anything(served: Portal, ada: TestClient, roles: str) -> None:
    case = begun(served, 48 + len(roles))
    browser, _ = served.person(f"mallory{len(roles)}", *roles.split())
    assert browser.get(HOME).status_code == 403
    assert browser.get(f"{HOME}/{case}").status_code == 403
    for action in ("acknowledge", "close", "invite", "note", "erase"):
        assert post(browser, f"{HOME}/{case}/{action}", {"reason": "x", "text": "x"}).status_code == 403
    assert served.client.get(f"{HOME}/{case}").headers["location"] == f"/sign-in?next={HOME}/{case}"
    assert ada.get(f"{HOME}/{case}").text.count("<li><strong") == 1


def test_a_form_from_elsewhere_does_nothing(served: Portal, ada: TestClient) -> None:
    case = begun(served, 80)
    for token in ("", "0" * 64):
        assert ada.post(f"{HOME}/{case}/close", data={"csrf": token, "reason": "x"}).status_code == 403
    assert "received" in ada.get(f"{HOME}/{case}").text


def test_hostile_words_are_shown_as_words(served: Portal, ada: TestClient) -> None:
    case = begun(served, 96)
    act(ada, case, "note", text=HOSTILE)
    act(ada, case, "assign", to=HOSTILE)
    made = act(ada, case, "invite", name=HOSTILE, side="upstream", days="5")
    token = re.search(r"<code>(kv-[\w-]+)</code>", made.text)
    assert token
    fields = {"token": token[1], "do": "say", "status": "affected", "statement": HOSTILE}
    vendor = post(served.client, "/disclosure/vendor", fields, page="/disclosure/vendor")
    for page in (ada.get(f"{HOME}/{case}"), ada.get(HOME), ada.get(f"{HOME}?assignee={HOSTILE}"), vendor):
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;alert(1)" in page.text
    assert "inline" not in ada.get(HOME).headers["content-security-policy"]


def test_a_token_opens_one_case_by_a_form_and_stands_in_no_address(served: Portal, ada: TestClient) -> None:
    case = begun(served, 112)
    made = act(ada, case, "invite", name="Hub & Sons", side="downstream", days="5")
    token = re.search(r"<code>(kv-[\w-]+)</code>", made.text)[1]  # type: ignore[index]
    vendor = re.search(r'name="vendor" value="(v-[0-9a-f]{16})"', ada.get(f"{HOME}/{case}").text)[1]  # type: ignore[index]
    assert token not in ada.get(f"{HOME}/{case}").text
    assert act(ada, case, "embargo", until="2027-01-31", reason="Until then.").status_code == 303
    assert act(ada, case, "share", vendor=vendor, text="How it is done.").status_code == 303
    before = post(served.client, "/disclosure/vendor", {"token": token}, page="/disclosure/vendor")
    assert "I agree to keep it" in before.text
    assert "Hub &amp; Sons" in before.text, "escaped, and only once"
    assert '<time datetime="2027-01-31">31 January 2027</time>' in before.text
    assert "How it is done." not in before.text
    after = post(served.client, "/disclosure/vendor", {"token": token, "do": "accept"}, page="/disclosure/vendor")
    assert "How it is done." in after.text
    assert not after.headers.get("set-cookie", "").startswith("kv-")
    for wrong in ("", "kv-nothing", HOSTILE):
        refused = post(served.client, "/disclosure/vendor", {"token": wrong}, page="/disclosure/vendor")
        assert refused.status_code == 403
        assert "opens nothing" in refused.text
        assert "<script>alert" not in refused.text
    spoken = post(served.client, "/disclosure/vendor?lang=sw", {"token": "kv-nothing"}, page="/disclosure/vendor")
    assert words("sw", "kept.practices.disclosure.web.triage")["refusal"]["vendors.token"] in spoken.text
    assert 'lang="en" dir' not in spoken.text
    served.client.cookies.delete("kept-language")
    assert served.client.get(f"/disclosure/vendor?token={token}").text.count("How it is done.") == 0


def test_a_token_is_renewed_and_revoked_for_vendors_of_this_case_alone(served: Portal, ada: TestClient) -> None:
    case, other = begun(served, 128), begun(served, 129)
    found = {}
    for each in (case, other):
        act(ada, each, "invite", name="Hub", side="downstream", days="5")
        found[each] = re.findall(r'value="(v-[0-9a-f]{16})"', ada.get(f"{HOME}/{each}").text)[0]
    assert act(ada, case, "renew", vendor=found[other]).status_code == 400
    assert act(ada, case, "revoke", vendor=found[other], reason="x").status_code == 400
    made = re.search(r"<code>(kv-[\w-]+)</code>", act(ada, case, "renew", vendor=found[case]).text)
    assert made
    assert act(ada, case, "revoke", vendor=found[case], reason="Gone.").status_code == 303
    refused = post(served.client, "/disclosure/vendor", {"token": made[1]}, page="/disclosure/vendor")
    assert refused.status_code == 403


def test_a_reply_takes_an_open_receipt(served: Portal, ada: TestClient) -> None:
    answer = act(ada, begun(served, 144), "reply", text="Thank you.")
    assert answer.status_code == 404
    assert "no open receipt" in answer.text


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("zh", "ltr")])
def test_triage_speaks_the_readers_language(served: Portal, ada: TestClient, language: str, direction: str) -> None:
    case = begun(served, 160 + len(direction) + ord(language[0]))
    act(ada, case, "assess", **HARM)
    told = words(language, "kept.practices.disclosure.web.triage")
    refused = act(ada, case, "move", to="fixing", reason="x")
    shown = ada.get(f"{HOME}/{case}?lang={language}").text
    assert f'lang="{language}" dir="{direction}"' in shown
    for text in (
        told["event"]["assessing"],
        told["harm"]["kind"]["ask"],
        told["clock"]["fix"],
        told["severity"]["high"],
    ):
        assert text in shown
    assert told["cases"]["title"] in ada.get(HOME).text
    assert '<span lang="en" dir="ltr">A case that is assessing' in refused.text, "what a service says is marked"
    ada.get(f"{HOME}?lang=en")


def test_a_fix_names_models_of_the_scope_alone(served: Portal, ada: TestClient) -> None:
    case = begun(served, 192)
    answer = act(ada, case, "fix", model="openai:https://evil.example/v1#x", version="2", how="model")
    assert answer.status_code == 400
    assert "is no model of this case" in answer.text
