"""What waits, a peer, a notice and an object are told on the command line as the verbs tell them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from kept.core.actor import Actor
from kept.practices.sharing import cli
from kept.practices.sharing.cli import commands
from simulators.partners import Partners, notice, partners, pattern


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Partners]:
    with (
        pytest.MonkeyPatch.context() as patched,
        partners(tmp_path_factory.mktemp("partners"), patched) as found,
    ):
        found.publish(pattern(), notice())
        found.pull()
        yield found


def test_what_the_verbs_show_is_told_in_words_and_as_json(two: Partners, monkeypatch: pytest.MonkeyPatch) -> None:
    by = Actor("provider", "organisation", frozenset({"provider"}))
    for each in ("overseeing", "peers", "notices", "objects"):
        monkeypatch.setattr(getattr(cli, each), "current_actor", lambda: by)

    def run(*words: str) -> str:
        done = CliRunner().invoke(commands(lambda: two.lab.service), [*words], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    def told(*words: str) -> Any:
        return json.loads(run(*words, "--json"))

    waiting = told("waiting")
    number = waiting["notices"][0]["id"]
    assert (waiting["arrived"], f"notice {number}" in run("waiting")) == (1, True)
    assert "hub of Hub is active" in run("peers", "show", "hub")
    assert told("peers", "show", "hub")["pulls"][0]["title"] == "shared"
    assert "It finds flaws" in run("notices", "show", str(number))
    found = told("object", "find", "--whose", "received", "--kind", "indicator")
    assert [each["name"] for each in found] == ["A way round"]
    assert "A way round" in run("object", "find", "--whose", "received")
    assert "There is no such object." in run("object", "find")
    assert "TLP:AMBER+STRICT" in run("object", "trace", found[0]["id"])
    assert told("object", "trace", found[0]["id"])["versions"][0]["owner"] == "hub"
