"""A key file is sealed, readable by its owner alone, and says nothing of what is in it."""

import shutil
import subprocess
import traceback

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kept.core.keys import create, open_signer, public_key
from kept.core.keys.pkcs8 import seal, unseal
from kept.core.keys.software import SoftwareSigner
from kept.errors import Conflict, Denied, Invalid, KeptError, NotFound, Unavailable

PASSPHRASE = b"correct horse battery staple"
SEED = bytes(range(32))


def entropy(count: int) -> bytes:
    return SEED[:count]


def make(folder, uri="file:keys/provider.pem", algorithm="ed25519", passphrase=PASSPHRASE):
    return create(uri, base=folder, passphrase=lambda: passphrase, entropy=entropy, algorithm=algorithm)


def reach(folder, uri="file:keys/provider.pem", passphrase=PASSPHRASE):
    return open_signer(uri, base=folder, passphrase=lambda: passphrase)


@pytest.mark.parametrize("algorithm", ["ed25519", "ml-dsa-65"])
def test_a_key_survives_the_journey_to_its_file(tmp_path, algorithm):
    made = make(tmp_path, algorithm=algorithm)
    found = reach(tmp_path)
    assert (found.key_id, found.algorithm, found.public) == (made.key_id, algorithm, made.public)
    public_key(made).verify(found.sign(b"message"), b"message")


def test_a_key_file_is_private_and_the_only_thing_left(tmp_path):
    make(tmp_path)
    assert (tmp_path / "keys/provider.pem").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["provider.pem"]


def test_a_key_file_does_not_hold_the_key_in_clear(tmp_path):
    signer = make(tmp_path)
    data = (tmp_path / "keys/provider.pem").read_bytes()
    assert SEED not in data
    assert f"Key-Id: {signer.key_id}".encode() in data


def test_openssl_opens_a_key_file(tmp_path):
    tool = shutil.which("openssl")
    if tool is None:
        pytest.skip("openssl is not installed")
    signer = make(tmp_path)
    command = [tool, "pkey", "-in", tmp_path / "keys/provider.pem", "-passin", "env:PASS", "-pubout", "-outform", "DER"]
    done = subprocess.run(command, capture_output=True, check=True, env={"PASS": PASSPHRASE.decode()})
    assert done.stdout == public_key(signer).spki()


def test_a_key_that_openssl_sealed_is_opened(tmp_path):
    tool = shutil.which("openssl")
    if tool is None:
        pytest.skip("openssl is not installed")
    plain = subprocess.run([tool, "genpkey", "-algorithm", "ed25519"], capture_output=True, check=True).stdout
    command = [tool, "pkcs8", "-topk8", "-scrypt", "-passout", "env:PASS"]
    sealed = subprocess.run(command, input=plain, capture_output=True, check=True, env={"PASS": "abc"}).stdout
    (tmp_path / "theirs.pem").write_bytes(sealed)
    (tmp_path / "theirs.pem").chmod(0o600)
    signer = reach(tmp_path, "file:theirs.pem", b"abc")
    public_key(signer).verify(signer.sign(b"message"), b"message")
    with pytest.raises(Denied, match="or the file is damaged"):
        reach(tmp_path, "file:theirs.pem", b"abd")


def test_an_existing_key_is_never_replaced(tmp_path):
    made = make(tmp_path)
    with pytest.raises(Conflict):
        make(tmp_path)
    assert reach(tmp_path).key_id == made.key_id


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o601])
def test_a_key_that_others_can_reach_is_denied(tmp_path, mode):
    make(tmp_path)
    (tmp_path / "keys/provider.pem").chmod(mode)
    with pytest.raises(Denied) as caught:
        reach(tmp_path)
    assert "chmod 600" in caught.value.hint


def test_a_wrong_passphrase_is_denied(tmp_path):
    make(tmp_path)
    for wrong in (b"wrong", PASSPHRASE + b" ", b"\x00"):
        with pytest.raises(Denied) as caught:
            reach(tmp_path, passphrase=wrong)
        assert caught.value.code == "key.passphrase"


def test_an_empty_passphrase_seals_and_opens_nothing(tmp_path):
    with pytest.raises(Invalid):
        make(tmp_path, passphrase=b"")
    assert not (tmp_path / "keys").exists()
    make(tmp_path)
    with pytest.raises(Invalid):
        reach(tmp_path, passphrase=b"")


