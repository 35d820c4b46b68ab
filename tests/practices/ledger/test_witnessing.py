"""Two organisations cosign each other's logs over HTTP; a fork is refused by whoever saw more."""

import asyncio
import os
import shutil
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest

from kept.core import cosignature
from kept.core.note import Note, VerifierKey
from kept.errors import Conflict, Invalid, NotFound, Unavailable, Unverified

from .conftest import Organisation, served


def checkpoint(organisation, **options):
    return asyncio.run(organisation.service.checkpoint(**options))


def acquaint(log, witness, url):
    witness.service.witness_trust(str(log.app.ledger.log_key()))
    for key in witness.service.witness_key():
        log.service.witness_add(url, key, group=witness.app.workspace.name)


def witnessing(organisation, *, minimum, as_of=None):
    trust = organisation.service.trust(minimum=minimum)
    note = Note.parse(organisation.app.ledger.checkpoint())
    keys = [VerifierKey.parse(key) for key in trust.log.keys]
    return cosignature.witnessed(note, trust.witnesses, log_keys=keys, as_of=as_of or datetime.now(UTC))


def test_two_organisations_cosign_each_other(organisation):
    acme, beta = organisation("acme"), organisation("beta")
    with served(acme) as acme_url, served(beta) as beta_url:
        acquaint(acme, beta, beta_url)
        acquaint(beta, acme, acme_url)
        for round_ in range(3):
            for one in (acme, beta):
                one.record(2, first=2 * round_)
                published = checkpoint(one)
                assert [answer.outcome for answer in published.witnesses] == ["cosigned", "cosigned"]
    for one, other in ((acme, "beta"), (beta, "acme")):
        found = witnessing(one, minimum=1)
        assert (found.state, found.groups) == ("witnessed", (other,))
        late = witnessing(one, minimum=1, as_of=datetime.now(UTC) + timedelta(days=2))
        assert late.state == "unwitnessed"


def test_a_cosigned_export_is_witnessed_and_one_that_lacks_a_witness_is_not(organisation, tmp_path):
    acme, beta = organisation("acme"), organisation("beta")
    acme.record(3)
    checkpoint(acme)
    with served(beta) as url:
        acquaint(acme, beta, url)
        unwitnessed = acme.service.trust(minimum=1).to_bytes()
        acme.service.export(tmp_path / "before")
        asyncio.run(acme.service.witness_ask())
        acme.service.export(tmp_path / "after")
    now = datetime.now(UTC)
    for folder, state in (("before", "unwitnessed"), ("after", "witnessed")):
        found = acme.service.verify(tmp_path / folder, trust=unwitnessed, as_of=now)
        assert (found.state, found.witnessing.state) == ("authenticated", state)


def test_a_witness_that_does_not_answer_or_does_not_know_the_log_keeps_nobody_from_publishing(organisation):
    acme, beta = organisation("acme"), organisation("beta")
    acme.record(1)
    checkpoint(acme)
    with served(beta) as url:
        acme.service.witness_add(url, beta.service.witness_key()[0])
    acme.record(1)
    published = checkpoint(acme)
    assert (published.size, published.witnesses[0].outcome) == (2, "unavailable")
    with served(beta) as url:
        acme.service.witness_add(url, beta.service.witness_key()[0])
        refused = asyncio.run(acme.service.witness_ask())[0]
        assert refused.outcome == "refused"
        assert "404" in refused.detail


def test_on_a_new_machine_a_witness_is_asked_before_anything_is_signed(organisation, tmp_path):
    acme, beta = organisation("acme"), organisation("beta")
    other = tmp_path / "other-machine"
    command = [sys.executable, "-m", "kept", "--workspace", str(tmp_path / "backup"), "ledger", "checkpoint"]

    def on_the_other_machine():
        environment = {**os.environ, "KEPT_STATE": str(other)}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    with served(beta) as url:
        acquaint(acme, beta, url)
        acme.record(2)
        checkpoint(acme)
        acme.close()
        shutil.copytree(acme.folder, tmp_path / "backup")
        acme.reopen()
        acme.record(3, first=2)
        checkpoint(acme)
        restored = Organisation(tmp_path / "backup")
        restored.record(9, first=50)
        restored.app.close()
        # The other machine knows the passphrase and nothing else.
        (other / acme.app.workspace.state.name).mkdir(parents=True)
        shutil.copy(acme.app.workspace.secret, other / acme.app.workspace.state.name / "secret")
        ahead = on_the_other_machine()
        assert ahead.returncode == 5
        assert "another history" in ahead.stderr
        assert not list(other.rglob("high-water-mark.json"))
    unreachable = on_the_other_machine()
    assert unreachable.returncode == 7
    assert not list(other.rglob("high-water-mark.json"))


def test_a_log_with_witnesses_is_not_published_for_the_first_time_without_them(organisation):
    acme, beta = organisation("acme"), organisation("beta")
    acme.service.witness_add("http://127.0.0.1:1", beta.service.witness_key()[0])
    acme.record(1)
    with pytest.raises(Unavailable, match="judge"):
        acme.app.ledger.publish()
    with pytest.raises(Unavailable, match="can't be asked"):
        checkpoint(acme)
    with pytest.raises(NotFound):
        acme.app.ledger.checkpoint()


