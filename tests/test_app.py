"""The composition root."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from kept import app as composition
from kept.app import App, practices, static
from kept.core.founding import Founding, found
from kept.core.model import Message, Request, Sampling
from kept.errors import Invalid, NotFound, Unavailable


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    monkeypatch.setenv("KEPT_STATE", str(tmp_path / "state"))
    return App(found(Founding(tmp_path / "acme", "Acme AI"), entropy=lambda count: bytes(range(count))))


def configure(app: App, text: str) -> App:
    path = app.workspace.folder / "kept.toml"
    path.write_text(path.read_text("utf-8") + text, "utf-8")
    return App.open(app.workspace.folder)


def test_every_room_is_built_and_bound(app: App) -> None:
    assert {"red_team", "reporting", "ledger", "provenance", "greeting"} <= set(practices())
    assert app.service("reporting") is app.service("reporting")
    assert set(app.assessors()) == {"disclosure", "provenance", "red_team", "sharing", "weights"}
    app.close()


def test_threads_that_ask_at_once_get_one_service(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    built, late = [], Event()

    def slowly(_: object) -> object:
        built.append(True)
        late.wait(10)
        return object()

    def second() -> object:
        late.set()
        return app.service("reporting")

    monkeypatch.setattr(composition, "load", lambda _: slowly)
    monkeypatch.setattr(app, "_context", lambda _: None)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(app.service, "reporting")
        assert threads.submit(second).result() is first.result()
    assert len(built) == 1


def test_a_room_that_is_not_there_is_named(app: App) -> None:
    with pytest.raises(NotFound, match="red_team"):
        app.service("red-tea")


def test_a_static_verb_needs_no_workspace() -> None:
    assert callable(static("reporting", "verify"))


def test_settings_come_from_the_workspace_and_mistakes_are_named(app: App) -> None:
    configured = configure(app, '[practices.greeting]\nword = "Habari"\n')
    assert configured.service("greeting").greet("Ada", by=configured.actor(None)).text == "Habari, Ada!"
    configured.close()
    with pytest.raises(Invalid, match="no 'wrod'"):
        configure(app, '[practices.reporting]\nwrod = "x"\n').service("reporting")


def test_what_stands_around_a_model_is_part_of_its_identity_and_reaches_it(app: App) -> None:
    table = '[models.desk]\nuri = "organism:rules?seed=1"\nsystem_prompt = "Be brief."\ntemperature = 0.5\n'
    configured = configure(app, table)
    desk, bare = configured.open_model("desk"), configured.open_model("organism:rules?seed=1")
    assert desk.identity.system_prompt.startswith("sha256:")
    assert desk.identity.sampling == Sampling(temperature=0.5)
    assert desk.identity.id != bare.identity.id
    assert configured.open_model("desk", sampling=Sampling(temperature=0.0)).identity.sampling.temperature == 0.0
    request = Request((Message("user", "What is the capital of France?"),))
    assert asyncio.run(desk.answer(request)).text


def test_planted_truth_is_known_by_name_too(app: App) -> None:
    configured = configure(app, '[models.desk]\nuri = "organism:rules?seed=1"\n')
    assert configured.truth("desk") == configured.truth("organism:rules?seed=1")
    assert configured.truth("openai:http://127.0.0.1:1/v1#x") is None


def test_only_a_room_of_use_without_the_store_is_built_without_it(app: App) -> None:
    path = app.workspace.folder / "kept.toml"
    path.write_text(path.read_text("utf-8").replace("sqlite:///store.db", "postgresql://127.0.0.1:1/none"), "utf-8")
    offline = App.open(app.workspace.folder)
    with pytest.raises(Unavailable):
        offline.service("reporting")
    service = offline.service("provenance")
    assert service.keys_new().id == service.keys_list()[0].id
    offline.close()