def test_a_missing_key_is_not_found(tmp_path):
    with pytest.raises(NotFound):
        reach(tmp_path)


def test_a_folder_is_no_key(tmp_path):
    (tmp_path / "keys/provider.pem").mkdir(parents=True)
    with pytest.raises(Invalid) as caught:
        reach(tmp_path)
    assert caught.value.code == "key.not-a-file"


def test_a_key_that_is_not_sealed_is_refused_with_the_way_to_seal_it(tmp_path):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    plain = Ed25519PrivateKey.from_private_bytes(SEED).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "plain.pem").write_bytes(plain)
    (tmp_path / "plain.pem").chmod(0o600)
    with pytest.raises(Invalid) as caught:
        reach(tmp_path, "file:plain.pem")
    assert caught.value.code == "key.unsealed"
    assert "openssl pkcs8" in caught.value.hint


def test_a_key_of_an_algorithm_that_signs_no_statements_is_refused(tmp_path):
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

    data = generate_private_key(SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSPHRASE)
    )
    (tmp_path / "ec.pem").write_bytes(data)
    (tmp_path / "ec.pem").chmod(0o600)
    with pytest.raises(Invalid) as caught:
        reach(tmp_path, "file:ec.pem")
    assert caught.value.code == "key.algorithm"


def test_a_huge_file_is_not_read(tmp_path):
    (tmp_path / "huge.pem").write_bytes(b"x" * (64 * 1024 + 1))
    (tmp_path / "huge.pem").chmod(0o600)
    with pytest.raises(Invalid) as caught:
        reach(tmp_path, "file:huge.pem")
    assert caught.value.code == "key.too-large"


def test_a_place_that_cannot_be_written_is_unavailable(tmp_path):
    (tmp_path / "keys").write_text("a file where the folder should be")
    with pytest.raises(KeptError) as caught:
        make(tmp_path)
    assert isinstance(caught.value, Unavailable | Conflict)


SEALED = seal(SoftwareSigner.from_seed(SEED), PASSPHRASE, entropy)
BODY = SEALED.index(b"-----BEGIN") + 38


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(BODY * 8, len(SEALED) * 8 - 1))
def test_a_damaged_key_is_invalid_and_not_a_wrong_passphrase(bit):
    data = bytearray(SEALED)
    data[bit // 8] ^= 1 << bit % 8
    try:
        signer = unseal(bytes(data), PASSPHRASE, what="The key")
    except Invalid:
        return
    # White space between the lines may change; the key may not.
    assert signer.key_id == SoftwareSigner.from_seed(SEED).key_id


@settings(deadline=None, max_examples=40)
@given(st.integers(0, len(SEALED) - 2))
def test_a_truncated_key_is_invalid(length):
    with pytest.raises(Invalid):
        unseal(SEALED[:length], PASSPHRASE, what="The key")


def test_no_error_and_no_repr_shows_a_secret(tmp_path):
    signer = make(tmp_path)
    (tmp_path / "bad.pem").write_bytes(SEALED.replace(b"Digest: sha256:", b"Digest: sha256:0"))
    (tmp_path / "bad.pem").chmod(0o600)
    shown = [repr(signer), str(signer)]
    attempts = [
        ("file:keys/provider.pem", b"wrong passphrase"),
        ("file:bad.pem", PASSPHRASE),
        ("file:no.pem", PASSPHRASE),
    ]
    for uri, passphrase in attempts:
        with pytest.raises(KeptError) as caught:
            reach(tmp_path, uri, passphrase)
        shown.append("".join(traceback.format_exception(caught.value)))
    for secret in (PASSPHRASE.decode(), "wrong passphrase", SEED.hex(), repr(SEED)[2:-1]):
        assert not any(secret in text for text in shown)


def test_a_signer_cannot_be_pickled(tmp_path):
    import pickle

    with pytest.raises(TypeError, match="private key"):
        pickle.dumps(make(tmp_path))


@pytest.mark.parametrize("uri", ["", "file", "file:", "vault:key", "FILE:x", "-----BEGIN PRIVATE KEY-----: secret"])
def test_an_unknown_address_is_invalid_and_not_repeated(tmp_path, uri):
    with pytest.raises(Invalid) as caught:
        reach(tmp_path, uri)
    assert "secret" not in str(caught.value)
    assert "file:" in caught.value.hint