def test_a_witness_refuses_the_log_that_forked_beyond_what_it_saw(organisation, tmp_path, monkeypatch):
    acme, beta = organisation("acme"), organisation("beta")
    with served(beta) as url:
        acquaint(acme, beta, url)
        acme.record(2)
        checkpoint(acme)
        acme.close()
        shutil.copytree(acme.folder, tmp_path / "twin")
        acme.reopen()
        acme.record(1, first=2)
        checkpoint(acme)
        twin = Organisation(tmp_path / "twin")
        twin.record(5, first=70)
        # A machine whose marks were removed, and that publishes without asking, still can't have the fork cosigned.
        monkeypatch.setattr(type(twin.service._ledger), "published", lambda self: datetime.now(UTC))
        for file in ("high-water-mark.json", "witness-answers.json"):
            (twin.app.workspace.state / file).unlink()
        checkpoint(twin, ask=False)
        with pytest.raises(Conflict, match="another history"):
            asyncio.run(twin.service.witness_ask())
        twin.app.close()


def test_the_public_files_are_served_and_nothing_else_is(organisation):
    acme = organisation("acme")
    acme.record(300)
    checkpoint(acme)
    with served(acme) as url:

        def get(path):
            try:
                with urllib.request.urlopen(url + path) as response:
                    return response.status, response.read(), response.headers
            except urllib.error.HTTPError as error:
                return error.code, error.read(), error.headers

        assert get("/checkpoint")[1] == acme.app.ledger.checkpoint()
        status, tile, headers = get("/tile/0/000")
        assert (status, len(tile), headers["Content-Type"]) == (200, 8192, "application/octet-stream")
        assert get("/tile/entries/001.p/44")[0] == 200
        assert get("/tile/0/009")[0] == 404
        for path in ("/tile/0/..%2f..%2fkept.toml", "/tile/../kept.toml", "/tile/0/000.p/999", "/store.db"):
            status, body, _ = get(path)
            assert status in (400, 404)
            assert str(acme.folder).encode() not in body


def post(url, body):
    request = urllib.request.Request(f"{url}/add-checkpoint", data=body, method="POST")
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, response.read(), response.headers["Content-Type"]
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers["Content-Type"]


def test_the_witness_answers_with_the_statuses_of_the_specification(organisation):
    from kept.core.witness import AddCheckpoint

    acme, beta, stranger = organisation("acme"), organisation("beta"), organisation("stranger")
    for one in (acme, stranger):
        one.record(5)
        checkpoint(one)
    beta.service.witness_trust(str(acme.app.ledger.log_key()))
    note = Note.parse(acme.app.ledger.checkpoint())
    with served(beta) as url:
        assert post(url, b"nonsense")[0] == 400
        assert post(url, AddCheckpoint(9, (), note).to_bytes())[0] == 400
        assert post(url, AddCheckpoint(0, (), Note.parse(stranger.app.ledger.checkpoint())).to_bytes())[0] == 404
        unsigned = Note(note.text, Note.parse(stranger.app.ledger.checkpoint()).signatures)
        assert post(url, AddCheckpoint(0, (), unsigned).to_bytes())[0] == 403
        assert post(url, AddCheckpoint(0, (bytes(32),), note).to_bytes())[0] == 422
        assert post(url, b"x" * 3_000_000)[0] == 413
        status, body, _ = post(url, AddCheckpoint(0, (), note).to_bytes())
        assert (status, body.count("—".encode())) == (200, 2)
        assert post(url, AddCheckpoint(3, (), note).to_bytes()) == (409, b"5\n", "text/x.tlog.size")


def test_only_a_witness_can_be_asked_and_only_another_log_witnessed(organisation):
    acme, beta = organisation("acme"), organisation("beta")
    witness, log = beta.service.witness_key()[0], str(beta.app.ledger.log_key())
    with pytest.raises(Invalid):
        acme.service.witness_add("http://127.0.0.1:1", log)
    with pytest.raises(Invalid, match="asked"):
        acme.service.witness_add("file:///etc/passwd", witness)
    with pytest.raises(Invalid):
        acme.service.witness_trust(witness)
    with pytest.raises(Conflict):
        acme.service.witness_trust(str(acme.app.ledger.log_key()))
    with pytest.raises(NotFound):
        asyncio.run(acme.service.witness_ask())


def test_what_witnesses_answered_is_not_trusted_when_it_is_damaged(organisation):
    acme = organisation("acme")
    acme.record(1)
    acme.app.workspace.state.mkdir(exist_ok=True)
    (acme.app.workspace.state / "witness-answers.json").write_text("{")
    with pytest.raises(Unverified, match="damaged"):
        checkpoint(acme)


def test_the_keys_of_a_witness_stay_the_same(organisation):
    acme = organisation("acme")
    keys = acme.service.witness_key()
    acme.reopen()
    assert acme.service.witness_key() == keys
    assert len(keys) == 2
