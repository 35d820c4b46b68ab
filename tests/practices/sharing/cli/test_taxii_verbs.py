"""Peers, collections and publishing on the command line: one JSON value each, and what is wrong said."""

import json
import os
import sqlite3

import pytest

from simulators.command_line import CommandLine

TIME = "2026-11-22T07:30:00.000Z"


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    folder = tmp_path_factory.mktemp("sharing")
    found = CommandLine(folder, {**os.environ, "KEPT_STATE": str(folder / "state")})
    assert found.run("init", "acme", "--name", "Acme AI").status == 0
    return CommandLine(folder / "acme", found.environment)


def test_a_collection_is_begun_granted_and_published_to(line: CommandLine) -> None:
    sharing = ("sharing",)
    added = line.run(*sharing, "peers", "add", "lab", "--organisation", "Lab").value
    assert (added["name"], added["state"]) == ("lab", "new")
    assert line.run(*sharing, "peers", "key", "lab").value["key"].startswith("kept-peer-")
    place = line.run(*sharing, "collections", "add", "Jailbreaks", "--community", "c").value
    assert place["default_tlp"] == "amber+strict"
    line.run(*sharing, "collections", "grant", "Jailbreaks", "lab", "--read")
    (listed,) = line.run(*sharing, "collections", "list").value
    assert (listed["readers"], listed["writers"]) == (["lab"], [])
    thing = {"type": "tool", "spec_version": "2.1", "id": "tool--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"}
    thing |= {"created": TIME, "modified": TIME, "name": "a script"}
    (line.home / "tool.json").write_text(json.dumps({"type": "bundle", "objects": [thing]}))
    (done,) = line.run(*sharing, "publish", "Jailbreaks", "tool.json", "--tlp", "red", "--to", "lab").value
    assert done == {"id": thing["id"], "version": TIME, "why": ""}


def test_a_file_is_found_wherever_a_peer_is_spoken_to_from(line: CommandLine) -> None:
    (line.home / "client.pem").write_text("for now")
    added = line.run("sharing", "peers", "add", "far", "--organisation", "Far", "--identity", "client.pem")
    assert added.status == 0
    with sqlite3.connect(line.home / "store.db") as store:
        found = store.execute("SELECT identity, authority FROM sharing_peers WHERE name = 'far'").fetchone()
    assert found == (str((line.home / "client.pem").resolve()), "")


def test_what_is_wrong_is_said(line: CommandLine) -> None:
    (line.home / "empty.pub").write_text("")
    (line.home / "none.json").write_text("[]")
    (line.home / "bad.json").write_text('{"type":"tool"}')
    cases = {
        ("peers", "add", "Lab", "--organisation", "Lab"): "invalid",
        ("peers", "add", "x", "--organisation", "X", "--credential", "kept-peer-secret"): "invalid",
        ("peers", "add", "y", "--organisation", "Y", "--key", "empty.pub"): "invalid",
        ("peers", "key", "nobody"): "notfound",
        ("publish", "nowhere", "bad.json"): "notfound",
        ("pull", "nobody"): "notfound",
        ("collections", "add", "t", "--community", "c", "--default-tlp", "purple"): "invalid",
    }
    for arguments, kind in cases.items():
        error = line.run("sharing", *arguments).error
        assert error["error"] == kind, arguments
        assert "secret" not in str(error)
