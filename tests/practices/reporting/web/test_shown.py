"""The published report in the portal: byte for byte as it was built, under its own policy, and nothing beside it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kept.interface.portal.words import texts
from kept.practices.reporting.web import PACKAGE, policy
from simulators.portal import Portal, portal

SETTINGS = '[practices.reporting]\npublished = "report"'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with (
        pytest.MonkeyPatch.context() as patched,
        portal(tmp_path_factory.mktemp("site"), patched, models=SETTINGS) as found,
    ):
        yield found


def build(site: Portal) -> Path:
    folder = site.app.workspace.folder / "report"
    site.app.service("reporting").build(folder, by=site.app.actor(None))
    return folder


def test_until_one_is_published_the_page_says_so(site: Portal) -> None:
    answer = site.client.get("/reporting/?lang=de")
    assert (answer.status_code, texts(PACKAGE, "de")["reports"]["none"] in answer.text) == (200, True)
    assert site.client.get("/reporting/report.json").status_code == 404


def test_every_file_is_as_it_was_built_also_once_it_was_built_again(site: Portal) -> None:
    for _ in range(2):
        folder = build(site)
        files = [file for file in folder.rglob("*") if file.is_file()]
        assert len(files) > 5
        for file in files:
            answer = site.client.get(f"/reporting/{file.relative_to(folder)}")
            assert (answer.status_code, answer.content) == (200, file.read_bytes()), file
        assert site.client.get("/reporting/").content == (folder / "index.html").read_bytes()


def test_the_page_runs_under_its_own_policy_and_all_else_under_none(site: Portal) -> None:
    build(site)
    told = site.client.get("/reporting/").headers["content-security-policy"]
    assert told.startswith("default-src 'none'; script-src 'sha256-")
    assert told.endswith("; frame-ancestors 'none'")
    assert "unsafe" not in told
    for name in ("report.json", "manifest.json"):
        assert site.client.get(f"/reporting/{name}").headers["content-security-policy"] == policy(b"")


@pytest.mark.parametrize("name", ["..%2Fkept.toml", "%2e%2e/kept.toml", "outcomes/..%2Freport.json", "x", "kept.toml"])
def test_nothing_beside_the_report_is_shown(site: Portal, name: str) -> None:
    build(site)
    assert site.client.get(f"/reporting/{name}").status_code == 404


@pytest.mark.parametrize("own", ["script-src *", "default-src 'none'; script-src 'unsafe-inline'", "é"])
def test_a_policy_that_allows_more_is_not_followed(own: str) -> None:
    page = f'<meta http-equiv="Content-Security-Policy" content="{own}">'.encode()
    assert policy(page) == "default-src 'none'; frame-ancestors 'none'"
