"""Where to go from a page: what is mounted and open to the visitor, with the place at which the page stands marked."""

import pytest
from fastapi import FastAPI

from kept.core.actor import Actor
from kept.errors import Unavailable
from kept.interface.portal.places import beneath, current, head, mounted
from kept.interface.portal.visiting import Visitor
from kept.interface.portal.words import words

ADA = Visitor(account="p-1", actor=Actor("p-1", "person", frozenset({"triage"})))


def application(*paths: str) -> FastAPI:
    built = FastAPI(openapi_url=None)
    for path in paths:
        built.get(path)(lambda: None)
    return built


def test_only_what_is_mounted_is_shown_in_its_order() -> None:
    built = application("/provenance/", "/disclosure/advisories", "/")
    assert list(head(built, Visitor(), words("en"))) == ["/", "/provenance/", "/disclosure/advisories"]
    assert head(built, Visitor(), words("ar"))["/"] == words("ar")["places"]["front"]
    assert "/provenance/" in mounted(built)


def test_what_takes_a_role_is_shown_to_those_who_have_it() -> None:
    built = application("/disclosure/triage", "/accounts")
    assert head(built, Visitor(), words("en")) == {}
    assert list(head(built, ADA, words("en"))) == ["/disclosure/triage"]


def test_the_foot_leads_to_what_is_mounted() -> None:
    assert list(beneath(application("/red-team/workspace/"), words("en"))) == ["/red-team/workspace/"]


def test_what_refuses_for_now_is_not_shown_until_it_answers() -> None:
    asked: list[bool] = []

    def security_txt() -> None:
        asked.append(True)
        if len(asked) < 2:
            raise Unavailable("No programme takes reports.")

    built = FastAPI(openapi_url=None)
    built.get("/.well-known/security.txt")(security_txt)
    assert beneath(built, words("en")) == {}
    for _ in range(2):
        assert list(beneath(built, words("en"))) == ["/.well-known/security.txt"]
    assert len(asked) == 2, "it isn't asked for every page"


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/", "/"),
        ("/disclosure/", "/disclosure/"),
        ("/disclosure/report/x", "/disclosure/"),
        ("/disclosure/advisories/x", "/disclosure/advisories"),
        ("/account", ""),
    ],
)
def test_a_page_stands_at_the_nearest_place(path: str, place: str) -> None:
    assert current({"/": "", "/disclosure/": "", "/disclosure/advisories": ""}, path) == place
