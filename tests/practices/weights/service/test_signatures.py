"""What the model_signing package signs is checked here, and the package checks what is signed here."""

import base64
import json
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from model_signing import hashing, signing, verifying

from kept.errors import Conflict, Denied, Invalid, KeptError, NotFound, Unavailable, Unverified
from kept.practices.weights.backends.containers.sealing import seal
from kept.practices.weights.service import Service
from simulators.sealed_files import commission, plain_file, sharded

CURVES = {"p256": ec.SECP256R1, "p384": ec.SECP384R1, "p521": ec.SECP521R1}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    place = tmp_path / "model"
    for name, data in {"a.b": b"dot", "a/c.bin": b"slash" * 1000, "a/empty": b"", ".git/config": b"no"}.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(data)
    return place


@pytest.fixture(params=CURVES)
def keys(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    return pair(tmp_path, ec.generate_private_key(CURVES[request.param]()))


def pair(folder: Path, key: object, passphrase: bytes = b"", name: str = "key") -> tuple[str, str]:
    locked = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    private, public = folder / f"{name}.pem", folder / f"{name}.pub"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked))
    private.chmod(0o600)
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return str(private), str(public)


def theirs(model: Path, out: Path, key: str, *, shards: bool = False, algorithm: str = "sha256") -> None:
    chosen = hashing.Config()
    if shards:
        chosen.use_shard_serialization(hashing_algorithm=algorithm, shard_size=999)
    else:
        chosen.use_file_serialization(hashing_algorithm=algorithm)
    chosen.set_ignored_paths(paths=["left-out"])
    signing.Config().use_elliptic_key_signer(private_key=key).set_hashing_config(chosen).sign(model, out)


def accepts(model: Path, signature: Path, public: str) -> None:
    verifying.Config().use_elliptic_key_verifier(public_key=Path(public)).verify(model, signature)


@pytest.mark.parametrize("shards", [False, True])
@pytest.mark.parametrize("algorithm", ["sha256", "blake2", "blake3"])
def test_what_the_package_signs_is_checked(model: Path, keys, shards: bool, algorithm: str, tmp_path: Path) -> None:
    (model / "left-out").write_text("ignored")
    theirs(model, tmp_path / "sig", keys[0], shards=shards, algorithm=algorithm)
    found = Service.signature_check(str(model), str(tmp_path / "sig"), keys[1])
    assert (found.name, found.algorithm) == ("model", {"blake2": "blake2b"}.get(algorithm, algorithm))
    assert found.parts == (7 if shards and algorithm != "blake3" else 3)
    (model / "left-out").write_text("changed, and still ignored")
    Service.signature_check(str(model), str(tmp_path / "sig"), keys[1])


@pytest.mark.parametrize("inside", [False, True])
def test_the_package_checks_what_is_signed_here(model: Path, keys, tmp_path: Path, inside: bool) -> None:
    out = (model if inside else tmp_path) / "model.sig"
    made = Service.signature_write(str(model), str(out), keys[0])
    assert made.parts == 3
    accepts(model, out, keys[1])
    Service.signature_check(str(model), str(out), keys[1])
    (model / "a.b").write_bytes(b"DOT")
    with pytest.raises(ValueError, match="mismatch"):
        accepts(model, out, keys[1])


def test_a_model_of_one_file_is_signed_in_both_directions(keys, tmp_path: Path) -> None:
    model = tmp_path / "model.safetensors"
    model.write_bytes(plain_file(5000))
    Service.signature_write(str(model), str(tmp_path / "ours"), keys[0])
    accepts(model, tmp_path / "ours", keys[1])
    theirs(model, tmp_path / "theirs", keys[0])
    Service.signature_check(str(model), str(tmp_path / "theirs"), keys[1])
    model.write_bytes(plain_file(5000, seed=2))
    with pytest.raises(Unverified, match="was changed"):
        Service.signature_check(str(model), str(tmp_path / "theirs"), keys[1])


def test_sealed_files_and_folders_are_signed_as_they_are(keys, tmp_path: Path) -> None:
    seal(sharded(tmp_path / "plain"), tmp_path / "sealed", commission())
    Service.signature_write(str(tmp_path / "sealed"), str(tmp_path / "sig"), keys[0])
    accepts(tmp_path / "sealed", tmp_path / "sig", keys[1])


