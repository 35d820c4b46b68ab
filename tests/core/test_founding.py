"""A new workspace: its keys, its secret outside, its trust file."""

import json
import os
from pathlib import Path

import pytest

from kept.core.founding import Founding, found
from kept.core.keyring import Holder, Keyring
from kept.core.keys.secret import choose_passphrase
from kept.core.trust import KEY_EVENT_TYPE, Trust
from kept.core.workspace import Workspace
from kept.errors import Conflict, Denied, Invalid, NotFound


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("KEPT_PASSPHRASE", raising=False)


def keyring_of(workspace: Workspace) -> Keyring:
    return Keyring.load(workspace.folder, passphrase=lambda: choose_passphrase(os.environ, workspace.secret))


def test_the_trust_file_names_the_keys_that_sign(tmp_path: Path) -> None:
    workspace = found(Founding(tmp_path / "acme", "Acme AI", post_quantum=True), entropy=os.urandom)
    trust = Trust.parse(workspace.trust_file.read_bytes())
    keyring = keyring_of(workspace)
    signers = keyring.signers(keyring.actor())
    assert [signer.algorithm for signer in signers] == ["ed25519", "ml-dsa-65"]
    assert {signer.key_id for signer in signers} == {key.key_id for key in trust.signers}
    assert trust.log.origin == workspace.origin


def test_a_copy_of_the_workspace_alone_cannot_sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = found(Founding(tmp_path / "acme", "Acme AI"), entropy=os.urandom)
    monkeypatch.setenv("KEPT_STATE", str(tmp_path / "another machine"))
    keyring = keyring_of(workspace)
    with pytest.raises(NotFound, match="passphrase"):
        keyring.signers(keyring.actor())


def test_a_wrong_passphrase_is_denied_and_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = found(Founding(tmp_path / "acme", "Acme AI"), entropy=os.urandom)
    monkeypatch.setenv("KEPT_PASSPHRASE", "a-wrong-guess")
    keyring = keyring_of(workspace)
    with pytest.raises(Denied) as caught:
        keyring.signers(keyring.actor())
    assert "a-wrong-guess" not in str(caught.value)


def test_no_key_and_no_secret_stands_in_plain_text(tmp_path: Path) -> None:
    workspace = found(Founding(tmp_path / "acme", "Acme AI"), entropy=os.urandom)
    for path in workspace.keys.glob("*.pem"):
        assert b"ENCRYPTED PRIVATE KEY" in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0
    assert workspace.secret.stat().st_mode & 0o077 == 0


def test_the_same_folder_is_not_founded_twice(tmp_path: Path) -> None:
    found(Founding(tmp_path / "acme", "Acme AI"), entropy=os.urandom)
    with pytest.raises(Conflict):
        found(Founding(tmp_path / "acme", "Acme AI"), entropy=os.urandom)


def test_who_acts_is_chosen_by_name(tmp_path: Path) -> None:
    workspace = found(Founding(tmp_path / "acme", "Acme AI"), entropy=os.urandom)
    keyring = keyring_of(workspace).with_holder(Holder("tester", "person", ("tester",), ("file:keys/provider.pem",)))
    keyring.save()
    again = keyring_of(workspace)
    assert again.actor("tester").roles == {"tester"}
    assert again.actor().id == "provider"
    with pytest.raises(NotFound, match="provider"):
        again.actor("nobody")


def test_a_damaged_keyring_is_named(tmp_path: Path) -> None:
    workspace = found(Founding(tmp_path / "acme", "Acme AI"), entropy=os.urandom)
    (workspace.keys / "keyring.json").write_text(json.dumps({"log": "x"}))
    with pytest.raises(Invalid, match="keyring"):
        keyring_of(workspace)


def test_a_root_may_be_made_and_others_may_be_let_sign(tmp_path: Path) -> None:
    kind = "https://kept.example/predicates/test/v1"
    plan = Founding(tmp_path / "acme", "Acme AI", post_quantum=True, root=True, others={kind: ("tester",)})
    workspace = found(plan, entropy=os.urandom)
    trust = Trust.parse(workspace.trust_file.read_bytes())
    assert {key.name: set(key.roles) for key in trust.signers} == {"provider": {"provider"}, "root": {"root"}}
    assert trust.rule(KEY_EVENT_TYPE).roles == {"provider", "root"}
    assert trust.rule(kind).roles == {"provider", "tester"}
    assert trust.rule(kind).algorithms == ("ed25519",)
    assert trust.rule("https://kept.example/predicates/other/v1").roles == {"provider"}
    keyring = keyring_of(workspace)
    assert [signer.algorithm for signer in keyring.signers(keyring.actor("root"))] == ["ed25519", "ml-dsa-65"]
    assert keyring.actor().id == "provider"
