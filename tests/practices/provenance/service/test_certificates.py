"""A workspace gets a development chain on `init`; what signs in production is named in kept.toml."""

import os
import stat
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kept.core.keys import Keyhole
from kept.errors import Conflict, Denied, Invalid, NotFound
from kept.practices.provenance import PRACTICE
from kept.practices.provenance.methods import certificates
from kept.practices.provenance.records.manifests import CertificateSettings
from kept.practices.provenance.service.certificates import (
    CHAIN,
    KEY,
    ROOT,
    make_development,
    open_credentials,
    open_trust,
)
from simulators.authorities import Authority

NOW = datetime.now(UTC)
OPENERS = PRACTICE.backends["certificate-key"]
DEFAULT = CertificateSettings()


@pytest.fixture(params=["es256", "ed25519"])
def folder(tmp_path, request):
    make_development(tmp_path, "Acme AI", passphrase=b"open", entropy=os.urandom, moment=NOW, algorithm=request.param)
    return tmp_path


def opened(folder, settings=DEFAULT, *, passphrase=b"open", moment=NOW):
    return open_credentials(settings, keyhole=Keyhole(folder, lambda: passphrase, {}), openers=OPENERS, moment=moment)


def production(folder, *, name="production"):
    """A production chain and its key in the folder, sealed as an operator would by the openssl command."""
    authority = Authority.make()
    private = certificates.make_private("es256", os.urandom)
    key = certificates.certificate_key(private)
    (folder / f"{name}.pem").write_text(authority.certify(key))
    (folder / f"{name}-root.pem").write_text(certificates.to_pem([authority.root]))
    sealed = subprocess.run(
        ["openssl", "pkcs8", "-topk8", "-scrypt", "-passout", "pass:open"],
        input=key.private,
        check=True,
        capture_output=True,
    ).stdout
    place = folder / f"{name}-key.pem"
    place.write_bytes(sealed)
    place.chmod(0o600)
    return CertificateSettings(
        chain=f"{name}.pem",
        key=f"file:{name}-key.pem",
        timestamps="https://time.example/",
        trusted=(f"{name}-root.pem",),
    )


def test_a_development_chain_opens_as_one(folder):
    credentials = opened(folder)
    assert credentials.development
    assert credentials.timestamps == ""
    assert stat.S_IMODE((folder / KEY).stat().st_mode) == 0o600
    assert b"ENCRYPTED" in (folder / KEY).read_bytes()


def test_it_is_made_once(folder):
    before = (folder / CHAIN).read_bytes()
    with pytest.raises(Conflict):
        make_development(folder, "Acme AI", passphrase=b"open", entropy=os.urandom, moment=NOW)
    assert (folder / CHAIN).read_bytes() == before


def test_it_is_trusted_where_somebody_asks_for_that_and_never_for_production(folder):
    assert open_trust(DEFAULT, folder=folder).development == ""
    asked = open_trust(replace(DEFAULT, trust_development=True), folder=folder)
    assert asked.development == (folder / ROOT).read_text()
    assert asked.anchors == ""
    assert len(asked.own) == 1
    with pytest.raises(Invalid) as caught:
        open_trust(replace(DEFAULT, trusted=(str(ROOT),)), folder=folder)
    assert caught.value.code == "certificate.development"


def test_a_production_chain_is_opened_with_its_authority_for_time(tmp_path):
    settings = production(tmp_path)
    credentials = opened(tmp_path, settings)
    assert not credentials.development
    assert credentials.timestamps == "https://time.example/"
    trust = open_trust(settings, folder=tmp_path)
    assert trust.anchors == (tmp_path / "production-root.pem").read_text()
    assert {one.subject for one in trust.own} == {"C=US, O=Acme AI, CN=Signer"}


def test_production_without_time_stamps_has_to_be_said(tmp_path):
    settings = production(tmp_path)
    with pytest.raises(Invalid) as caught:
        opened(tmp_path, replace(settings, timestamps=""))
    assert caught.value.code == "certificate.no-timestamps"
    assert opened(tmp_path, replace(settings, timestamps="none")).timestamps == ""


def test_former_signers_stay_ours(tmp_path):
    before, now = production(tmp_path, name="before"), production(tmp_path, name="now")
    both = open_trust(replace(now, former=(before.chain,)), folder=tmp_path)
    assert len(both.own) == 2


def test_a_wrong_passphrase_and_an_open_key_file_are_denied(folder):
    with pytest.raises(Denied):
        opened(folder, passphrase=b"guess")
    (folder / KEY).chmod(0o644)
    with pytest.raises(Denied):
        opened(folder)


def test_an_expired_certificate_is_refused(folder):
    with pytest.raises(Invalid) as caught:
        opened(folder, moment=NOW + timedelta(days=1200))
    assert caught.value.code == "certificate.unfit"


@pytest.mark.parametrize("part", [CHAIN, KEY])
def test_what_is_missing_is_not_found(folder, part):
    (folder / part).unlink()
    with pytest.raises(NotFound):
        opened(folder)


@pytest.mark.parametrize("content", [b"", b"nothing", b"\xff\xfe", b"x" * 300_000])
def test_a_chain_that_is_no_pem_is_invalid(folder, content):
    (folder / CHAIN).chmod(0o600)
    (folder / CHAIN).write_bytes(content)
    with pytest.raises(Invalid):
        opened(folder)
    with pytest.raises(Invalid):
        open_trust(DEFAULT, folder=folder)


@pytest.mark.parametrize("key", ["", "keys/c2pa/key.pem", "env:KEY", "ftp:key.pem"])
def test_a_key_of_an_unknown_address_is_invalid(folder, key):
    with pytest.raises(Invalid) as caught:
        opened(folder, replace(DEFAULT, key=key))
    assert "file:" in caught.value.hint