@pytest.mark.parametrize("shards", [False, True])
@pytest.mark.parametrize(
    "change",
    [
        lambda model: (model / "a.b").write_bytes(b"dos"),
        lambda model: (model / "a.b").unlink(),
        lambda model: (model / "more").write_bytes(b"more"),
        lambda model: (model / "a" / "c.bin").write_bytes(b"slash" * 999),
        lambda model: (model / "a" / "c.bin").write_bytes(b"slash" * 1001),
        lambda model: (model / "a" / "empty").write_bytes(b"no more"),
        lambda model: (model / "a.b").rename(model / "a.c"),
    ],
)
def test_a_changed_model_is_unverified(model: Path, tmp_path: Path, change, shards: bool) -> None:
    private, public = pair(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    theirs(model, tmp_path / "sig", private, shards=shards)
    change(model)
    with pytest.raises(Unverified):
        Service.signature_check(str(model), str(tmp_path / "sig"), public)
    if not shards:  # those, model_signing 1.1.1 signs and can't check
        with pytest.raises(ValueError, match="mismatch"):
            accepts(model, tmp_path / "sig", public)


def test_links_are_not_followed_unless_they_were_signed(model: Path, tmp_path: Path) -> None:
    private, public = pair(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    theirs(model, tmp_path / "sig", private)
    (tmp_path / "elsewhere").write_bytes(b"dot")
    (model / "a.b").unlink()
    (model / "a.b").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Invalid, match="link"):
        Service.signature_check(str(model), str(tmp_path / "sig"), public)
    with pytest.raises(Invalid, match="link"):
        Service.signature_write(str(model), str(tmp_path / "other"), private)


def test_another_key_and_a_changed_signature_are_unverified(model: Path, tmp_path: Path) -> None:
    private, public = pair(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    _, other = pair(tmp_path, ec.generate_private_key(ec.SECP256R1()), name="other")
    theirs(model, tmp_path / "sig", private)
    with pytest.raises(Unverified, match="another key"):
        Service.signature_check(str(model), str(tmp_path / "sig"), other)
    document = json.loads((tmp_path / "sig").read_text())
    del document["verificationMaterial"]["publicKey"]["hint"]
    (tmp_path / "bare").write_text(json.dumps(document))
    Service.signature_check(str(model), str(tmp_path / "bare"), public)
    with pytest.raises(Unverified, match="does not hold"):
        Service.signature_check(str(model), str(tmp_path / "bare"), other)
    payload = bytearray(base64.b64decode(document["dsseEnvelope"]["payload"]))
    payload[20] ^= 1
    document["dsseEnvelope"]["payload"] = base64.b64encode(payload).decode()
    (tmp_path / "bare").write_text(json.dumps(document))
    with pytest.raises(Unverified, match="does not hold"):
        Service.signature_check(str(model), str(tmp_path / "bare"), public)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"verificationMaterial":{"publicKey":{}},"dsseEnvelope":{}}',
        b'{"verificationMaterial":{"publicKey":{}},"dsseEnvelope":{"signatures":[{"sig":"?"}],"payload":"","payloadType":""}}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_signature_is_said(model: Path, tmp_path: Path, data: bytes) -> None:
    _, public = pair(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    (tmp_path / "sig").write_bytes(data)
    with pytest.raises(Invalid):
        Service.signature_check(str(model), str(tmp_path / "sig"), public)


def test_a_signature_by_an_identity_is_for_others_to_check(model: Path, tmp_path: Path) -> None:
    _, public = pair(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    (tmp_path / "sig").write_text('{"verificationMaterial":{"certificate":{}},"dsseEnvelope":{}}')
    with pytest.raises(Unavailable, match="certificate"):
        Service.signature_check(str(model), str(tmp_path / "sig"), public)


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "a/../../b"])
def test_a_statement_that_names_a_file_outside_is_refused(model: Path, tmp_path: Path, name: str) -> None:
    from kept.practices.weights.methods import model_signing
    from kept.practices.weights.methods.model_signing import ModelSignature, Part

    key = ec.generate_private_key(ec.SECP256R1())
    _, public = pair(tmp_path, key)
    made = model_signing.sign(ModelSignature("model", (Part(name, "00"),)), key)
    (tmp_path / "sig").write_bytes(made)
    with pytest.raises(Invalid, match="outside"):
        Service.signature_check(str(model), str(tmp_path / "sig"), public)


def test_keys_that_can_not_sign_are_said(model: Path, tmp_path: Path) -> None:
    private, public = pair(tmp_path, ed25519.Ed25519PrivateKey.generate())
    with pytest.raises(Invalid, match="P-256"):
        Service.signature_write(str(model), str(tmp_path / "sig"), private)
    private, public = pair(tmp_path, ec.generate_private_key(ec.SECP256R1()), b"secret")
    with pytest.raises(Denied, match="passphrase"):
        Service.signature_write(str(model), str(tmp_path / "sig"), private)
    with pytest.raises(Denied, match="passphrase"):
        Service.signature_write(str(model), str(tmp_path / "sig"), private, passphrase=b"wrong")
    Service.signature_write(str(model), str(tmp_path / "sig"), private, passphrase=b"secret")
    accepts(model, tmp_path / "sig", public)
    with pytest.raises(Conflict):
        Service.signature_write(str(model), str(tmp_path / "sig"), private, passphrase=b"secret")
    os.chmod(private, 0o644)
    with pytest.raises(Denied, match="open to other"):
        Service.signature_write(str(model), str(tmp_path / "new"), private, passphrase=b"secret")
    with pytest.raises(Invalid, match="no public key"):
        Service.signature_check(str(model), str(tmp_path / "sig"), str(model / "a.b"))
    for place in (str(tmp_path / "nothing"), str(model)):
        with pytest.raises(KeptError):
            Service.signature_check(place, str(tmp_path / "nowhere"), public)
    with pytest.raises((NotFound, Invalid)):
        Service.signature_check(str(tmp_path / "nothing"), str(tmp_path / "sig"), public)
