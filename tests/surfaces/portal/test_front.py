"""The first page tells what was promised and how it stands, in the reader's language, and leads to what is there."""

import re
from collections.abc import Iterator
from itertools import count

import pytest

from kept.core.commitments import catalog
from kept.core.commitments.rule import STATES
from kept.errors import Unverified
from kept.interface.portal.words import languages, texts
from kept.surfaces.portal.front import PACKAGE
from simulators.portal import Portal, new_browser, portal

_ASKED = count()


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with pytest.MonkeyPatch.context() as patched, portal(tmp_path_factory.mktemp("front"), patched) as found:
        yield found


def front(opened: Portal) -> str:
    """The first page, by an address of its own, since it is made once for all who ask the same at the same time."""
    return str(opened.client.get(f"/?{next(_ASKED)}").text)


def links(page: str) -> set[str]:
    return {link for link in re.findall(r'href="(/[^"]*)"', page) if not link.startswith("/static/")}


def test_every_promise_and_its_state_is_told_and_nothing_is_claimed_without_evidence(opened: Portal) -> None:
    page = front(opened)
    for commitment in catalog.load():
        assert f'id="{commitment.id}"' in page
    assert set(re.findall(r'data-word="([^"]+)">not tested', page)) == {"not tested"}
    promises = page.partition('class="cards promises"')[2].partition("</ul>\n<details")[0]
    assert "kept</strong>" not in promises
    assert "Missing:" in promises


def test_at_a_glance_each_promise_has_its_state_and_each_state_that_is_shown_says_what_it_means(opened: Portal) -> None:
    page = front(opened)
    glance = page.partition('<ul class="plain overview">')[2].partition("<details>")[0]
    assert re.findall(r'href="#([CG]\d)"', glance) == [commitment.id for commitment in catalog.load()]
    told, meanings = texts(PACKAGE, "en"), glance.partition("</ul>")[2]
    shown = set(re.findall(r'data-word="([^"]+)"', glance.partition("</ul>")[0]))
    assert set(re.findall(r'data-word="([^"]+)"', meanings)) == shown == {"not tested"}
    assert told["meaning"]["not_tested"] in meanings
    assert page.index("overview") < page.index('class="cards doings"') < page.index('class="cards promises"')


def test_a_room_that_only_those_who_guard_the_weights_enter_is_named_to_them(opened: Portal) -> None:
    assert "/weights/" not in links(opened.client.get("/").text)
    admin, _ = opened.person("root-ada", "admin")
    assert "/weights/" in links(admin.get("/").text)


@pytest.mark.parametrize("language", languages(PACKAGE))
def test_it_speaks_every_language_and_remembers_the_choice(opened: Portal, language: str) -> None:
    browser = new_browser(opened.asgi)
    page = browser.get(f"/?lang={language}").text
    told = texts(PACKAGE, language)
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page
    for text in (told["front"]["title"], told["promise"]["G3"]["title"], told["state"]["not_tested"]):
        assert text in page
    assert f'<html lang="{language}"' in browser.get("/", headers={"accept-language": "fr;q=0.1"}).text


def test_words_tell_of_every_promise_and_every_state() -> None:
    told = texts(PACKAGE, "en")
    assert set(told["promise"]) == {commitment.id for commitment in catalog.load()}
    assert {id: text["title"] for id, text in told["promise"].items()} == {
        commitment.id: commitment.title.replace("'", "’") for commitment in catalog.load()
    }
    assert set(told["state"]) == set(told["meaning"]) == {state.replace(" ", "_") for state in STATES}


def test_it_leads_only_to_what_is_there(opened: Portal) -> None:
    page = front(opened)
    assert links(page) >= {"/provenance/", "/ledger/checkpoint", "/sign-in", "/openapi.json"}
    assert "/.well-known/security.txt" not in links(page), "no programme takes reports yet"
    # Until the log is published, its checkpoint can only say so.
    for link in links(page) - {"/ledger/checkpoint"}:
        assert opened.client.get(link).status_code in (200, 401), link


def test_where_models_differ_each_state_is_shown_the_best_first_and_it_is_said_why(
    opened: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [
        {"commitment": id, "name": name, "state": state, "missing": []}
        for id, name, state in (("C1", "a", "not tested"), ("C1", "b", "kept"), ("C2", "a", "partly"))
    ]
    differs = texts(PACKAGE, "en")["front"]["differs"]
    assert differs not in opened.client.get("/").text
    monkeypatch.setattr(opened.app.service("reporting"), "status", lambda: told)
    monkeypatch.setattr(type(opened.app.ledger), "size", lambda self: 10**5)
    monkeypatch.setattr("kept.surfaces.portal.standing.LOOK_SECONDS", 0.0)
    page = front(opened)
    glance, _, after = page.partition('class="plain overview">')[2].partition("</ul>")
    rows = [re.findall(r'data-word="([^"]+)"', row) for row in glance.split("<li>")[1:]]
    assert rows == [["kept", "not tested"], ["partly"]]
    assert differs in after
    assert re.findall(r'data-word="([^"]+)"', after.partition("<details>")[0]) == ["kept", "partly", "not tested"]


def test_statuses_that_can_not_be_told_are_said_to_be_unknown(opened: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise Unverified("Entry 3 was <changed>.")

    monkeypatch.setattr(opened.app.service("reporting"), "status", fails)
    monkeypatch.setattr(type(opened.app.ledger), "size", lambda self: 10**6)
    monkeypatch.setattr("kept.surfaces.portal.standing.LOOK_SECONDS", 0.0)
    page = front(opened)
    assert "Entry 3 was &lt;changed&gt;." in page
    assert texts(PACKAGE, "en")["front"]["failed_text"] in page
    assert "data-word" not in page
