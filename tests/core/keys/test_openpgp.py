"""OpenPGP keys sign what GnuPG believes, lie sealed, and fail by name."""

import pickle
import sys
from pathlib import Path

import pytest

from kept.core.keys import Keyhole
from kept.core.keys.openpgp import OpenPgpKey, check_signature, create_openpgp, open_openpgp
from kept.errors import Denied, Invalid, NotFound, Unavailable, Unverified
from simulators import gnupg

USER = "Acme AI <security@acme.example>"


def keyhole(base: Path, passphrase: bytes = b"correct horse") -> Keyhole:
    return Keyhole(base, lambda: passphrase, {})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, OpenPgpKey]:
    base = tmp_path_factory.mktemp("keys")
    return base, *create_openpgp("keys", keyhole(base), user_id=f" {USER} ")


def test_it_opens_again_and_its_signatures_hold(made: tuple[Path, str, OpenPgpKey]) -> None:
    base, uri, key = made
    again = open_openpgp(uri, keyhole(base))
    assert (again.fingerprint, again.certificate) == (key.fingerprint, key.certificate)
    signature = again.sign(b"a document")
    check_signature(b"a document", signature, key.certificate)
    for document, by in ((b"another", signature), (b"a document", b"none")):
        with pytest.raises(Unverified):
            check_signature(document, by, key.certificate)


@gnupg.needed
def test_gnupg_believes_it_until_it_is_revoked_and_opens_the_sealed_file(
    made: tuple[Path, str, OpenPgpKey], tmp_path: Path
) -> None:
    base, uri, key = made
    reader = gnupg.Gnupg(tmp_path / "gnupg")
    reader.take(key.certificate)
    signature = key.sign(b"a document")
    assert reader.believes(b"a document", signature, by=key.fingerprint)
    assert not reader.believes(b"another", signature, by=key.fingerprint)
    reader.take(key.revoked())
    assert not reader.believes(b"a document", signature, by=key.fingerprint)
    sealed = (base / uri.removeprefix("file:")).read_bytes()
    assert reader.opens(sealed, "correct horse")
    assert not reader.opens(sealed, "wrong horse")


def test_the_file_is_its_owners_alone_and_sealed(made: tuple[Path, str, OpenPgpKey]) -> None:
    base, uri, key = made
    place = base / uri.removeprefix("file:")
    assert place.stat().st_mode & 0o777 == 0o600
    text = place.read_text()
    assert f"Key-Id: {key.fingerprint}" in text
    assert "PRIVATE KEY" not in text
    assert USER not in text
    assert key.fingerprint in repr(key)
    with pytest.raises(TypeError):
        pickle.dumps(key)


def test_a_wrong_passphrase_and_a_damaged_file_are_told_apart(made: tuple[Path, str, OpenPgpKey]) -> None:
    base, uri, _ = made
    place = base / uri.removeprefix("file:")
    with pytest.raises(Denied) as denied:
        open_openpgp(uri, keyhole(base, b"wrong"))
    assert (denied.value.code, denied.value.__cause__) == ("key.passphrase", None)
    broken = base / "broken.asc"
    data = place.read_bytes()
    for damaged in (data[:-40], data.replace(b"Digest: ", b"Other: "), b"nothing"):
        broken.write_bytes(damaged)
        broken.chmod(0o600)
        with pytest.raises(Invalid, match="damaged"):
            open_openpgp("file:broken.asc", keyhole(base))
    broken.chmod(0o644)
    with pytest.raises(Denied):
        open_openpgp("file:broken.asc", keyhole(base))


@pytest.mark.parametrize("passphrase", [b"", b"\xff\xfe"])
def test_a_passphrase_that_cannot_be_is_refused(tmp_path: Path, passphrase: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        create_openpgp("keys", keyhole(tmp_path, passphrase), user_id=USER)
    assert "xff" not in str(refused.value)


@pytest.mark.parametrize("user_id", ["", " ", "two\nlines", "x" * 257])
def test_a_user_id_is_one_line(tmp_path: Path, user_id: str) -> None:
    with pytest.raises(Invalid):
        create_openpgp("keys", keyhole(tmp_path), user_id=user_id)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for uri in ("env:KEY", "file:"):
        with pytest.raises(Invalid):
            open_openpgp(uri, keyhole(tmp_path))
    with pytest.raises(NotFound):
        open_openpgp("file:keys/none.asc", keyhole(tmp_path))


def test_without_the_package_it_says_which_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pysequoia", None)
    with pytest.raises(Unavailable) as missing:
        create_openpgp("keys", keyhole(tmp_path), user_id=USER)
    assert (missing.value.code, "kept[openpgp]" in missing.value.hint) == ("openpgp.missing", True)
    assert not list(tmp_path.iterdir())
