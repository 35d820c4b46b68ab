"""`kept ledger …` as it is typed: results, JSON, exit statuses."""

import json

import pytest

from kept.surfaces.cli import main


@pytest.fixture
def kept(organisation, capsys):
    """Runs one command line in acme's workspace; gives its exit status, stdout and stderr."""
    acme = organisation("acme")
    acme.record(3)
    acme.close()

    def run(*arguments):
        status = main(["--workspace", str(acme.folder), "ledger", *map(str, arguments)])
        said = capsys.readouterr()
        return status, said.out, said.err

    run.folder = acme.folder
    return run


def test_from_a_checkpoint_to_a_verified_export(kept, tmp_path):
    status, out, _ = kept("checkpoint")
    assert status == 0
    assert out.split("\n")[1] == "3"
    assert kept("prove", 2)[1].startswith("c2sp.org/tlog-proof@v1\nextra ")
    assert kept("erase", 1, "--reason", "asked", "--json")[1].split() == [
        "{",
        '"erased":',
        "1,",
        '"recorded":',
        "3",
        "}",
    ]
    assert kept("export", tmp_path / "early")[0] == 5
    assert kept("checkpoint")[0] == 0
    assert kept("export", tmp_path / "out")[0] == 0
    assert kept("trust", "--out", tmp_path / "trust.json")[0] == 0
    status, out, _ = kept("verify", tmp_path / "out", "--trust", tmp_path / "trust.json", "--json")
    found = json.loads(out)
    assert (status, found["state"], found["statements"], found["erased"]) == (0, "authenticated", 3, 1)
    assert "consistent, not authenticated" in kept("verify", tmp_path / "out")[1]
    assert kept("verify")[1] == kept("check")[1] == "Whole: recorded 4, published 4, bodies erased 1.\n"


def test_a_verification_that_fails_exits_6_and_says_where(kept, tmp_path):
    kept("checkpoint")
    kept("export", tmp_path / "out")
    tile = tmp_path / "out/tile/0/000.p/3"
    tile.write_bytes(tile.read_bytes()[:-1])
    status, _, err = kept("verify", tmp_path / "out")
    assert status == 6
    assert "tile/0/000.p/3" in err
    assert kept("verify", tmp_path / "out", "--trust", tmp_path / "none.json")[0] == 3


def test_what_cannot_be_done_has_the_status_of_its_kind(kept):
    assert kept("prove", 0)[0] == 3
    assert kept("witness", "ask")[0] == 3
    assert kept("witness", "add", "http://127.0.0.1:1", "nonsense")[0] == 2
    assert kept("key", "revoke", "none")[0] == 3
    assert kept("erase", 77, "--reason", "asked")[0] == 3


def test_a_reader_is_told_what_is_new_once(kept):
    lines = json.loads(kept("follow", "me", "--json")[1])
    assert [line["index"] for line in lines] == [0, 1, 2]
    assert json.loads(kept("follow", "me", "--json")[1]) == []
    assert len(kept("follow", "you")[1].splitlines()) == 3


def test_keys_are_listed_rotated_and_revoked(kept):
    before = json.loads(kept("key", "list", "--json")[1])
    assert kept("key", "rotate")[0] == 0
    after = json.loads(kept("key", "list", "--json")[1])
    assert len(after) == len(before) + 1
    new = next(row for row in after if row["since"] == 4)
    assert new["address"]
    assert kept("key", "rotate", "--log")[0] == 0
    assert kept("checkpoint")[0] == 0
    assert kept("key", "revoke", new["key_id"][:12], "--compromised-since", 5)[0] == 0
    rows = json.loads(kept("key", "list", "--json")[1])
    assert next(row for row in rows if row["key_id"] == new["key_id"])["until"] == 4


def test_witnesses_are_named_and_keys_for_witnessing_are_made(kept, organisation):
    beta = organisation("beta")
    key = beta.service.witness_key()[0]
    added = json.loads(kept("witness", "add", "http://127.0.0.1:1/", key, "--group", "Beta", "--json")[1])
    assert (added["url"], added["group"]) == ("http://127.0.0.1:1", "Beta")
    trust = json.loads(kept("trust", "--minimum", 1)[1])
    assert trust["witnesses"] == {
        "minimum": 1,
        "freshness_seconds": 86400,
        "keys": [{"key": key, "group": "Beta"}],
    }
    assert kept("witness", "trust", str(beta.app.ledger.log_key()))[0] == 0
    assert len(kept("witness", "key")[1].splitlines()) == 2
    assert kept("trust", "--minimum", 2)[0] == 2


def test_a_key_is_handed_from_one_organisation_to_another(organisation, capsys, tmp_path):
    acme, lab = organisation("acme", root=True), organisation("lab")
    acme.close()
    lab.close()
    assert main(["--workspace", str(lab.folder), "ledger", "key", "export"]) == 0
    published = tmp_path / "lab.pem"
    published.write_text(capsys.readouterr().out, encoding="utf-8")
    line = (
        ["--workspace", str(acme.folder)],
        ["ledger", "key", "introduce", "Red Lab", str(published), "--role", "tester"],
    )
    assert main([*line[0], *line[1]]) == 4
    assert main([*line[0], "--as", "root", *line[1]]) == 0
    assert "recorded as entry 0" in capsys.readouterr().out
    assert main([*line[0], "--as", "root", *line[1][:-3], str(tmp_path / "none.pem"), "--role", "tester"]) == 3
