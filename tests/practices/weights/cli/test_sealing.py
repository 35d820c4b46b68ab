"""`kept weights seal`, `verify` and `signature` on the command line: exit statuses, and no secret in what is said."""

import base64
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from kept.practices.weights.methods.envelope import Parts
from kept.surfaces.cli import main
from simulators import sealed_files
from simulators.command_line import Here, Ran
from simulators.sealed_files import plain_file, sharded


@pytest.fixture(scope="module")
def founded(tmp_path_factory) -> Path:
    """A folder with a workspace that has three custodians, made once and copied for each test."""
    made = tmp_path_factory.mktemp("founded")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEPT_STATE", str(made / "state"))
        patch.chdir(made)
        assert main(["init", "acme", "--name", "Acme AI", "--root"]) == 0
        for name in ("maria", "jonas", "amina"):
            assert main(["--as", "root", "weights", "custodians", "add", name]) == 0
    (made / "plain").write_bytes(plain_file(5000))
    return made


@pytest.fixture
def kept(founded, tmp_path, monkeypatch, capfd):
    """The command line in such a folder."""
    shutil.copytree(founded, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("KEPT_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Ran:
        capfd.readouterr()
        status = main(["--json", *map(str, arguments)])
        shown = capfd.readouterr()
        return Ran(status, shown.out, shown.err)

    return run


def test_a_file_is_sealed_verified_and_found_to_be_changed(kept):
    sealed = kept("weights", "seal", "plain", "sealed")
    assert sealed.status == 0
    assert sealed.value["files"][0]["tensors"] == 2
    alone = kept("weights", "verify", "sealed")
    assert (alone.status, alone.value["state"]) == (0, "consistent, not authenticated")
    trusted = kept("weights", "verify", "sealed", "--trust", "acme/trust.json")
    assert (trusted.status, trusted.value["state"], trusted.value["signed"]) == (0, "authenticated", ["provider"])
    assert kept("ledger", "checkpoint").status == 0
    assert kept("ledger", "export", "log").status == 0
    logged = kept("weights", "verify", "sealed", "--trust", "acme/trust.json", "--log", "log")
    assert (logged.status, logged.value["recorded"]) == (0, sealed.value["recorded"])
    data = bytearray(Path("sealed").read_bytes())
    for at in (0, 9, 4096, len(data) // 2, len(data) - 1):
        changed = bytearray(data)
        changed[at] ^= 1
        Path("changed").write_bytes(changed)
        ran = kept("weights", "verify", "changed")
        assert ran.status == 6, at
        assert ran.error["error"] == "unverified"
    for other in (data[:-1], data + b"x", b"", b"plain text"):
        Path("changed").write_bytes(other)
        assert kept("weights", "verify", "changed").status == 6


def test_a_folder_is_sealed_and_a_missing_shard_found(kept, tmp_path):
    sharded(tmp_path / "model")
    made = kept("weights", "seal", "model", "model.sealed").value
    assert (len(made["files"]), made["left"]) == (3, ["config.json"])
    assert kept("weights", "verify", "model.sealed").value["files"] == 3
    next(Path("model.sealed").glob("model-00002*")).unlink()
    assert kept("weights", "verify", "model.sealed").status == 6


def test_each_kind_of_mistake_has_its_status(kept, tmp_path):
    assert kept("weights", "seal", "nothing", "sealed").status == 3
    assert kept("weights", "verify", "nothing").status == 3
    assert kept("weights", "verify", "plain", "--trust", "nothing").status == 3
    Path("text").write_text("hello")
    assert kept("weights", "seal", "text", "sealed").status == 2
    assert kept("weights", "seal", "plain", "text").status == 5
    assert kept("weights", "verify", "text", "--log", "log").status == 2
    sharded(tmp_path / "model", index={"weight_map": {"layer.1": "../plain.safetensors"}})
    assert kept("weights", "seal", "model", "sealed").status == 2
    assert not Path("sealed").exists()


def test_people_are_told_what_it_comes_to(kept, capfd):
    kept("weights", "seal", "plain", "sealed")
    capfd.readouterr()
    assert main(["weights", "verify", "sealed", "--trust", "acme/trust.json"]) == 0
    said = capfd.readouterr().out
    assert "authenticated" in said
    assert "signed by provider" in said
    assert main(["weights", "seal", "plain", "again"]) == 0
    assert "Delete it" in capfd.readouterr().out


def test_neither_keys_nor_plaintext_are_said_or_written_anywhere(kept, tmp_path, monkeypatch):
    drawn: list[bytes] = []
    real = Parts.file_key

    def noted(parts: Parts, salt: bytes) -> bytearray:
        key = real(parts, salt)
        drawn.extend((bytes(parts.service), bytes(parts.custodians), bytes(key)))
        return key

    monkeypatch.setattr(Parts, "file_key", noted)
    ran = [kept("weights", "seal", "plain", "sealed"), kept("weights", "verify", "sealed")]
    body = Path("plain").read_bytes()[-5000:]
    secrets = [*drawn, *(body[at : at + 32] for at in range(0, 4096, 512))]
    assert len(drawn) == 3
    found = b"".join((each.out + each.err).encode() for each in ran)
    found += b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.name != "plain")
    for secret in secrets:
        for form in (secret, secret.hex().encode(), base64.b64encode(secret).rstrip(b"=")[:-1]):
            assert form not in found


def test_a_model_is_signed_and_checked(kept):
    command = (
        "openssl ecparam -name prime256v1 -genkey -noout -out key.pem && openssl ec -in key.pem -pubout -out key.pub"
    )
    subprocess.run(command, shell=True, check=True, capture_output=True)
    Path("key.pem").chmod(0o600)
    assert kept("weights", "signature", "write", "plain", "plain.sig", "--key", "key.pem").value["parts"] == 1
    assert kept("weights", "signature", "check", "plain", "plain.sig", "--key", "key.pub").status == 0
    Path("plain").write_bytes(plain_file(5000, seed=2))
    assert kept("weights", "signature", "check", "plain", "plain.sig", "--key", "key.pub").status == 6


def test_whoever_has_the_file_key_compares_the_plaintext(tmp_path: Path) -> None:
    made = sealed_files.sealed(sealed_files.plain_file())
    (tmp_path / "model.sealed").write_bytes(sealed_files.signed(made))
    line = Here(tmp_path, os.environ)
    for text, plaintext in (("", False), (made.key.hex(), True), (f"{made.key.hex()}\n", True)):
        (tmp_path / "key").write_text(text)
        found = line.run("weights", "verify", "model.sealed", *(["--key", "key"] if text else [])).value
        assert found["plaintext"] is plaintext
        assert found["parts"] == [hashlib.sha256(made.plain).hexdigest()]
    for wrong, code in (("12", "verify.key"), ("no hex", "verify.key"), ("ab" * 32, "sealed.key")):
        (tmp_path / "key").write_text(wrong)
        assert line.run("weights", "verify", "model.sealed", "--key", "key").error["code"] == code
