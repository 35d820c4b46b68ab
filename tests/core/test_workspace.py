"""kept.toml and the folder it stands in."""

from pathlib import Path

import pytest

from kept.core.model import Sampling
from kept.core.workspace import Deployment, Workspace, find
from kept.errors import Conflict, Invalid, NotFound


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "acme", name='Acme "AI" — أكمي', origin="acme/kept")


def test_a_new_workspace_says_what_it_was_told(workspace: Workspace) -> None:
    assert workspace == Workspace.load(workspace.folder)
    assert workspace.name == 'Acme "AI" — أكمي'
    assert workspace.store_url == f"sqlite:///{workspace.folder}/store.db"


def test_it_is_found_from_inside_and_from_right_above(workspace: Workspace) -> None:
    (workspace.folder / "deep").mkdir()
    assert find(workspace.folder / "deep") == workspace.folder
    assert find(workspace.folder.parent) == workspace.folder


def test_two_below_are_not_guessed_between(workspace: Workspace) -> None:
    Workspace.create(workspace.folder.parent / "other", name="Other", origin="other/kept")
    with pytest.raises(NotFound, match="There are 2 below"):
        find(workspace.folder.parent)


def test_none_anywhere_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="kept init"):
        find(tmp_path)


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(Conflict):
        Workspace.create(tmp_path, name="Acme", origin="acme/kept")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("name", ["", "  ", "two\nlines"])
def test_a_name_is_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(Invalid):
        Workspace.create(tmp_path / "acme", name=name, origin="acme/kept")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[workspace]", "[workspace", "not valid TOML"),
        ("version = 1", "version = 2", "version 2"),
        ("[store]", "[stor]", "unknown table"),
        ("[models]", "[models]\na = 1", "needs a uri"),
        ("[models]", '[models.a]\nuri = "openai:x"\ntemprature = 1\n[models]', "no 'temprature'"),
        ("[models]", '[models.a]\nuri = "openai:x"\ntemperature = "hot"\n[models]', "wrong kind"),
        ("[models]", '[models.a]\nuri = "openai:x"\ntools = [{nom = "x"}]\n[models]', "a tool of"),
        ('origin = "acme/kept"', "", "needs origin"),
    ],
)
def test_a_mistake_is_named_with_its_place(workspace: Workspace, old: str, new: str, message: str) -> None:
    path = workspace.folder / "kept.toml"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(Invalid, match=message):
        Workspace.load(workspace.folder)


def test_what_stands_around_a_model_is_read_with_it(workspace: Workspace) -> None:
    path = workspace.folder / "kept.toml"
    table = '[models.desk]\nuri = "organism:rules"\nsystem_prompt = "Be brief."\ntemperature = 0.5\n'
    path.write_text(path.read_text("utf-8") + table, "utf-8")
    loaded = Workspace.load(workspace.folder)
    assert loaded.models == {"desk": "organism:rules"}
    assert loaded.deployments["desk"] == Deployment("Be brief.", (), Sampling(temperature=0.5))


def test_a_huge_file_is_not_read(workspace: Workspace) -> None:
    (workspace.folder / "kept.toml").write_bytes(b"#" * 300_000)
    with pytest.raises(Invalid, match="at most"):
        Workspace.load(workspace.folder)


def test_the_state_stands_outside(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KEPT_STATE", str(tmp_path / "elsewhere"))
    assert workspace.folder not in workspace.state.parents
    assert workspace.state == tmp_path / "elsewhere" / "acme_kept"
